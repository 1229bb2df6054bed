# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be changed of the node: whether it takes jobs, a drain, its meta data."""

from __future__ import annotations

import re
import typing as t

from .errors import ApiError, NotSimulated, check_uuid
from .reconcile import alive
from .records import rfc3339
from .shapes import SECOND, Data
from .store import Store, now

KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*")
EVENTS = 10


def found(store: Store, node_id: str) -> Data:
    check_uuid(node_id, "node lookup failed")
    if node_id not in store.nodes:
        raise ApiError(500, "node not found")
    return store.nodes[node_id]


def _note(node: Data, index: int, message: str, subsystem: str) -> None:
    stamp = now()
    event = {"CreateIndex": index, "Details": None, "Message": message, "Subsystem": subsystem,
             "Timestamp": rfc3339(stamp - stamp % SECOND)}  # fmt: skip
    node["Events"] = [*node["Events"], event][-EVENTS:]
    node["ModifyIndex"] = index


def set_eligibility(store: Store, node_id: str, eligibility: str) -> int:
    """The index of the change; 0 where there is none."""
    if eligibility not in ("eligible", "ineligible"):
        raise ApiError(500, f'invalid scheduling eligibility "{eligibility}"')
    with store.changed:
        node = found(store, node_id)
        if node["SchedulingEligibility"] == eligibility:
            return 0
        with store.write("nodes") as index:
            node["SchedulingEligibility"] = eligibility
            _note(node, index, f"Node marked as {eligibility} for scheduling", "Cluster")
    return index


def drain(store: Store, node_id: str, asked: Data) -> int:
    """A node without allocations is drained at once; moving them is not simulated."""
    with store.changed:
        node = found(store, node_id)
        if "DrainSpec" not in asked:
            return _end(store, node, bool(asked.get("MarkEligible")))
        if any(alive(a) for a in store.allocs.values()):
            raise NotSimulated("a drain of a node with allocations")
        with store.write("nodes") as index:
            stamp = rfc3339(now() // SECOND * SECOND)
            node["SchedulingEligibility"] = "ineligible"
            node["LastDrain"] = {
                "AccessorID": "token:acls-disabled", "Meta": asked.get("Meta"),
                "StartedAt": stamp, "Status": "complete", "UpdatedAt": stamp,
            }  # fmt: skip
            _note(node, index, "Node drain strategy set", "Drain")
        with store.write("nodes") as complete:
            _note(node, complete, "Node drain complete", "Drain")
    return index


def _end(store: Store, node: Data, eligible: bool) -> int:
    with store.write("nodes") as index:
        node["ModifyIndex"] = index
        if eligible:
            node["SchedulingEligibility"] = "eligible"
    return index


def meta(node: Data) -> Data:
    """What the configuration says, what was set since, and what follows from both."""
    static, dynamic = node["_static_meta"], node["_dynamic_meta"]
    return {"Dynamic": dynamic, "Meta": merged(static, dynamic), "Static": static}


def merged(static: t.Mapping[str, str], dynamic: t.Mapping[str, str | None]) -> dict[str, str]:
    return {k: v for k, v in {**static, **dynamic}.items() if v is not None}


def set_meta(store: Store, node_id: str, asked: t.Mapping[str, str | None]) -> Data:
    if not asked:
        raise ApiError(400, "missing required Meta object")
    for key in asked:
        if not key:
            raise ApiError(400, "metadata keys must not be empty")
        if not KEY.fullmatch(key):
            text = f'"{key}" is invalid; metadata keys must be valid dotted hcl identifiers'
            raise ApiError(400, text)
    with store.changed:
        node = found(store, node_id)
        static, dynamic = node["_static_meta"], {**node["_dynamic_meta"], **asked}
        # To take away what the configuration says is something to remember.
        kept = {k: v for k, v in dynamic.items() if v is not None or k in static}
        with store.write("nodes") as index:
            node.update(_dynamic_meta=kept, Meta=merged(static, kept), ModifyIndex=index)
        return meta(node)
