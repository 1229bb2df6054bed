# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables: items at a path of a namespace, replaced as a whole."""

from __future__ import annotations

import re

from .errors import ApiError
from .shapes import Data
from .store import Store, now

PATH = re.compile(r"[a-zA-Z0-9-_~/]{1,128}")
MAX_SIZE = 64 * 1024
UNCHANGED = {"X-Nomad-Index": "0"}
RESERVED = (
    'only paths at "nomad/jobs" or "nomad/job-templates" and below are valid paths under the '
    'top-level "nomad" directory'
)


class Conflict(Exception):  # noqa: N818 - not an error but an answer
    """The index is another one; the answer is what is there."""

    def __init__(self, found: Data) -> None:
        super().__init__(found["Path"])
        self.found = found


class Variables:
    def __init__(self, store: Store) -> None:
        self.store = store

    def find(self, namespace: str, path: str) -> Data | None:
        return self.store.variables.get(f"{namespace}/{path}")

    def write(self, namespace: str, path: str, items: Data, index: int | None) -> Data:
        checked(path, items)
        with self.store.changed:
            before = self.find(namespace, path)
            self._same(before, namespace, path, index)
            with self.store.write("variables") as at:
                stamp = now()
                made = {
                    "CreateIndex": before["CreateIndex"] if before else at,
                    "CreateTime": before["CreateTime"] if before else stamp,
                    "Items": items,
                    "ModifyIndex": at,
                    "ModifyTime": stamp,
                    "Namespace": namespace,
                    "Path": path,
                }
                self.store.variables[f"{namespace}/{path}"] = made
        return made

    def delete(self, namespace: str, path: str, index: int | None) -> int:
        with self.store.changed:
            self._same(self.find(namespace, path), namespace, path, index)
            with self.store.write("variables") as at:
                self.store.variables.pop(f"{namespace}/{path}", None)
        return at

    def _same(self, found: Data | None, namespace: str, path: str, index: int | None) -> None:
        if index is not None and index != (found["ModifyIndex"] if found else 0):
            nothing = {"CreateIndex": 0, "CreateTime": 0, "Items": None, "ModifyIndex": 0,
                       "ModifyTime": 0, "Namespace": namespace, "Path": path}  # fmt: skip
            raise Conflict(found or nothing)

    def listed(self, namespace: str, prefix: str) -> list[Data]:
        """In the order of namespaces and paths, without the items."""
        rows = sorted(self.store.variables.values(), key=lambda v: (v["Namespace"], v["Path"]))
        return [
            {k: v for k, v in row.items() if k != "Items"}
            for row in rows
            if namespace in ("*", row["Namespace"]) and row["Path"].startswith(prefix)
        ]


def checked(path: str, items: Data) -> None:
    if not items:
        raise ApiError(400, "variable missing required Items object")
    if not PATH.fullmatch(path):
        shown = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        raise ApiError(500, f'invalid path "{shown}"', UNCHANGED)
    parts = path.split("/")
    if parts[0] == "nomad" and (len(parts) < 2 or parts[1] not in ("jobs", "job-templates")):
        raise ApiError(500, RESERVED, UNCHANGED)
    if sum(len(k.encode()) + len(v.encode()) for k, v in items.items()) > MAX_SIZE:
        raise ApiError(500, "variables are limited to 64KiB in total size", UNCHANGED)


def index_of(value: str) -> int | None:
    """The index that a write insists on; None where it insists on none."""
    if not value:
        return None
    if not re.fullmatch(r"\d+", value):
        text = f'can not parse cas: strconv.ParseUint: parsing "{value}": invalid syntax'
        raise ApiError(400, text)
    return int(value)


def used(store: Store, namespace: str) -> bool:
    return any(v["Namespace"] == namespace for v in store.variables.values())
