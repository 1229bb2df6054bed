# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that occur nowhere else, in the places of secrets: whether one of them was printed."""

from __future__ import annotations

import base64
import typing as t


def canaries(*places: str) -> dict[str, str]:
    return {place: f"canary-{place}-7h3x9q" for place in places}


def shown(output: str, hidden: t.Mapping[str, str]) -> list[str]:
    """The places whose canaries are in C(output)."""
    return [place for place, c in hidden.items() if any(s in output for s in _shapes(c))]


def _shapes(canary: str) -> list[str]:
    """As it is, and what base64 makes of it at each of three places in a text."""
    coded = [base64.b64encode(b"x" * n + canary.encode()).decode() for n in range(3)]
    return [canary, *(text[4:-4] for text in coded)]
