# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Filter expressions, in the language that Nomad's lists take."""

from __future__ import annotations

# What stands for itself in a quoted string; all else is written as its code point.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./: ^")


def quoted(text: str) -> str:
    """A string literal; a backslash before a quotation mark is no escape in this language."""
    return '"' + "".join(c if c in _PLAIN else f"\\U{ord(c):08x}" for c in text) + '"'


def starting(field: str, prefix: str) -> str:
    """Whether a field begins with this text, which the language can only say by a pattern."""
    literal = "".join(c if c.isascii() and c.isalnum() else f"\\x{{{ord(c):x}}}" for c in prefix)
    return f"{field} matches {quoted('^' + literal)}"


def both(*expressions: str) -> str:
    """All of them at once; empty ones say nothing."""
    given = [e for e in expressions if e]
    return given[0] if len(given) == 1 else " and ".join(f"({e})" for e in given)
