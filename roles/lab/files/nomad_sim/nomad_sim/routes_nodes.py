# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/nodes, /v1/node/..., /v1/client/metadata."""

from __future__ import annotations

import typing as t

from starlette.responses import Response

from . import node, node_state, records
from .errors import ApiError, NotSimulated, check_uuid
from .filters import chosen
from .scheduler import Scheduler
from .shapes import Data
from .store import Store
from .web import DEFAULT_NAMESPACE, Call, Missing, answer, check_method, read


class NodeRoutes:
    def __init__(self, store: Store, scheduler: Scheduler) -> None:
        self.store = store
        self.scheduler = scheduler

    def nodes(self, call: Call) -> Response:
        prefix, fits = call.get("prefix"), chosen(call.get("filter"), "nodes")

        def query() -> tuple[t.Any, int]:
            found = [n for k, n in self.store.nodes.items() if k.startswith(prefix) and fits(n)]
            return [node.row(n) for n in found], self.store.table_index["nodes"]

        return read(self.store, call, query)

    def node(self, call: Call) -> Response:
        node_id, _slash, what = call.rest.partition("/")
        handlers = {"": self._node, "allocations": self._allocations, "drain": self._drain,
                    "eligibility": self._eligibility}  # fmt: skip
        if what not in handlers:
            raise NotSimulated(f"/v1/node/:id/{what}")
        check_method(call, writes=what in ("drain", "eligibility"))
        return handlers[what](call, node_id)

    def _node(self, call: Call, node_id: str) -> Response:
        check_uuid(node_id, "node lookup failed")

        def query() -> tuple[t.Any, int]:
            found = self.store.nodes.get(node_id)
            if found is None:
                raise Missing("node not found", self.store.table_index["nodes"])
            return records.public(found), found["ModifyIndex"]

        return read(self.store, call, query)

    def _allocations(self, call: Call, node_id: str) -> Response:
        """Whole ones, as a server gives them here alone."""
        seen = call.rights.capable(DEFAULT_NAMESPACE, "read-job")

        def query() -> tuple[t.Any, int]:
            rows = sorted(self.store.allocs.items()) if seen else []
            found = [a for _id, a in rows if a["NodeID"] == node_id]
            return [records.public(a) for a in found], self.store.newest("allocs", found)

        return read(self.store, call, query)

    def _eligibility(self, call: Call, node_id: str) -> Response:
        body = call.body("structs.NodeUpdateEligibilityRequest")
        wanted = body.get("Eligibility", "")
        target = body.get("NodeID") or node_id
        index = node_state.set_eligibility(self.store, target, wanted)
        self._unblocked(index)
        return _changed(index, 0)

    def _drain(self, call: Call, node_id: str) -> Response:
        body = call.body("api.NodeUpdateDrainRequest")
        index = node_state.drain(self.store, node_id, body)
        self._unblocked(index)
        return _changed(index, index)

    def _unblocked(self, index: int) -> None:
        if index and self.store.node()["SchedulingEligibility"] == "eligible":
            self.scheduler.unblock()

    def metadata(self, call: Call) -> Response:
        node_id = call.get("node_id") or self.store.node()["ID"]
        if call.writes:
            body = call.body("structs.NodeMetaApplyRequest")
            target = body.get("NodeID") or node_id
            return answer(node_state.set_meta(self.store, target, body.get("Meta") or {}))
        with self.store.reading():
            if len(node_id) == 36 and node_id not in self.store.nodes:
                raise ApiError(500, f"Unknown node {node_id}")
            return answer(node_state.meta(node_state.found(self.store, node_id)))


def _changed(index: int, node_index: int) -> Response:
    data: Data = {
        "EvalCreateIndex": 0, "EvalIDs": None, "Index": index, "NodeModifyIndex": node_index,
    }  # fmt: skip
    return answer(data, {"X-Nomad-Index": str(index)})
