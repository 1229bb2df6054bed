# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Options that would otherwise fail deep in a library: without their name, or showing a secret."""

from __future__ import annotations

import os
import typing as t
import urllib.parse

from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

LONGEST = 86400.0  # a socket does not take all that a number can be


def timeout(seconds: float) -> float:
    if not 0 < seconds <= LONGEST:
        # A whole number may be larger than what can be formatted.
        raise UserError(
            f"timeout is {float(str(seconds)):g}: write a number of seconds above 0 and up to {LONGEST:g}."
        )
    return float(seconds)


def header(option: str, secret: str) -> str:
    """The libraries refuse what no header can hold, too, but repeat it in their message."""
    if not (secret.isascii() and secret.isprintable() and secret == secret.strip()):
        raise UserError(
            f"{option} has a character that no token has, such as a line break, a space at an end or"
            " a letter with an accent: correct it."
        )
    return secret


def existing(option: str, path: str) -> str:
    """Requests would name the path and not the option, by an error that is none of its own."""
    if not os.path.exists(path):
        raise UserError(f"{option} {path} does not exist on the host where the task runs.")
    return path


def split(url: str) -> t.Optional[urllib.parse.SplitResult]:
    """The parts of C(url); None for one whose host or port is none."""
    try:
        parts = urllib.parse.urlsplit(url)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def password_in(url: t.Optional[str]) -> set[str]:
    """What must not be shown of a URL that was given with a user and a password."""
    parts = split(url or "")
    return {parts.password} if parts and parts.password else set()
