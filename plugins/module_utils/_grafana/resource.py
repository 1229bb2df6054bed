# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Boards of the newer model, which only C(/apis) takes: as a file, on the wire, and in between. Pure.

In between, a board is its C(spec) with the keys C(apiVersion) and C(uid), so that all that compares and
plans boards takes both models.
"""

from __future__ import annotations

import re
import typing as t

Json = t.Dict[str, t.Any]
GROUP = "dashboard.grafana.app"
NEWER = re.compile(r"dashboard\.grafana\.app/v(\d+)(?:(alpha|beta)(\d+))?")
FOLDER, MESSAGE = "grafana.app/folder", "grafana.app/message"


def version_of(board: t.Mapping[str, t.Any]) -> str | None:
    """The version of the API that a board needs, None for the classic model."""
    value = board.get("apiVersion")
    return value if is_newer(value) else None


def is_newer(version: t.Any) -> bool:
    match = NEWER.fullmatch(version) if isinstance(version, str) else None
    return bool(match) and int(match.group(1)) >= 2 if match else False


def newest(versions: t.Iterable[str]) -> str | None:
    """The best of the versions that a server has: a release before a beta, a beta before an alpha."""
    return max((version for version in versions if is_newer(version)), key=_rank, default=None)


def _rank(version: str) -> tuple[int, int, int]:
    match = NEWER.fullmatch(version)
    number, stage, step = match.groups() if match else ("0", "alpha", "0")
    return int(number), {"alpha": 0, "beta": 1, None: 2}[stage], int(step or 0)


def from_file(content: Json) -> Json:
    metadata = content.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return {**content["spec"], "apiVersion": content["apiVersion"], "uid": name}


def as_file(board: Json) -> Json:
    """The classic model is a file as it is; the newer one is wrapped again."""
    if version_of(board) is None:
        return board
    spec = {key: value for key, value in board.items() if key not in ("apiVersion", "uid")}
    version = board["apiVersion"]
    metadata = {"name": board["uid"]}
    return {"apiVersion": version, "kind": "Dashboard", "metadata": metadata, "spec": spec}


def as_answer(resource: Json) -> Json:
    """A resource in the form in which the older API answers."""
    metadata = resource.get("metadata") or {}
    notes = metadata.get("annotations") or {}
    known = {"apiVersion": resource.get("apiVersion"), "uid": metadata.get("name")}
    version = {"version": metadata.get("generation") or 0}
    meta = {
        "folderUid": notes.get(FOLDER) or "",
        "updated": notes.get("grafana.app/updatedTimestamp"),
        "updatedBy": notes.get("grafana.app/updatedBy"),
        "url": f"/d/{metadata.get('name')}",
        "resourceVersion": metadata.get("resourceVersion"),
        "managedBy": notes.get("grafana.app/managedBy"),
    }
    return {"dashboard": {**(resource.get("spec") or {}), **known, **version}, "meta": meta}


def as_resource(payload: Json, stored: Json | None) -> Json:
    """What is sent for a payload of the older API; C(stored) is what was read before."""
    board = {key: value for key, value in payload["dashboard"].items() if key != "version"}
    resource = as_file(board)
    notes = {FOLDER: payload["folderUid"], MESSAGE: payload["message"]}
    metadata = {**resource["metadata"], "annotations": {k: v for k, v in notes.items() if v}}
    if stored and not payload["overwrite"]:
        metadata["resourceVersion"] = stored["meta"]["resourceVersion"]
    return {**resource, "metadata": metadata}
