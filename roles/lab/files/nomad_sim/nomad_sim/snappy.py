# SPDX-License-Identifier: GPL-3.0-or-later
"""Payloads in Snappy's format, in which versions of a job show them."""

from __future__ import annotations

import base64


def compressed(payload: str | None) -> str | None:
    """Base64 in, base64 out. Nothing is made shorter: all of it is literals."""
    if not payload:
        return payload
    raw = base64.b64decode(payload)
    parts = [_varint(len(raw))]
    for start in range(0, len(raw), 60):
        chunk = raw[start : start + 60]
        parts += [bytes([(len(chunk) - 1) << 2]), chunk]
    return base64.b64encode(b"".join(parts)).decode()


def _varint(value: int) -> bytes:
    found = []
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
