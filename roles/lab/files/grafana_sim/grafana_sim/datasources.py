# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources, and the one question that is really asked: does the Prometheus behind it answer."""

from __future__ import annotations

import json
import ssl
import typing as t

import httpx

from .answers import NotSimulatedError, RefusedError
from .boards import checked_uid
from .store import Row, Store, new_uid, packed

DEFAULTS: dict[str, t.Any] = {
    "type": "",
    "access": "proxy",
    "url": "",
    "user": "",
    "database": "",
    "basicAuth": False,
    "basicAuthUser": "",
    "withCredentials": False,
    "isDefault": False,
    "jsonData": {},
}
MISSING = "Data source not found"
HEALTH_TIMEOUT_SECONDS = 5.0
USED_SECRETS = {"basicAuthPassword", "tlsCACert"}


class Datasources:
    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Row]:
        return self._store.all("SELECT * FROM datasource ORDER BY name")

    def find(self, column: str, value: t.Any) -> Row | None:
        return self._store.one(f"SELECT * FROM datasource WHERE {column} = ?", value)

    def get(self, column: str, value: t.Any) -> Row:
        row = self.find(column, value)
        if row is None:
            raise RefusedError(404, MISSING)
        return row

    def create(self, body: dict[str, t.Any], read_only: bool = False) -> Row:
        name, uid = _required(body, "name"), checked_uid(body.get("uid") or "") or new_uid()
        _required(body, "type")
        with self._store.transaction():
            for column, value in (("name", name), ("uid", uid)):
                if self.find(column, value):
                    raise RefusedError(409, f"data source with the same {column} already exists")
            values = {"uid": uid, "name": name, "version": 1, "read_only": int(read_only)}
            self._store.insert("datasource", {**values, **_content(body, {})})
            return self._settled(uid)

    def update(self, row: Row, body: dict[str, t.Any], read_only: bool = False) -> Row:
        """A full replacement, but for secrets: those that are not named are kept."""
        name, uid = _required(body, "name"), body.get("uid") or row["uid"]
        with self._store.transaction():
            for column, value in (("name", name), ("uid", uid)):
                other = self.find(column, value)
                if other is not None and other["id"] != row["id"]:
                    raise RefusedError(409, f"data source with the same {column} already exists")
            values = {"uid": checked_uid(uid), "name": name, "version": row["version"] + 1}
            kept = json.loads(row["secrets"])
            self._store.update(
                "datasource",
                row["id"],
                {**values, "read_only": int(read_only), **_content(body, kept)},
            )
            return self._settled(uid)

    def delete(self, row: Row) -> None:
        if row["read_only"]:
            raise RefusedError(403, "Cannot delete read-only data source")
        self.remove(row)

    def remove(self, row: Row) -> None:
        self._store.delete("datasource", row["id"])

    def _settled(self, uid: str) -> Row:
        """There is one default at most: a new one takes it from the old one."""
        row = self.get("uid", uid)
        if shown(row)["isDefault"]:
            for other in self.all():
                data = json.loads(other["data"])
                if other["id"] != row["id"] and data["isDefault"]:
                    data["isDefault"] = False
                    self._store.update("datasource", other["id"], {"data": packed(data)})
        return row


def _required(body: dict[str, t.Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise RefusedError(400, "bad request data")
    return value


def _content(body: dict[str, t.Any], kept_secrets: dict[str, str]) -> dict[str, str]:
    secrets = {**kept_secrets, **(body.get("secureJsonData") or {})}
    data = {key: body.get(key, default) for key, default in DEFAULTS.items()}
    return {"data": packed(data), "secrets": packed(secrets)}


def shown(row: Row) -> dict[str, t.Any]:
    """A data source as the API shows it: of secrets only that they are there."""
    return {
        "id": row["id"],
        "uid": row["uid"],
        "orgId": 1,
        "name": row["name"],
        "typeLogoUrl": "",
        **json.loads(row["data"]),
        "secureJsonFields": dict.fromkeys(json.loads(row["secrets"]), True),
        "version": row["version"],
        "readOnly": bool(row["read_only"]),
    }


def client(row: Row, timeout: float) -> httpx.Client:
    """Who asks the server of a data source, with the login and the authority that it has for that."""
    source, secrets = shown(row), json.loads(row["secrets"])
    if set(secrets) - USED_SECRETS:
        raise NotSimulatedError(f"asking with {', '.join(sorted(set(secrets) - USED_SECRETS))}")
    login = (source["basicAuthUser"], secrets.get("basicAuthPassword", ""))
    return httpx.Client(
        base_url=source["url"].rstrip("/"),
        auth=login if source["basicAuth"] else None,
        verify=_trusted(source["jsonData"], secrets.get("tlsCACert", "")),
        timeout=timeout,
    )


def _trusted(settings: dict[str, t.Any], authority: str) -> ssl.SSLContext | bool:
    if settings.get("tlsSkipVerify"):
        return False
    if not settings.get("tlsAuthWithCACert"):
        return True
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        trusted.load_verify_locations(cadata=authority)
    except (ssl.SSLError, ValueError) as error:
        raise RefusedError(400, "failed to parse TLS CA PEM certificate") from error
    return trusted


def health(row: Row) -> tuple[int, dict[str, t.Any]]:
    """Ask the Prometheus itself, as Grafana does with the query 1+1."""
    source = shown(row)
    if source["type"] != "prometheus":
        raise NotSimulatedError(f"health of a data source of type {source['type']}")
    url = source["url"].rstrip("/") + "/api/v1/query"
    try:
        with client(row, HEALTH_TIMEOUT_SECONDS) as asking:
            answer = asking.post(url, data={"query": "1+1"})
            answer.raise_for_status()
            ok = answer.json()["status"] == "success"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        return 400, _unhealthy(f"Post {json.dumps(url)}: {error}")
    return (200, HEALTHY) if ok else (400, _unhealthy(f"{url} answered without success"))


HEALTHY = {
    "details": {"application": "Prometheus", "features": {"rulerApiEnabled": False}},
    "message": "Successfully queried the Prometheus API.",
    "status": "OK",
}


def _unhealthy(reason: str) -> dict[str, t.Any]:
    return {
        "message": f"{reason} - There was an error returned querying the Prometheus API.",
        "status": "ERROR",
    }
