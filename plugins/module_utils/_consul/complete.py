# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether an answer is all there is, or what ACLs left of it."""

from __future__ import annotations

import typing as t

HIDDEN = "ACLs hide a part of what is below {} from this token."
UNSURE = (
    "It is not certain that the token sees all keys of {}: ACLs may hide some, and Consul before "
    "1.11 does not say so."
)
REMEDY = (
    "Use a token that may read them all (before Consul 1.11 one with the policy "
    "global-management), or set on_filtered to ignore."
)


class Server(t.Protocol):
    """What is asked of the client."""

    def sees_all(self) -> bool: ...


class Answer(t.Protocol):
    """What a read led to: keys, or their names."""

    @property
    def filtered(self) -> bool: ...


def incomplete(server: Server, answer: Answer, place: str, policy: str) -> t.Optional[str]:
    """What keeps an answer from being complete, as far as C(policy) wants to know that.

    Only fail asks twice: for a warning, what Consul says by itself is enough.
    """
    if policy == "ignore":
        return None
    return doubt(server, answer, place, ask=policy == "fail")


def doubt(server: Server, answer: Answer, place: str, ask: bool) -> t.Optional[str]:
    """Why the answer may not be complete; C(ask) the server where the answer does not tell."""
    if answer.filtered:
        return HIDDEN.format(place or "the root")
    if ask and not server.sees_all():
        return UNSURE.format(place or "the store")
    return None
