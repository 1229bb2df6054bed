# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How requests reach Grafana: one connection that is kept alive, in one organisation."""

from __future__ import annotations

import traceback
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, UserError
from ansible_collections.mlops.infra.plugins.module_utils._grafana.explain import BUSY, is_missing
from ansible_collections.mlops.infra.plugins.module_utils._grafana.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._wait import clock

try:
    import requests
except ImportError:
    requests = None  # type: ignore[assignment]
    REQUESTS_ERROR: str | None = traceback.format_exc()
else:
    REQUESTS_ERROR = None

# Repeating a save is safe: the version that is posted along makes a second one visible as a conflict.
RETRY_INTERVAL = 1.0
ORGANISATION_HEADER = "X-Grafana-Org-Id"


class Transport:
    """One Grafana organisation, on one connection that is kept alive."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._opened: t.Any = None
        self._organisation_settled = connection.org_id is None and not connection.org_name

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def organisation(self) -> dict[str, t.Any]:
        """The organisation that requests act in, empty where there is none."""
        return t.cast("dict[str, t.Any] | None", self._find("/api/org")) or {}

    def _settle_organisation(self) -> None:
        """An organisation that is unknown looks like an empty one, and a header that a server does
        not know is ignored: only the answer tells whose boards these are."""
        if self._organisation_settled:
            return
        self._organisation_settled = True
        name, number = self._connection.org_name, self._connection.org_id
        found = self.organisation()
        if name and found.get("name") != name and not self._connection.token:
            number = self._number_of(name)
            self._act_in(number)
            found = self.organisation()
        if (name and found.get("name") != name) or (number and found.get("id") != number):
            acts_on = f"the server acts on {found.get('id')}" if found else "there is none"
            raise UserError(
                f"Organisation {name or number} cannot be used with these credentials: {acts_on}."
            )
        self._act_in(found.get("id"))

    def _number_of(self, name: str) -> int | None:
        mine = self._find("/api/user/orgs") or []
        return next((org["orgId"] for org in mine if org.get("name") == name), None)

    def _act_in(self, number: int | None) -> None:
        if number is not None:
            self._session().headers[ORGANISATION_HEADER] = str(number)

    def _find(self, path: str) -> t.Any:
        try:
            return self._call("GET", path)
        except ApiError as error:
            if is_missing(error):
                return None
            raise

    def _delete(self, path: str) -> bool:
        try:
            self._call("DELETE", path)
        except ApiError as error:
            if is_missing(error):
                return False
            raise
        return True

    def _call(self, method: str, path: str, payload: t.Any = None, once: bool = False) -> t.Any:
        """One request, repeated while the server is not there yet or says that it is busy.

        With C(once) it is not repeated when its answer was lost: what it made would be made twice.
        """
        self._settle_organisation()
        for left in clock(self._connection.wait_timeout, RETRY_INTERVAL):
            try:
                response = self._session().request(
                    method,
                    self._connection.url + path,
                    json=payload,
                    timeout=self._connection.timeout,
                    # Of the session, REQUESTS_CA_BUNDLE would win over it.
                    verify=self._connection.verify,
                    allow_redirects=False,
                )
            except (requests.RequestException, ValueError) as error:
                # A ValueError is a url that only the last of the libraries found to be none.
                if left > 0 and not once and isinstance(error, _broken_connections()):
                    continue
                raise ApiError(method, path, 0, self._reason(error)) from error
            if response.status_code not in BUSY or left <= 0:
                return self._answer(method, path, response)
        raise AssertionError("the clock always ends with a last look")

    def _answer(self, method: str, path: str, response: t.Any) -> t.Any:
        if response.is_redirect:
            target = response.headers.get("Location", "")
            raise ApiError(
                method, path, response.status_code, f"redirects to {target}: correct 'url'"
            )
        if not response.ok:
            raise ApiError(method, path, response.status_code, response.text)
        if not response.content:
            return {}
        try:
            return response.json()
        except ValueError as error:
            raise ApiError(
                method, path, response.status_code, "no JSON: 'url' is probably not Grafana's"
            ) from error

    def _session(self) -> t.Any:
        if self._opened is None:
            session = requests.Session()
            session.trust_env = self._connection.use_proxy
            session.headers["Accept"] = "application/json"
            if self._connection.org_id is not None:
                session.headers[ORGANISATION_HEADER] = str(self._connection.org_id)
            # Given as a callable, so that no .netrc replaces it.
            session.auth = _signer(self._connection)
            session.cert = self._connection.cert
            self._opened = session
        return self._opened

    def _reason(self, error: Exception) -> str:
        cause: BaseException = error
        while cause.__context__ is not None:
            cause = cause.__context__
        return f"{self._connection.url}: {cause or type(cause).__name__}"


def _broken_connections() -> tuple[type[Exception], ...]:
    """No connection, or one that ended in the middle of an answer; not a server that is slow."""
    return (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def _signer(connection: Connection) -> t.Any:
    """A token wins over a password; never a default account."""
    if not connection.token:
        # Text would be sent as Latin-1, which Grafana does not read and which has not all letters.
        pair = (connection.username or "", connection.password or "")
        return requests.auth.HTTPBasicAuth(*(x.encode("utf-8", "surrogateescape") for x in pair))

    def sign(request: t.Any) -> t.Any:
        request.headers["Authorization"] = f"Bearer {connection.token}"
        return request

    return sign
