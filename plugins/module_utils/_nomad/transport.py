# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How requests reach Nomad: python-nomad's Requester, with what it lacks added."""

from __future__ import annotations

import re
import time
import traceback
import typing as t
from urllib.parse import quote

from .._errors import ApiError
from .._trust import ServerNameAdapter
from . import answers, rights
from .answers import UnavailableError
from .options import Connection

try:
    import nomad.api.exceptions
    import requests
    import urllib3
    from nomad.api.base import Requester
except ImportError:
    IMPORT_ERROR: str | None = traceback.format_exc()
    Requester = object
else:
    IMPORT_ERROR = None

Json = t.Dict[str, t.Any]
Pauses = t.Sequence[float]

CONNECT_SECONDS = 5.0
# A lost connection or a server between two leaders is asked again after these pauses (seconds).
PAUSES: Pauses = (0.3, 1.0, 2.0)
ENOUGH_SECONDS = 10.0  # for one request with all its repetitions


class _EscapingRequester(Requester):
    """Job IDs may hold C(/), spaces and anything else, and each endpoint has a namespace."""

    def _endpoint_builder(self, *args: str) -> str:
        return "/".join([self.version, *(quote(arg, safe="") for arg in args if arg)])

    def _required_namespace(self, endpoint: str) -> bool:
        return True


def requester(connection: Connection) -> t.Any:
    """One keep-alive session; nothing is sent yet."""
    session = requests.Session()
    if not connection.verify:
        # Who asked for it knows; a lookup's task would be told about foreign text on standard error.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if connection.tls_server_name:
        session.mount("https://", ServerNameAdapter(connection.tls_server_name))
    return _EscapingRequester(
        address=connection.address,
        token=connection.token or None,
        namespace=connection.namespace or None,
        region=connection.region or None,
        verify=connection.verify,
        cert=connection.cert,
        session=session,
    )


class Transport:
    """Requests, each by its path's segments. Whatever is no success is raised as an ApiError."""

    def __init__(
        self,
        requester: t.Any,
        timeout: float = 30.0,
        pauses: Pauses = PAUSES,
        sleep: t.Callable[[float], None] = time.sleep,
        now: t.Callable[[], float] = time.monotonic,
    ) -> None:
        self._requester = requester
        self._timeout = timeout
        self._pauses = pauses
        self._sleep = sleep
        self._now = now

    @property
    def address(self) -> str:
        """For messages, so without what may stand before an @."""
        return re.sub(r"//[^/]*@", "//", str(self._requester.address))

    def use(self, namespace: str, region: str) -> None:
        """Send all further requests to this namespace and region (an empty one is the server's)."""
        self._requester.namespace = namespace or None
        self._requester.region = region or None

    def _blocking(
        self,
        path: tuple[str, ...],
        index: int,
        wait: float,
        params: Json | None = None,
        rows: bool = True,
    ) -> tuple[t.Any, int]:
        params = dict(params or {})
        extra = 0.0
        if index and wait > 0:
            params.update(index=index, wait=f"{max(1, int(wait * 1000))}ms")
            extra = wait * 17 / 16  # the server adds up to a sixteenth
        answer = self._safe("get", *path, params=params, extra=extra)
        data = self._rows(answer) if rows else self._json(answer)
        told = answer.headers.get("X-Nomad-Index") or "0"
        return data, int(told) if told.isdecimal() else 0

    def _found(self, *path: str, params: Json | None = None, has: str = "") -> Json | None:
        try:
            return self._json(self._safe("get", *path, params=params), has)
        except ApiError as error:
            # Any web server answers 404; only Nomad says what it did not find.
            if error.status == 404 and "not found" in error.body:
                return None
            raise

    def _safe(self, method: str, *path: str, **kwargs: t.Any) -> t.Any:
        """A request that may be sent again, since it changes nothing or always the same."""
        # A server without a leader takes five seconds to say so.
        until = self._now() + ENOUGH_SECONDS
        for pause in self._pauses:
            try:
                return self._once(method, *path, **kwargs)
            except UnavailableError:
                if self._now() + pause > until:
                    raise
                self._sleep(pause)
        return self._once(method, *path, **kwargs)

    def _json(self, answer: t.Any, has: str = "") -> Json:
        """One object, in which there is C(has)."""
        return self._object(answer, self._parsed(answer), has)

    def _rows(self, answer: t.Any, has: str = "") -> list[Json]:
        """A list of objects; null is an empty one."""
        data = self._parsed(answer)
        if not isinstance(data, (list, type(None))):
            raise self._strange(answer)
        return [self._object(answer, row, has) for row in data or []]

    def _object(self, answer: t.Any, data: t.Any, has: str) -> Json:
        if not isinstance(data, dict) or (has and has not in data):
            raise self._strange(answer)
        return data

    def _parsed(self, answer: t.Any) -> t.Any:
        try:
            return answer.json()
        except (ValueError, RecursionError) as error:
            raise self._strange(answer) from error

    def _strange(self, answer: t.Any) -> ApiError:
        request, target = answer.request, answer.headers.get("Location")
        text = f"this is not what Nomad answers; is {self.address} the address of Nomad's API?"
        if target:
            text = f"it leads to {target}; write that address in the option address."
        return ApiError(request.method, request.path_url, answer.status_code, text)

    def _once(self, method: str, *path: str, extra: float = 0.0, **kwargs: t.Any) -> t.Any:
        # The Requester adds to the dictionary that it is given.
        params = dict(kwargs.pop("params", None) or {})
        timeout = (min(CONNECT_SECONDS, self._timeout), self._timeout + extra)
        try:
            return self._requester.request(
                *path, method=method, params=params, timeout=timeout, **kwargs
            )
        except nomad.api.exceptions.BaseNomadException as error:
            raise self._translated(method.upper(), path, error.nomad_resp) from error
        except ValueError as error:
            where = self._where(path)
            raise answers.unsendable(self.address, method.upper(), where, str(error)) from error

    def _where(self, path: tuple[str, ...]) -> str:
        return "/" + "/".join((self._requester.version, *path))

    def _translated(self, method: str, path: tuple[str, ...], answer: t.Any) -> ApiError:
        asked, where = self._requester, self._where(path)
        if isinstance(answer, requests.Response):
            error = ApiError(method, where, answer.status_code, answer.text)
            permission = rights.remedy(method, path, asked.namespace or "", bool(asked.token))
            return answers.refused(self.address, error, permission)
        over_tls = isinstance(answer, requests.exceptions.SSLError)
        return answers.lost(self.address, method, where, str(answer), over_tls)
