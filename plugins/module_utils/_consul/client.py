# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The only code that speaks HTTP to Consul: py-consul, and what it lacks.

py-consul's own transactions carry neither token nor datacenter, its key/value answers drop all
headers but one, it knows no namespaces and lets CONSUL_HTTP_TOKEN win over the token it is given.
Its connection, its TLS and its headers are what is used here.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import os
import sys
import traceback
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul import answers
from ansible_collections.mlops.infra.plugins.module_utils._consul.answers import Answer
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing
from ansible_collections.mlops.infra.plugins.module_utils._consul.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._consul.unix import SocketAdapter
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError
from ansible_collections.mlops.infra.plugins.module_utils._trust import ServerNameAdapter, bundle

IMPORT_ERROR: t.Optional[str] = None
LIBRARY = "py-consul >= 1.8.0"
_Base: t.Any = object
try:
    import requests.exceptions
    import urllib3
    from consul import std

    if not hasattr(std, "DEFAULT_TIMEOUT"):
        raise ImportError("py-consul before 1.8.0, whose requests never time out")
    _Base = std.Consul
except ImportError:
    IMPORT_ERROR = traceback.format_exc()

MANAGEMENT_POLICY = "00000000-0000-0000-0000-000000000001"
INDEX = "X-Consul-Index"
FILTERED = "X-Consul-Results-Filtered-By-ACLs"
T = t.TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Reply(t.Generic[T]):
    """What came back, C(data) being what was read out of the body; None for a missing thing."""

    headers: t.Mapping[str, str]
    data: t.Optional[T]

    @property
    def index(self) -> str:
        return self.headers.get(INDEX, "0")

    @property
    def filtered(self) -> bool:
        return self.headers.get(FILTERED, "").lower() == "true"


class Consul(_Base):
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        verify = connection.verify
        if isinstance(verify, str) and os.path.isdir(verify):
            self._bundle = bundle("ca_cert", verify)
            verify = self._bundle.name
        super().__init__(
            host=connection.host,
            port=connection.port,
            scheme=connection.scheme,
            verify=verify,
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
        # The token would go along to whatever host is named, and a write would become a read.
        self.http.session.get_redirect_target = lambda response: None
        if not verify:
            # Who asked for it knows; a lookup's task would show it as foreign text.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if connection.server_name:
            self.http.session.mount("https://", ServerNameAdapter(connection.server_name))
        if connection.socket:
            self.http.session.mount(self.http.base_uri, SocketAdapter(connection.socket))

    def tree(self, prefix: str) -> Listing:
        """All keys that begin with C(prefix), by one request."""
        return self._read(prefix, [("recurse", "1")])

    def find(self, key: str) -> Listing:
        """One key, or none."""
        return self._read(key, [])

    def _read(self, key: str, params: list[tuple[str, str]]) -> Listing:
        params = [*params, *self._how_current()]
        reply = self._call("get", f"/v1/kv/{key}", params, answers.records, missing=True)
        return Listing(reply.data or {}, reply.index, reply.filtered)

    def _how_current(self) -> list[tuple[str, str]]:
        """The parameter of a read that says how current it must be."""
        return [] if self.consistency == "default" else [(self.consistency, "1")]

    def transact(self, body: bytes) -> Answer:
        return self._said("put", "/v1/txn", answers.answer, body, conflict=True)

    def put(self, key: str, value: bytes, flags: int, **how: t.Union[str, int]) -> bool:
        """C(how) is one of cas, acquire and release. False: refused, nothing was written."""
        params = [("flags", str(flags)), *((name, str(value)) for name, value in how.items())]
        return self._said("put", f"/v1/kv/{key}", answers.of(bool), value, params)

    def sees_all(self) -> bool:
        """Whether an answer that is not marked as filtered by ACLs is surely complete.

        It is without ACLs, with a management token, and since 1.11, which marks such answers.
        """
        try:
            policies = self._said("get", "/v1/acl/token/self", answers.policies)
        except ApiError as exc:
            if exc.status == 401 and "ACL support disabled" in exc.body:
                return True
            policies = []
        if MANAGEMENT_POLICY in policies:
            return True
        return self._version() >= (1, 11)

    def value_limit(self) -> int:
        """The most bytes of a value, where the token may ask for that."""
        try:
            return self._said("get", "/v1/agent/self", answers.value_limit)
        except ApiError:
            return sys.maxsize

    def _version(self) -> tuple[int, ...]:
        try:
            return self._said("get", "/v1/agent/self", answers.version)
        except ApiError:
            return (0,)

    def _said(
        self,
        method: str,
        path: str,
        read: t.Callable[[t.Any], T],
        data: bytes = b"",
        params: t.Sequence[tuple[str, str]] = (),
        conflict: bool = False,
    ) -> T:
        """What one request led to that only its body tells of."""
        reply = self._call(method, path, params, read, data, conflict=conflict)
        return t.cast(T, reply.data)

    def _call(
        self,
        method: str,
        path: str,
        params: t.Sequence[tuple[str, str]],
        read: t.Callable[[t.Any], T],
        data: bytes = b"",
        missing: bool = False,
        conflict: bool = False,
    ) -> Reply[T]:
        """One request. C(missing) and C(conflict) say which of 404 and 409 is an answer.

        C(read) takes out of the parsed body what is asked for, and fails where that is not in it.
        """
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
            return Reply(response.headers, None)
        if response.code != 200 and not (response.code == 409 and conflict):
            body = response.headers.get("Location") or response.body
            raise ApiError(method.upper(), path, response.code, body)
        try:
            return Reply(response.headers, read(json.loads(response.body)))
        except answers.WRONG as exc:
            # Of what looks like Consul's data nothing is shown: it may hold secrets.
            said = "other data" if response.body[:1] in ("[", "{") else response.body[:200]
            text = f"what Consul would not say, is another server there? {said}"
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
