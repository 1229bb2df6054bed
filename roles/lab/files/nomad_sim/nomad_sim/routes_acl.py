# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints of ACL policies and tokens."""

from __future__ import annotations

import pathlib
import typing as t

from starlette.responses import Response

from . import acl_policies, acl_tokens
from .errors import ApiError, check_uuid
from .filters import chosen
from .gate import DENIED, NOBODY, Gate
from .go_types import TOKEN
from .store import Store
from .web import Call, Missing, answer, read

LOOKUP = "acl token lookup failed"


class AclRoutes:
    def __init__(self, gate: Gate, data_dir: pathlib.Path) -> None:
        self.gate = gate
        self.store: Store = gate.store
        self.data_dir = data_dir

    def _check_enabled(self) -> None:
        if not self.gate.enabled:
            raise ApiError(400, "ACL support disabled")

    def bootstrap(self, call: Call) -> Response:
        self._check_enabled()
        try:
            body = call.body("structs.ACLTokenBootstrapRequest") if call.raw else {}
        except ApiError as error:
            raise ApiError(400, f"failed to decode request body: {error.text}") from error
        made = acl_tokens.bootstrap(self.store, self.data_dir, body.get("BootstrapSecret", ""))
        return answer(made, {"X-Nomad-Index": str(made["ModifyIndex"])})

    # Policies

    def policy_list(self, call: Call) -> Response:
        self._check_enabled()
        own = self._own_policies(call)

        def query() -> tuple[t.Any, int]:
            found = sorted(self.store.acl_policies.items())
            prefix = call.get("prefix")
            rows = [
                acl_policies.row(p) for name, p in found
                if name.startswith(prefix) and (own is None or name in own)
            ]  # fmt: skip
            return rows, max(1, self.store.table_index["acl_policies"])

        return read(self.store, call, query)

    def _own_policies(self, call: Call) -> list[str] | None:
        """Those of the token, whatever they say; None where it may see all of them."""
        if call.rights.management:
            return None
        token = acl_tokens.by_secret(self.store, call.token) or NOBODY
        return token["Policies"] or []

    def policy(self, call: Call) -> Response:
        self._check_enabled()
        if not call.rest:
            raise ApiError(400, "Missing Policy Name")
        if call.writes:
            body = call.body("structs.ACLPolicy")
            if body.get("Name", "") != call.rest:
                raise ApiError(400, "ACL policy name does not match request path")
            return _done(acl_policies.write(self.store, body))
        if call.request.method == "DELETE":
            return _done(acl_policies.delete(self.store, call.rest))
        own = self._own_policies(call)
        if own is not None and call.rest not in own:
            raise ApiError(403, DENIED)
        return read(self.store, call, lambda: self._policy(call.rest))

    def _policy(self, name: str) -> tuple[t.Any, int]:
        found = self.store.acl_policies.get(name)
        if found is None:
            raise Missing("ACL policy not found", self.store.table_index["acl_policies"])
        return acl_policies.whole(found), found["ModifyIndex"]

    # Tokens

    def token_list(self, call: Call) -> Response:
        self._check_enabled()
        prefix, fits = call.get("prefix"), chosen(call.get("filter"), "acl_tokens")

        def query() -> tuple[t.Any, int]:
            found = sorted(self.store.acl_tokens.values(), key=lambda x: int(x["CreateIndex"]))
            rows = [
                acl_tokens.row(x) for x in found if x["AccessorID"].startswith(prefix) and fits(x)
            ]
            return rows, max(1, self.store.table_index["acl_tokens"])

        return read(self.store, call, query)

    def token_create(self, call: Call) -> Response:
        return self._written(call, "")

    def token(self, call: Call) -> Response:
        self._check_enabled()
        if not call.rest:
            raise ApiError(400, "Missing Token Accessor")
        if call.writes:
            return self._written(call, call.rest)
        if call.request.method == "DELETE":
            return _done(acl_tokens.delete(self.store, call.rest))
        check_uuid(call.rest, LOOKUP)
        return read(self.store, call, lambda: self._token(call))

    def _written(self, call: Call, accessor: str) -> Response:
        self._check_enabled()
        body = call.body(TOKEN)
        if accessor and body.get("AccessorID", "") != accessor:
            raise ApiError(400, "ACL token accessor does not match request path")
        made = acl_tokens.write(self.store, body)
        return answer(made, {"X-Nomad-Index": str(made["ModifyIndex"])})

    def _token(self, call: Call) -> tuple[t.Any, int]:
        found = self.store.acl_tokens.get(call.rest)
        own = found is not None and found["SecretID"] == call.token
        if not (own or call.rights.management):
            raise ApiError(403, DENIED)
        return _found(self.store, found)

    def own_token(self, call: Call) -> Response:
        self._check_enabled()
        if not call.token:
            raise ApiError(500, f"{LOOKUP}: missing secret id")
        check_uuid(call.token, LOOKUP)
        return read(
            self.store,
            call,
            lambda: _found(self.store, acl_tokens.by_secret(self.store, call.token)),
        )

    def roles(self, call: Call) -> Response:
        """There are none, and none can be made."""
        self._check_enabled()
        return read(self.store, call, lambda: ([], 1))


def _found(store: Store, token: t.Any) -> tuple[t.Any, int]:
    if token is None:
        raise Missing("ACL token not found", store.table_index["acl_tokens"])
    return token, token["ModifyIndex"]


def _done(index: int) -> Response:
    return Response(b"", 200, {"X-Nomad-Index": str(index)})
