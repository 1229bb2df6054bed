# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The endpoints of variables, namespaces and nodes. C(transport) alone speaks HTTP."""

from __future__ import annotations

from .transport import Json, Transport


class ObjectsClient(Transport):
    """One method an endpoint: C(find_…) gives None for a missing thing, all else raises ApiError."""

    # Variables. A write is not sent again: the second would meet the index that the first one made.

    def find_variable(self, path: str) -> Json | None:
        return self._found("var", path, has="Items")

    def write_variable(self, path: str, items: dict[str, str], index: int) -> Json:
        """Raise ApiError 409 when the variable's index is no longer C(index); 0 is a new one."""
        body = {"Path": path, "Items": items}
        return self._json(self._once("put", "var", path, json=body, params={"cas": index}))

    def delete_variable(self, path: str, index: int) -> None:
        """Raise ApiError 409 when the variable's index is no longer C(index)."""
        self._once("delete", "var", path, params={"cas": index})

    def variables(self) -> list[Json]:
        """Those of the namespace, without their items."""
        return self._rows(self._safe("get", "vars"), "Path")

    # Namespaces

    def find_namespace(self, name: str) -> Json | None:
        return self._found("namespace", name, has="Name")

    def write_namespace(self, namespace: Json) -> None:
        self._safe("put", "namespace", str(namespace["Name"]), json=namespace)

    def delete_namespace(self, name: str) -> None:
        self._safe("delete", "namespace", name)

    def jobs(self) -> list[Json]:
        """Those of the namespace, in short."""
        return self._rows(self._safe("get", "jobs"), "ID")

    # Nodes

    def nodes(self, expression: str = "") -> list[Json]:
        """All nodes in short, or those that fit an expression in Nomad's own filter language."""
        params = {"filter": expression} if expression else {}
        return self._rows(self._safe("get", "nodes", params=params), "ID")

    def find_node(self, node_id: str) -> Json | None:
        return self._found("node", node_id, has="ID")

    def node(self, node_id: str, index: int = 0, wait: float = 0) -> tuple[Json, int]:
        return self._blocking(("node", node_id), index, wait, rows=False)

    def node_allocations(
        self, node_id: str, index: int = 0, wait: float = 0
    ) -> tuple[list[Json], int]:
        return self._blocking(("node", node_id, "allocations"), index, wait)

    def drain(self, node_id: str, strategy: Json | None, eligible: bool, message: str = "") -> None:
        """Start or change a drain, or end it where C(strategy) is None."""
        body: Json = {"NodeID": node_id, "DrainSpec": strategy, "MarkEligible": eligible}
        if message:
            body["Meta"] = {"message": message}
        self._safe("put", "node", node_id, "drain", json=body)

    def set_eligibility(self, node_id: str, eligibility: str) -> None:
        body = {"NodeID": node_id, "Eligibility": eligibility}
        self._safe("put", "node", node_id, "eligibility", json=body)

    def node_meta(self, node_id: str) -> Json:
        """The node's meta data as its own agent has them; the servers learn of changes later."""
        answer = self._json(
            self._safe("get", "client", "metadata", params={"node_id": node_id}), "Meta"
        )
        return answer["Meta"] or {}

    def set_node_meta(self, node_id: str, meta: Json) -> None:
        """Set these keys, and remove those that are None."""
        params = {"node_id": node_id}
        self._safe("post", "client", "metadata", params=params, json={"Meta": meta})
