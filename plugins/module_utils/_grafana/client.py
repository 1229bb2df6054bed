# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The only code that speaks HTTP to Grafana: one method an endpoint.

C(get) raises, C(find) answers None, C(delete) answers False for what is not there.
"""

from __future__ import annotations

import typing as t
import urllib.parse

from .._errors import ApiError
from . import resource
from .transport import Transport

Json = t.Dict[str, t.Any]
PAGE = 1000  # the most folders that one answer has
MAX_PAGES = 1000


class GrafanaClient(Transport):
    """Boards, folders, data sources, accounts."""

    _namespace: str | None = None

    def find_dashboard(self, uid: str, version: str | None = None) -> Json | None:
        """The board with its C(meta), or None.

        One of the newer model is 406 to the older API. With C(version) it is read as that one.
        """
        try:
            if version is None:
                return self._find(f"/api/dashboards/uid/{_quoted(uid)}")
        except ApiError as error:
            version = self._newest_version() if error.status == 406 else None
            if version is None:
                raise
        found = self._find(self._resource_path(version, uid))
        return None if found is None else resource.as_answer(found)

    def save_dashboard(self, payload: Json, stored: Json | None = None) -> Json:
        """C(stored) is the answer that the payload was planned on."""
        version = resource.version_of(payload["dashboard"])
        if version is None:
            return self._call("POST", "/api/dashboards/db", payload)
        uid, body = payload["dashboard"]["uid"], resource.as_resource(payload, stored)
        if stored is None:
            answer = self._call("POST", self._resource_path(version), body)
        else:
            answer = self._call("PUT", self._resource_path(version, uid), body)
        return {"uid": (answer.get("metadata") or {}).get("name")}

    def _newest_version(self) -> str | None:
        found = self._call("GET", f"/apis/{resource.GROUP}").get("versions") or []
        return resource.newest(entry.get("groupVersion") for entry in found)

    def _resource_path(self, version: str, uid: str = "") -> str:
        """Organisation 1 is the namespace default, another one org-N."""
        if self._namespace is None:
            number = self.organisation().get("id") or 1
            self._namespace = "default" if number == 1 else f"org-{number}"
        path = f"/apis/{version}/namespaces/{self._namespace}/dashboards"
        return f"{path}/{_quoted(uid)}" if uid else path

    def delete_dashboard(self, uid: str) -> bool:
        return self._delete(f"/api/dashboards/uid/{_quoted(uid)}")

    def dashboard_versions(self, uid: str, limit: int) -> list[Json]:
        """Newest first. Up to 12 the answer is the list itself, from 13 on a mapping with it."""
        path = f"/api/dashboards/uid/{_quoted(uid)}/versions?limit={limit}"
        answer = self._call("GET", path)
        versions = answer.get("versions") if isinstance(answer, dict) else answer
        return t.cast("list[Json]", versions or [])

    def find_dashboard_version(self, uid: str, version: int) -> Json | None:
        return self._find(f"/api/dashboards/uid/{_quoted(uid)}/versions/{version}")

    def search(self, **filters: t.Any) -> list[Json]:
        """All hits, page by page."""
        return self._pages("/api/search", {key: v for key, v in filters.items() if v}, 5000)

    def find_folder(self, uid: str) -> Json | None:
        return self._find(f"/api/folders/{_quoted(uid)}")

    def folders(self, parent_uid: str) -> list[Json]:
        """The folders right below one.

        A server without nested folders ignores the parent and answers those of the root.
        """
        filters = {"parentUid": parent_uid} if parent_uid else {}
        found = self._pages("/api/folders", filters, PAGE)
        return [folder for folder in found if (folder.get("parentUid") or "") == parent_uid]

    def create_folder(self, uid: str, title: str, parent_uid: str) -> Json:
        body = {"uid": uid, "title": title}
        return self._call("POST", "/api/folders", {**body, **_parent(parent_uid)})

    def update_folder(self, uid: str, body: Json) -> Json:
        return self._call("PUT", f"/api/folders/{_quoted(uid)}", body)

    def move_folder(self, uid: str, parent_uid: str) -> Json:
        return self._call("POST", f"/api/folders/{_quoted(uid)}/move", {"parentUid": parent_uid})

    def delete_folder(self, uid: str) -> bool:
        return self._delete(f"/api/folders/{_quoted(uid)}")

    def permissions(self, kind: str, uid: str) -> list[Json]:
        """Those of a board or a folder; C(kind) is dashboards or folders."""
        return self._call("GET", f"{_owner(kind, uid)}/permissions")

    def set_permissions(self, kind: str, uid: str, items: list[Json]) -> None:
        self._call("POST", f"{_owner(kind, uid)}/permissions", {"items": items})

    def teams(self, name: str) -> list[Json]:
        answer = self._call("GET", f"/api/teams/search?{_query({'name': name})}")
        return t.cast("list[Json]", answer.get("teams") or [])

    def users(self, login: str) -> list[Json]:
        return self._call("GET", f"/api/org/users/lookup?{_query({'query': login})}")

    def find_library_panel(self, uid: str) -> Json | None:
        return self._find(f"/api/library-elements/{_quoted(uid)}")

    def find_datasource(self, uid: str) -> Json | None:
        return self._find(f"/api/datasources/uid/{_quoted(uid)}")

    def find_datasource_by_name(self, name: str) -> Json | None:
        return self._find(f"/api/datasources/name/{_quoted(name)}")

    def create_datasource(self, body: Json) -> Json:
        return self._call("POST", "/api/datasources", body)

    def update_datasource(self, uid: str, body: Json) -> Json:
        return self._call("PUT", f"/api/datasources/uid/{_quoted(uid)}", body)

    def delete_datasource(self, uid: str) -> bool:
        return self._delete(f"/api/datasources/uid/{_quoted(uid)}")

    def datasource_health(self, uid: str) -> Json:
        return self._call("GET", f"/api/datasources/uid/{_quoted(uid)}/health")

    def service_accounts(self, name: str) -> list[Json]:
        path = f"/api/serviceaccounts/search?{_query({'query': name, 'perpage': PAGE})}"
        return t.cast("list[Json]", self._call("GET", path).get("serviceAccounts") or [])

    def create_service_account(self, body: Json) -> Json:
        return self._call("POST", "/api/serviceaccounts", body)

    def update_service_account(self, number: int, body: Json) -> Json:
        return self._call("PATCH", f"/api/serviceaccounts/{number}", body)

    def delete_service_account(self, number: int) -> bool:
        return self._delete(f"/api/serviceaccounts/{number}")

    def tokens(self, number: int) -> list[Json]:
        return self._call("GET", f"/api/serviceaccounts/{number}/tokens") or []

    def create_token(self, number: int, body: Json) -> Json:
        """The only answer that ever has the key."""
        return self._call("POST", f"/api/serviceaccounts/{number}/tokens", body, once=True)

    def delete_token(self, number: int, token: int) -> bool:
        return self._delete(f"/api/serviceaccounts/{number}/tokens/{token}")

    def _pages(self, path: str, filters: Json, limit: int) -> list[Json]:
        found: list[Json] = []
        for page in range(1, MAX_PAGES):
            query = _query({**filters, "limit": limit, "page": page})
            answer = self._call("GET", f"{path}?{query}")
            found += answer
            if len(answer) < limit:
                break
        return found


def _owner(kind: str, uid: str) -> str:
    return f"/api/dashboards/uid/{_quoted(uid)}" if kind == "dashboards" else f"/api/folders/{uid}"


def _parent(uid: str) -> Json:
    return {"parentUid": uid} if uid else {}


def _query(values: Json) -> str:
    return urllib.parse.urlencode(values, doseq=True)


def _quoted(segment: str) -> str:
    return urllib.parse.quote(segment, safe="")
