# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""From the path of a folder to its uid, and folders made on the way to it."""

from __future__ import annotations

import typing as t

from .._errors import ApiError, FailedError, UserError
from . import paths
from .client import GrafanaClient

Json = t.Dict[str, t.Any]


class Locator:
    """Remembers what it has seen, so that a hundred boards of ten folders ask ten times.

    In check mode a missing folder gets the uid that it would have, and is not made.
    """

    def __init__(self, client: GrafanaClient, create: bool, check_mode: bool) -> None:
        self._client = client
        self._create = create
        self._check_mode = check_mode
        self._children: dict[str, list[Json]] = {}
        self.created: list[str] = []

    def uid_of(self, titles: t.Sequence[str], parent_uid: str = "") -> str:
        """The uid of the folder at the end of the path, empty for the root."""
        uid = parent_uid
        for depth in range(len(titles)):
            uid = self._step(titles[: depth + 1], parent_uid, uid)
        return uid

    def _step(self, titles: t.Sequence[str], start: str, parent: str) -> str:
        where = "/".join(titles[:-1])
        found = paths.child(self._below(parent), titles[-1], where)
        if found is None:
            found = self._make(titles, start, parent)
        return str(found["uid"])

    def _below(self, parent: str) -> list[Json]:
        if parent not in self._children:
            self._children[parent] = (
                [] if self._is_planned(parent) else self._client.folders(parent)
            )
        return self._children[parent]

    def _is_planned(self, uid: str) -> bool:
        return self._check_mode and any(
            uid == folder["uid"]
            for folders in self._children.values()
            for folder in folders
            if folder.get("planned")
        )

    def _make(self, titles: t.Sequence[str], start: str, parent: str) -> Json:
        path = "/".join(titles)
        if not self._create:
            raise UserError(f"There is no folder {path}: create it, or set create_folders=true.")
        folder: Json = {
            "uid": paths.derived_uid(titles, start),
            "title": titles[-1],
            "planned": True,
        }
        if not self._check_mode:
            folder = made(self._client, folder["uid"], titles[-1], parent)
        self.created.append(path)
        self._children[parent].append(folder)
        return folder


def made(client: GrafanaClient, uid: str, title: str, parent: str) -> Json:
    """A new folder, checked to be where it was asked for.

    409 and 412 both say that somebody else has just made it, and so may 500.
    """
    try:
        client.create_folder(uid, title, parent)
    except ApiError as error:
        found = (
            client.find_folder(uid) if error.status in (409, 412) or error.status >= 500 else None
        )
        if found is None or found.get("title") != title:
            raise
    folder = client.find_folder(uid) or {}
    refuse_other_parent(folder, title, parent)
    return folder


def refuse_other_parent(folder: Json, title: str, parent: str) -> None:
    """A server without nested folders ignores the parent and says success."""
    if (folder.get("parentUid") or "") == parent:
        return
    raise FailedError(
        f"The server put the folder {title} into {folder.get('parentUid') or 'the root'} instead of "
        f"{parent or 'the root'}: it has no nested folders (Grafana 10 needs the feature toggle "
        "nestedFolders). Remove it there, and use folders of one level.",
        {"folder": folder},
    )
