# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/var, /v1/vars, /v1/namespace, /v1/namespaces."""

from __future__ import annotations

import json
import typing as t

from starlette.responses import PlainTextResponse, Response

from . import namespaces
from .errors import ApiError
from .store import Store
from .variables import Conflict, Variables, index_of
from .web import Call, Missing, answer, read

# A variable that may be read is in the list as well.
LISTS = ("list", "read")


class ObjectRoutes:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.variables = Variables(store)

    # Variables

    def variable(self, call: Call) -> Response:
        if not call.rest:
            raise ApiError(400, "missing variable path")
        try:
            if call.writes:
                return self._write_variable(call)
            if call.request.method == "DELETE":
                cas = index_of(call.get("cas"))
                at = self.variables.delete(call.namespace, call.rest, cas)
                return Response(None, 204, {"X-Nomad-Index": str(at)})
        except Conflict as conflict:
            # It is JSON, and not called so.
            text = json.dumps(conflict.found, separators=(",", ":"), ensure_ascii=False)
            headers = {"X-Nomad-Index": str(conflict.found["ModifyIndex"])}
            return PlainTextResponse(text, 409, headers)
        return read(self.store, call, lambda: self._variable(call))

    def _write_variable(self, call: Call) -> Response:
        body = call.body("structs.VariableDecrypted")
        # The path in the body does not count; its namespace does.
        namespace = body.get("Namespace") or call.namespace
        index = index_of(call.get("cas"))
        made = self.variables.write(namespace, call.rest, body.get("Items") or {}, index)
        return answer(made, {"X-Nomad-Index": str(made["ModifyIndex"])})

    def _variable(self, call: Call) -> tuple[t.Any, int]:
        found = self.variables.find(call.namespace, call.rest)
        if found is None:
            raise Missing("variable not found", self.store.table_index["variables"])
        return found, found["ModifyIndex"]

    def variable_list(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            rows = self.variables.listed(call.namespace, call.get("prefix"))
            rows = [x for x in rows if call.rights.variable(x["Namespace"], x["Path"], *LISTS)]
            return rows, self.store.table_index["variables"]

        return read(self.store, call, query)

    # Namespaces

    def namespace(self, call: Call) -> Response:
        if call.writes:
            body = call.body("structs.Namespace")
            if call.rest and body.get("Name", "") != call.rest:
                raise ApiError(400, "Namespace name does not match request path")
            return _done(namespaces.write(self.store, body))
        if call.request.method == "DELETE":
            return _done(namespaces.delete(self.store, call.rest))
        return read(self.store, call, lambda: self._namespace(call))

    def _namespace(self, call: Call) -> tuple[t.Any, int]:
        found = self.store.namespaces.get(call.rest)
        if found is None:
            raise Missing("Namespace not found", self.store.table_index["namespaces"])
        return found, found["ModifyIndex"]

    def namespace_list(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            found = sorted(self.store.namespaces.items())
            seen = [(name, n) for name, n in found if call.rights.sees(name)]
            rows = [n for name, n in seen if name.startswith(call.get("prefix"))]
            return rows, self.store.table_index["namespaces"]

        return read(self.store, call, query)


def _done(index: int) -> Response:
    return Response(b"", 200, {"X-Nomad-Index": str(index)})
