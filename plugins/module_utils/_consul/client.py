# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The only code that speaks HTTP to Consul: py-consul, and what it lacks.

py-consul's own transactions carry neither token nor datacenter, its key/value answers drop all
headers but one, it knows no namespaces and lets CONSUL_HTTP_TOKEN win over the token it is given.
Its connection, its TLS and its headers are what is used here.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import sys
import traceback
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing, Record
from ansible_collections.mlops.infra.plugins.module_utils._consul.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._consul.unix import SocketAdapter
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError

IMPORT_ERROR: t.Optional[str] = None
LIBRARY = "py-consul >= 1.8.0"
_Base: t.Any = object
try:
    import requests.exceptions
    from consul import std

    if not hasattr(std, "DEFAULT_TIMEOUT"):
        raise ImportError("py-consul before 1.8.0, whose requests never time out")
    _Base = std.Consul
except ImportError:
    IMPORT_ERROR = traceback.format_exc()

MANAGEMENT_POLICY = "00000000-0000-0000-0000-000000000001"
INDEX = "X-Consul-Index"
FILTERED = "X-Consul-Results-Filtered-By-ACLs"


class Answer(t.NamedTuple):
    """What a transaction led to: the records it wrote, or why it was rolled back as a whole."""

    records: list[Record]
    errors: list[tuple[int, str]]


class Reply(t.NamedTuple):
    """What came back, C(data) being the parsed body."""

    status: int
    headers: t.Mapping[str, str]
    data: t.Any


class Consul(_Base):
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        super().__init__(
            host=connection.host,
            port=connection.port,
            scheme=connection.scheme,
            verify=connection.verify,
            cert=connection.cert,
            consistency=connection.consistency,
            connections_timeout=connection.timeout,
        )
        self.token = connection.token
        # Text would be sent as Latin-1, which has not all that a password may have.
        self.http.session.auth = connection.auth and tuple(
            part.encode("utf-8", "surrogateescape") for part in connection.auth
        )
        # Neither a proxy nor a .netrc of the environment is meant for an agent on this machine.
        self.http.session.trust_env = not (connection.socket or _loopback(connection.host))
        if connection.socket:
            self.http.session.mount(self.http.base_uri, SocketAdapter(connection.socket))

    def tree(self, prefix: str) -> Listing:
        """All keys that begin with C(prefix), by one request."""
        return self._read(prefix, [("recurse", "1")])

    def find(self, key: str) -> Listing:
        """One key, or none."""
        return self._read(key, [])

    def _read(self, key: str, params: list[tuple[str, str]]) -> Listing:
        if self.consistency != "default":
            params = [*params, (self.consistency, "1")]
        reply = self._call("get", f"/v1/kv/{key}", params, missing=True)
        return Listing(
            {row["Key"]: _record(row) for row in reply.data or []},
            reply.headers.get(INDEX, "0"),
            reply.headers.get(FILTERED, "").lower() == "true",
        )

    def transact(self, body: bytes) -> Answer:
        data = self._call("put", "/v1/txn", [], body, conflict=True).data
        rows = [result["KV"] for result in data.get("Results") or []]
        errors = [(error["OpIndex"], error["What"]) for error in data.get("Errors") or []]
        return Answer([_record(row) for row in rows], errors)

    def put(self, key: str, value: bytes, flags: int, **how: t.Union[str, int]) -> bool:
        """C(how) is one of cas, acquire and release. False: refused, nothing was written."""
        params = [("flags", str(flags)), *((name, str(value)) for name, value in how.items())]
        return self._call("put", f"/v1/kv/{key}", params, value).data is True

    def sees_all(self) -> bool:
        """Whether an answer that is not marked as filtered by ACLs is surely complete.

        It is without ACLs, with a management token, and since 1.11, which marks such answers.
        """
        try:
            token = self._call("get", "/v1/acl/token/self", []).data
        except ApiError as exc:
            if exc.status == 401:
                return True
            token = {}
        policies = token.get("Policies") or []
        if any(policy["ID"] == MANAGEMENT_POLICY for policy in policies):
            return True
        return self._version() >= (1, 11)

    def value_limit(self) -> int:
        """The most bytes of a value, where the token may ask for that."""
        try:
            data = self._call("get", "/v1/agent/self", []).data
        except ApiError:
            return sys.maxsize
        return (data.get("DebugConfig") or {}).get("KVMaxValueSize") or sys.maxsize

    def _version(self) -> tuple[int, ...]:
        try:
            config = self._call("get", "/v1/agent/self", []).data["Config"]
        except ApiError:
            return (0,)
        return tuple(int(part) for part in config["Version"].split(".")[:2])

    def _call(
        self,
        method: str,
        path: str,
        params: list[tuple[str, str]],
        data: bytes = b"",
        missing: bool = False,
        conflict: bool = False,
    ) -> Reply:
        """One request. C(missing) and C(conflict) say which of 404 and 409 is an answer."""
        sent = {"params": [*params, *self.connection.scope], "headers": self.prepare_headers()}
        if method != "get":
            sent["data"] = data
        try:
            response = getattr(self.http, method)(lambda answer: answer, path, **sent)
        except (requests.exceptions.RequestException, ValueError) as exc:
            # A ValueError is an address that only the last of the libraries found to be none.
            raise ApiError(method.upper(), path, 0, _cause(exc)) from exc
        # Any other server answers 404, too, but without an index.
        if response.code == 404 and missing and INDEX in response.headers:
            return Reply(404, response.headers, None)
        if response.code != 200 and not (response.code == 409 and conflict):
            raise ApiError(method.upper(), path, response.code, response.body)
        try:
            return Reply(response.code, response.headers, json.loads(response.body))
        except ValueError as exc:
            text = f"what Consul would not say, is another server there? {response.body[:200]}"
            raise ApiError(method.upper(), path, response.code, text) from exc


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _cause(error: BaseException) -> str:
    """The innermost reason: requests and urllib3 wrap it in repetitions of the address."""
    for reason in (getattr(error, "reason", None), *error.args, error.__cause__):
        if isinstance(reason, BaseException) and str(reason):
            return _cause(reason)
    return str(error)


def _record(row: t.Mapping[str, t.Any]) -> Record:
    return Record(
        key=row["Key"],
        value=base64.b64decode(row.get("Value") or ""),
        flags=row["Flags"],
        index=row["ModifyIndex"],
        create_index=row["CreateIndex"],
        lock_index=row["LockIndex"],
        session=row.get("Session"),
    )
