# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The only code that speaks HTTP to Grafana: one method an endpoint.

C(get) raises, C(find) answers None, C(delete) answers False for what is not there.
"""

from __future__ import annotations

import traceback
import typing as t
import urllib.parse

from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, UserError
from ansible_collections.mlops.infra.plugins.module_utils._grafana.explain import BUSY, is_missing
from ansible_collections.mlops.infra.plugins.module_utils._grafana.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._wait import clock

try:
    import requests
except ImportError:
    REQUESTS_ERROR: str | None = traceback.format_exc()
else:
    REQUESTS_ERROR = None

# Repeating a save is safe: the version that is posted along makes a second one visible as a conflict.
RETRY_INTERVAL = 1.0


class GrafanaClient:
    """One Grafana organisation, on one connection that is kept alive."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._opened: t.Any = None
        self._organisation_seen = connection.org_id is None

    def find_dashboard(self, uid: str) -> dict[str, t.Any] | None:
        """The board with its C(meta), or None."""
        self._check_organisation()
        return self._find(f"/api/dashboards/uid/{_quoted(uid)}")

    def save_dashboard(self, payload: dict[str, t.Any]) -> dict[str, t.Any]:
        return self._call("POST", "/api/dashboards/db", payload)

    def delete_dashboard(self, uid: str) -> bool:
        return self._delete(f"/api/dashboards/uid/{_quoted(uid)}")

    def find_folder(self, uid: str) -> dict[str, t.Any] | None:
        self._check_organisation()
        return self._find(f"/api/folders/{_quoted(uid)}")

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def _check_organisation(self) -> None:
        """An organisation that is unknown looks like an empty one, and a header that a server does
        not know is ignored: only the answer tells whose boards these are."""
        if self._organisation_seen:
            return
        wanted = self._connection.org_id
        found = self._find("/api/org")
        if found is None or found.get("id") != wanted:
            acts_on = f"the server acts on {found.get('id')}" if found else "there is none"
            raise UserError(
                f"Organisation {wanted} cannot be used with these credentials: {acts_on}."
            )
        self._organisation_seen = True

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

    def _call(self, method: str, path: str, payload: t.Any = None) -> t.Any:
        """One request, repeated while the server is not there yet or says that it is busy."""
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
                if left > 0 and isinstance(error, _broken_connections()):
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
            session.headers["Accept"] = "application/json"
            if self._connection.org_id is not None:
                session.headers["X-Grafana-Org-Id"] = str(self._connection.org_id)
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


def _quoted(segment: str) -> str:
    return urllib.parse.quote(segment, safe="")
