# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Changes into transactions that the server takes: packed by operations and by bytes."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Change

TOO_MANY = re.compile(r"too many operations \(\d+ > (\d+)\)")
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
TOO_LARGE = re.compile(r"too large, max size: (\d+) bytes")


@dataclasses.dataclass(frozen=True)
class Limits:
    """Every Consul takes 64 operations, since 1.14 it is 128; C(size) is txn_max_req_len."""

    operations: int = 64
    size: int = 512 * 1024


@dataclasses.dataclass(frozen=True)
class Batch:
    """One transaction: what it changes, and the request's body."""

    changes: tuple[Change, ...]
    body: bytes


def pack(changes: t.Iterable[Change], limits: Limits) -> tuple[list[Batch], list[Change]]:
    """Transactions in the order of C(changes), and the changes that fit into none."""
    batches: list[Batch] = []
    large: list[Change] = []
    chosen: list[tuple[Change, bytes]] = []
    used = 1
    for change in changes:
        encoded = operation(change)
        if len(encoded) + 2 > limits.size:
            large.append(change)
            continue
        if len(chosen) == limits.operations or used + len(encoded) + 1 > limits.size:
            batches.append(_batch(chosen))
            chosen, used = [], 1
        chosen.append((change, encoded))
        used += len(encoded) + 1
    if chosen:
        batches.append(_batch(chosen))
    return batches, large


def _batch(chosen: t.Sequence[tuple[Change, bytes]]) -> Batch:
    body = b"[" + b",".join(encoded for _change, encoded in chosen) + b"]"
    return Batch(tuple(change for change, _encoded in chosen), body)


def operation(change: Change) -> bytes:
    """One operation as Consul's /v1/txn takes it; it fails if the key changed in the meantime."""
    kv: dict[str, t.Any] = {"Verb": "delete-cas", "Key": change.key, "Index": change.index}
    if change.after is not None:
        kv["Verb"] = "cas"
        kv["Value"] = base64.b64encode(change.after).decode()
        kv["Flags"] = change.flags
    return ENCODER.encode({"KV": kv}).encode()


def narrower(text: str, limits: Limits) -> t.Optional[Limits]:
    """The limits that the server's refusal (413) states, None if it says nothing new."""
    operations, size = TOO_MANY.search(text), TOO_LARGE.search(text)
    found = Limits(
        min(limits.operations, int(operations.group(1))) if operations else limits.operations,
        min(limits.size, int(size.group(1))) if size else limits.size,
    )
    return None if found == limits or found.operations < 1 else found
