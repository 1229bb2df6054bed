# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Keys and values in the shapes that a template wants them in."""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.flatten import unflatten
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Record
from ansible_collections.mlops.infra.plugins.module_utils._consul.tree import refusal
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError


def check_readable(key: str) -> None:
    """Refuse what Consul would take for another key."""
    reason = refusal(key)
    if reason:
        raise UserError(f"The key {key!r} {reason}.")


def text(record: Record, as_base64: bool) -> str:
    if as_base64:
        return base64.b64encode(record.value).decode()
    try:
        return record.value.decode()
    except UnicodeDecodeError:
        raise UserError(
            f"The value of {record.key} is not UTF-8: set base64 to get values as base64."
        ) from None


def shaped(
    records: t.Mapping[str, Record], root: str, shape: str, as_base64: bool = False
) -> list[t.Any]:
    """C(shape) is value or pair, one for each key, or dict or tree, one for all of them.

    A dict and a tree have the names below C(root), a pair has the whole key.
    """
    values = {key: text(records[key], as_base64) for key in sorted(records)}
    if shape == "value":
        return list(values.values())
    if shape == "pair":
        return [{"key": key, "value": value} for key, value in values.items()]
    below = {key[len(root) :]: value for key, value in values.items()}
    return [unflatten(below) if shape == "tree" else below]
