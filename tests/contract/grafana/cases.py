# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests, in their order. One server answers them all, so that later ones build on earlier ones.

The server starts empty, but for what it provisions from files: folder MLOps (uid mlops) with the
board locked, and the data source prometheus.

C(keep) names values of an answer for later requests, which write them as C($name). C(also) names
values that are recorded as they are; C(free) those that are the server's own choice.
"""

from __future__ import annotations

import typing as t

Case = dict[str, t.Any]

LONG = "a" * 40


def _case(name: str, method: str, path: str, **more: t.Any) -> Case:
    return {"name": name, "method": method, "path": path, **more}


def _save(name: str, dashboard: t.Any, also: tuple[str, ...] = (), **more: t.Any) -> Case:
    kept = {key: more.pop(key) for key in ("keep", "free") if key in more}
    body = {"dashboard": dashboard, **more}
    return _case(name, "POST", "/api/dashboards/db", body=body, also=list(also), **kept)


def _folder(name: str, **body: t.Any) -> Case:
    return _case(name, "POST", "/api/folders", body=body)


BOARD = "/api/dashboards/uid"
SOURCES = "/api/datasources"

SYSTEM = [
    _case("health", "GET", "/api/health", auth="none", also=["database"], free=["version"]),
    _case("healthz", "GET", "/healthz", auth="none"),
    _case("org", "GET", "/api/org", also=["id", "name"]),
    _case("no credentials", "GET", "/api/org", auth="none"),
    _case("wrong password", "GET", "/api/org", auth="wrong"),
    _case("malformed basic", "GET", "/api/org", auth="malformed"),
    _case("unknown token", "GET", "/api/org", auth="token"),
    _case("log in", "POST", "/login", auth="none", body={"user": "$user", "password": "$password"}),
    _case("log in wrongly", "POST", "/login", auth="none", body={"user": "x", "password": "y"}),
    _case("organisation by name", "GET", "/api/orgs/name/Main%20Org."),
    _case("unknown organisation by name", "GET", "/api/orgs/name/Nobody"),
]

BOARDS = [
    _save("create", {"title": "T One", "uid": "ct-one", "version": 9}, keep={"one": "id"}),
    _save("create again", {"title": "T One", "uid": "ct-one"}),
    _save("same content, right version", {"title": "T One", "uid": "ct-one", "version": 1}),
    _save("old version", {"title": "T One", "uid": "ct-one", "version": 1}),
    _save("newer version", {"title": "T One", "uid": "ct-one", "version": 3}),
    _save("version as text", {"title": "T One", "uid": "ct-one", "version": "2"}),
    _save("version as a fraction", {"title": "T One", "uid": "ct-one", "version": 2.7}),
    _save("version null", {"title": "T One", "uid": "ct-one", "version": None}),
    _save(
        "old version, overwrite", {"title": "T One", "uid": "ct-one", "version": 1}, overwrite=True
    ),
    _save("by id alone", {"title": "T One", "id": "$one", "version": 4}),
    _save("no title", {"uid": "ct-two"}),
    _save("blank title", {"uid": "ct-two", "title": "  "}),
    _save("title is a number", {"uid": "ct-two", "title": 7}),
    _save("uid with a space", {"title": "T Two", "uid": "ct two"}),
    _save("uid with a dot", {"title": "T Two", "uid": "ct.two"}),
    _save("uid of 41", {"title": "T Two", "uid": LONG + "a"}),
    _save("uid of 40", {"title": "T Forty", "uid": LONG}),
    _save("no uid", {"title": "T Free"}, free=["uid", "url"]),
    _save("uid null", {"title": "T Null", "uid": None}, free=["uid", "url"]),
    _save("unknown id", {"title": "T Two", "id": 99999}),
    _save("unknown id and a new uid", {"title": "T Two", "id": 99999, "uid": "ct-two"}),
    _save("trimmed and clamped", {"title": "  T Trim ", "uid": "ct-trim", "refresh": "1s"}),
    _case("get trimmed", "GET", f"{BOARD}/ct-trim", also=["dashboard.refresh", "dashboard.title"]),
    _save("refresh is no duration", {"title": "T Auto", "uid": "ct-auto", "refresh": "auto"}),
    _case("get refresh", "GET", f"{BOARD}/ct-auto", also=["dashboard.refresh"]),
    _save(
        "refresh is kept",
        {"title": "T Keep", "uid": "ct-keep", "refresh": "10s", "tags": ["a", "b"]},
    ),
    _case("get kept", "GET", f"{BOARD}/ct-keep", also=["dashboard.refresh", "dashboard.tags"]),
    _save(
        "id of one, uid of another", {"title": "T X", "id": "$one", "uid": "ct-keep", "version": 5}
    ),
    _save("title of another", {"title": "T One", "uid": "ct-other"}),
    _save("title of another, overwrite", {"title": "T One", "uid": "ct-other"}, overwrite=True),
    _case("the posted uid is not there", "GET", f"{BOARD}/ct-other"),
    _save("uid of a folder", {"title": "T Y", "uid": "mlops", "version": 1}),
    _save("title of a folder", {"title": "MLOps", "uid": "ct-mlops"}),
    _save("unknown folder uid", {"title": "T Nowhere", "uid": "ct-nowhere"}, folderUid="nowhere"),
    _save("into a folder by uid", {"title": "T In", "uid": "ct-in"}, folderUid="mlops"),
    _case("get in folder", "GET", f"{BOARD}/ct-in", also=["meta.folderTitle"]),
    _case(
        "get", "GET", f"{BOARD}/ct-one", also=["meta.version", "meta.provisioned", "meta.isFolder"]
    ),
    _case("get missing", "GET", f"{BOARD}/ct-none"),
    _case("uid is case-sensitive", "GET", f"{BOARD}/CT-ONE"),
    _case("body is no JSON", "POST", "/api/dashboards/db", text="{bad"),
    _case("no board in the body", "POST", "/api/dashboards/db", body={}),
    _save("overwrite is text", {"title": "T Z"}, overwrite="yes"),
    _case("delete", "DELETE", f"{BOARD}/ct-trim"),
    _case("delete missing", "DELETE", f"{BOARD}/ct-trim"),
]

PROVISIONED = [
    _case(
        "get provisioned",
        "GET",
        f"{BOARD}/locked",
        also=["meta.provisioned", "meta.provisionedExternalId", "meta.createdBy"],
        keep={"locked": "dashboard.id"},
    ),
    _save("save provisioned by id", {"title": "L", "id": "$locked", "uid": "locked", "version": 1}),
    _save("save provisioned, old version", {"title": "L", "id": "$locked", "uid": "locked"}),
    _case("delete provisioned", "DELETE", f"{BOARD}/locked"),
    _case("reload boards", "POST", "/api/admin/provisioning/dashboards/reload"),
    _case("reload data sources", "POST", "/api/admin/provisioning/datasources/reload"),
    _save("save provisioned by uid alone", {"title": "L", "uid": "locked", "version": 1}),
]

FOLDERS = [
    _folder("create folder", title="CT Folder", uid="ct-f"),
    _folder("folder with a taken title", title="CT Folder", uid="ct-g"),
    _folder("folder with a taken uid", title="CT Other", uid="ct-f"),
    _folder("the same folder again", title="CT Folder 3", uid="ct-f"),
    _folder("folder without a title", uid="ct-g"),
    _folder("folder General", title="General", uid="ct-g"),
    _folder("folder with a bad uid", title="CT G", uid="c t"),
    _folder("folder with a uid of 41", title="CT G", uid=LONG + "a"),
    _folder("parent is ignored", title="CT Child", uid="ct-c", parentUid="ct-f"),
    _case("get folder", "GET", "/api/folders/ct-f"),
    _case("get missing folder", "GET", "/api/folders/ct-none"),
    _case("a board is no folder", "GET", "/api/folders/ct-one"),
    _case("list folders", "GET", "/api/folders"),
    _case("rename folder", "PUT", "/api/folders/ct-f", body={"title": "CT New", "version": 1}),
    _case("rename, old version", "PUT", "/api/folders/ct-f", body={"title": "CT N", "version": 1}),
    _case(
        "rename, overwrite", "PUT", "/api/folders/ct-f", body={"title": "CT N", "overwrite": True}
    ),
    _case("rename missing", "PUT", "/api/folders/ct-none", body={"title": "CT N", "version": 1}),
    _case("delete folder", "DELETE", "/api/folders/ct-f"),
    _case("delete missing folder", "DELETE", "/api/folders/ct-f"),
    _case("delete child", "DELETE", "/api/folders/ct-c"),
]

SEARCH = [
    _case("search", "GET", "/api/search?query=mlops", also=["0.uid", "0.type"]),
    _case("search by title", "GET", "/api/search?query=t%20KEEP", also=["0.uid", "0.tags"]),
    _case("search folders", "GET", "/api/search?type=dash-folder", also=["0.uid"]),
    _case("search by tags", "GET", "/api/search?tag=a&tag=b", also=["0.uid"]),
    _case("search by a tag that is none", "GET", "/api/search?tag=A"),
    _case("search boards only", "GET", "/api/search?query=keep&type=dash-db&limit=1"),
    _case("search past the end", "GET", "/api/search?page=99"),
    _case("search for too many", "GET", "/api/search?limit=5001"),
]

SOURCE = {
    "name": "CT",
    "type": "prometheus",
    "access": "proxy",
    "uid": "ct-ds",
    "url": "http://127.0.0.1:9",
}
DATASOURCES = [
    _case("add data source", "POST", SOURCES, body=SOURCE),
    _case("taken name", "POST", SOURCES, body={**SOURCE, "uid": "ct-ds2"}),
    _case("taken uid", "POST", SOURCES, body={**SOURCE, "name": "CT 2"}),
    _case("source without a type", "POST", SOURCES, body={"name": "CT 3"}),
    _case("get data source", "GET", f"{SOURCES}/uid/ct-ds", also=["url", "readOnly"]),
    _case("get by name", "GET", f"{SOURCES}/name/CT", also=["uid"]),
    _case("get id by name", "GET", f"{SOURCES}/id/CT"),
    _case("get missing data source", "GET", f"{SOURCES}/uid/ct-none"),
    _case("get missing by name", "GET", f"{SOURCES}/name/ct-none"),
    _case("list data sources", "GET", SOURCES, also=["0.name", "1.name", "1.isDefault"]),
    _case(
        "get provisioned source",
        "GET",
        f"{SOURCES}/uid/prometheus",
        also=["readOnly", "jsonData"],
        free=["url"],
    ),
    _case("update by uid", "PUT", f"{SOURCES}/uid/ct-ds", body=SOURCE),
    _case("update provisioned source", "PUT", f"{SOURCES}/uid/prometheus", body=SOURCE),
    _case("health of a source without a server", "GET", f"{SOURCES}/uid/ct-ds/health"),
    _case("delete provisioned source", "DELETE", f"{SOURCES}/uid/prometheus"),
    _case("delete data source", "DELETE", f"{SOURCES}/uid/ct-ds"),
    _case("delete missing data source", "DELETE", f"{SOURCES}/uid/ct-ds"),
]

ACCOUNT = "/api/admin/users/1/password"
PASSWORDS = [
    _case("password too short", "PUT", ACCOUNT, body={"password": "abc"}),
    _case("password of nobody", "PUT", "/api/admin/users/99/password", body={"password": "abcdef"}),
    _case("set password", "PUT", ACCOUNT, body={"password": "$password"}),
    _case("signed in still", "GET", "/api/org"),
]

CASES: list[Case] = [
    *SYSTEM,
    *BOARDS,
    *PROVISIONED,
    *FOLDERS,
    *SEARCH,
    *DATASOURCES,
    *PASSWORDS,
]
