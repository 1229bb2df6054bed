# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What only readers of keys ask: their names alone, and whether an answer is all there is."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.client import (
    FILTERED,
    INDEX,
    Consul,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing

HIDDEN = "ACLs hide a part of what is below {} from this token."
UNSURE = (
    "It is not certain that the token sees all keys of {}: ACLs may hide some, and Consul before "
    "1.11 does not say so."
)


@dataclasses.dataclass(frozen=True)
class Names:
    """C(filtered) says that ACLs hid a part of them."""

    names: list[str]
    index: str
    filtered: bool


class KeysClient(Consul):
    def names(self, prefix: str, separator: str = "") -> Names:
        """The names of all keys that begin with C(prefix), up to C(separator) after it."""
        params = [("keys", "1"), *([("separator", separator)] if separator else [])]
        if self.consistency != "default":
            params.append((self.consistency, "1"))
        reply = self._call("get", f"/v1/kv/{prefix}", params, missing=True)
        filtered = reply.headers.get(FILTERED, "").lower() == "true"
        return Names(reply.data or [], reply.headers.get(INDEX, "0"), filtered)


class Server(t.Protocol):
    """What is asked of the client."""

    def sees_all(self) -> bool: ...


def incomplete(
    server: Server, answer: t.Union[Listing, Names], place: str, policy: str
) -> t.Optional[str]:
    """What keeps an answer from being complete, as far as C(policy) wants to know that.

    Only fail asks twice: for a warning, what Consul says by itself is enough.
    """
    if policy == "ignore":
        return None
    if answer.filtered:
        return HIDDEN.format(place or "the root")
    if policy == "fail" and not server.sees_all():
        return UNSURE.format(place or "the store")
    return None
