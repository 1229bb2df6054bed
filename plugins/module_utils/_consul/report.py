# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the user gets to see: records, diffs and errors, with secrets masked."""

from __future__ import annotations

import base64
import re
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils import _handshake
from ansible_collections.mlops.infra.plugins.module_utils._consul.flatten import unflatten
from ansible_collections.mlops.infra.plugins.module_utils._consul.goal import Goal
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import (
    Change,
    Listing,
    Record,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.spec import TREES, VALUES
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, MlopsError
from ansible_collections.mlops.infra.plugins.module_utils._outcome import (
    as_diff,
    digest,
    mask,
)

OPTIONS = _handshake.Options(ca="ca_cert", prefix="CONSUL", example="server.dc1.consul")
TLS = re.compile(r"_ssl\.c|SSL|certificate|hostname '")
HUNG_UP = re.compile(r"reset by peer|[Bb]roken pipe|closed connection without response")
REDIRECTS = (301, 302, 303, 307, 308)
REMEDIES = (
    (0, "timed out", "the agent is too slow or unreachable: raise timeout, or correct address"),
    (0, "", "start the agent there, or correct address (environment CONSUL_HTTP_ADDR)"),
    (400, "HTTPS server", "the agent speaks TLS there: write https:// in address, or set scheme"),
    (403, "ACL not found", "the token is unknown there: correct token (CONSUL_HTTP_TOKEN)"),
    (403, "", "give a token (CONSUL_HTTP_TOKEN) whose policy allows this"),
    (500, "leader", "wait for an election, or see 'consul operator raft list-peers'"),
    (500, "No path to datacenter", "correct datacenter: 'consul catalog datacenters' lists them"),
    (500, "session lookup", "give as session the ID of one that exists"),
    (500, "missing session", "give as session the ID of one that exists"),
    (500, "invalid session", "the session does not exist or has expired: create a new one"),
    (404, "", "correct address (environment CONSUL_HTTP_ADDR) if no Consul is there"),
    *((status, "", "write the address that this leads to in address") for status in REDIRECTS),
    (429, "", "the server limits the rate of requests: try again later"),
)


def text(value: bytes) -> str:
    """The value as people read it; what is not UTF-8 as base64."""
    if _is_text(value):
        return value.decode()
    return "base64:" + base64.b64encode(value).decode()


def row(record: t.Optional[Record], patterns: t.Sequence[str]) -> t.Optional[dict[str, t.Any]]:
    """A record in the words of Consul's own interface, an empty value being None there."""
    if record is None:
        return None
    shown: dict[str, t.Any] = {
        "Key": record.key,
        "Flags": record.flags,
        "CreateIndex": record.create_index,
        "ModifyIndex": record.index,
        "LockIndex": record.lock_index,
    }
    if record.session:
        shown["Session"] = record.session
    shown["Value"] = None
    if mask({record.key: "x"}, patterns) != {record.key: "x"}:
        shown["Value"] = digest(record.value) if record.value else None
    elif _is_text(record.value):
        shown["Value"] = record.value.decode() or None
    else:
        shown["ValueBase64"] = base64.b64encode(record.value).decode()
    return shown


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def nested(
    records: t.Mapping[str, Record], root: str, patterns: t.Sequence[str]
) -> dict[str, t.Any]:
    """The records below C(root) as a tree of text; values that are not UTF-8 are not text."""
    flat = {key: r.value.decode() for key, r in records.items() if _is_text(r.value)}
    return unflatten({key[len(root) :]: value for key, value in mask(flat, patterns).items()})


def diff(changes: t.Sequence[Change], patterns: t.Sequence[str], header: str) -> dict[str, str]:
    """Before and after of each key that changes, in the order of the keys."""
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    for change in changes:
        old = change.before
        flagged = not change.deletes and change.flags != (old.flags if old else 0)
        if old:
            before[change.key] = _shown(old.value, old.flags, flagged)
        if change.after is not None:
            after[change.key] = _shown(change.after, change.flags, flagged)
    return as_diff(mask(before, patterns), mask(after, patterns), header)


def _shown(value: bytes, flags: int, flagged: bool) -> t.Any:
    return {"flags": flags, "value": text(value)} if flagged else text(value)


def outcome(
    params: dict[str, t.Any],
    wanted: Goal,
    listing: Listing,
    record: t.Optional[Record],
    changes: t.Sequence[Change],
    patterns: t.Sequence[str],
) -> dict[str, t.Any]:
    """What both shapes of the task return, and what only one of them does."""
    name = "prefix" if params["key"] is None else "key"
    result = {"changed": bool(changes), "index": listing.index, name: params[name]}
    if wanted.recurse:
        return {**result, **_many(params, wanted, listing, changes, patterns)}
    if changes and record:
        result["index"] = str(record.index)
    given = any(params[option] is not None for option in VALUES)
    shown = params["retrieve"] or not given
    return {**result, "data": row(record, patterns) if shown else None}


def _many(
    params: dict[str, t.Any],
    wanted: Goal,
    listing: Listing,
    changes: t.Sequence[Change],
    patterns: t.Sequence[str],
) -> dict[str, t.Any]:
    """Names of what changed; values only where the task asked for nothing else."""
    result: dict[str, t.Any] = {
        "written": [change.key for change in changes if not change.deletes],
        "deleted": [change.key for change in changes if change.deletes],
    }
    read = all(params[option] is None for option in TREES)
    if read:
        result["data"] = [row(r, patterns) for r in listing.records.values()] or None
    if read and params["key"] is None and not wanted.prune:
        result["tree"] = nested(listing.records, wanted.root, patterns)
    return result


def sentence(error: MlopsError, address: str) -> str:
    """The message of a failed task: for a server's refusal also where, and what helps."""
    cause = error if isinstance(error, ApiError) else error.__cause__
    if not isinstance(cause, ApiError):
        return str(error)
    said = f"Consul at {address}: {str(error).rstrip('.')}"
    if cause.status == 0 and TLS.search(cause.body):
        return f"{said}. {_handshake.remedy(cause.body, OPTIONS)}"
    if cause.status == 0 and address.startswith("https:") and HUNG_UP.search(cause.body):
        return f"{said}. {_handshake.hung_up(OPTIONS)}"
    for status, words, remedy in REMEDIES:
        if cause.status == status and words in cause.body:
            return f"{said}; {remedy}."
    return f"{said}."
