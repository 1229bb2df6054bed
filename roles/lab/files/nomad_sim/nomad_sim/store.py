# SPDX-License-Identifier: GPL-3.0-or-later
"""The state: tables with indexes, kept in one JSON file of the data directory."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import threading
import time
import typing as t
import uuid

from .shapes import Data

TABLES = ("jobs", "evals", "allocs", "deployments", "nodes", "namespaces", "variables",
          "acl_policies", "acl_tokens")  # fmt: skip
KEPT = (*TABLES, "versions", "sources", "runtime", "consul", "scaling", "acl_bootstrap")


def new_id() -> str:
    return str(uuid.uuid4())


def now() -> int:
    return time.time_ns()


class Store:
    """Everything that survives a restart. Take the lock by C(write) or C(reading)."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.changed = threading.Condition(threading.RLock())
        self.index = 0
        self.table_index = dict.fromkeys(TABLES, 0)
        self.jobs: dict[str, Data] = {}
        self.versions: dict[str, list[Data]] = {}
        self.sources: dict[str, list[Data]] = {}
        self.evals: dict[str, Data] = {}
        self.allocs: dict[str, Data] = {}
        self.deployments: dict[str, Data] = {}
        self.nodes: dict[str, Data] = {}
        self.runtime: dict[str, Data] = {}
        self.consul: dict[str, Data] = {}
        # By name; by namespace and path; by job and group.
        self.namespaces: dict[str, Data] = {}
        self.variables: dict[str, Data] = {}
        self.scaling: dict[str, dict[str, list[Data]]] = {}
        # By name; by accessor; the index of the first token.
        self.acl_policies: dict[str, Data] = {}
        self.acl_tokens: dict[str, Data] = {}
        self.acl_bootstrap: dict[str, int] = {}

    def load(self) -> None:
        if self.path.exists():
            data = json.loads(self.path.read_text(encoding="utf-8"))
            self.index = data["index"]
            self.table_index.update(data["table_index"])
            for name in KEPT:
                setattr(self, name, data.get(name, {}))

    def _save(self) -> None:
        data: Data = {"index": self.index, "table_index": self.table_index}
        data.update({name: getattr(self, name) for name in KEPT})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(data, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)

    @contextlib.contextmanager
    def write(self, *tables: str) -> t.Iterator[int]:
        """One change: a new index for the tables, saved and announced at its end."""
        with self.changed:
            self.index += 1
            yield self.index
            for table in tables:
                self.table_index[table] = self.index
            self._save()
            self.changed.notify_all()

    @contextlib.contextmanager
    def reading(self) -> t.Iterator[None]:
        with self.changed:
            yield

    def blocking(
        self, query: t.Callable[[], tuple[t.Any, int]], index: int, seconds: float
    ) -> tuple[t.Any, int]:
        """The query's answer once its index is above C(index), or when the time is over."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while True:
                answer, at = query()
                left = deadline - time.monotonic()
                if index == 0 or at > index or left <= 0:
                    return answer, at
                self.changed.wait(left)

    def newest(self, table: str, rows: t.Iterable[Data]) -> int:
        """The index of an answer with rows of a table; without any it is the table's."""
        return max((row["ModifyIndex"] for row in rows), default=self.table_index[table])

    def allocs_of(self, job_id: str) -> list[Data]:
        return [a for _id, a in sorted(self.allocs.items()) if a["JobID"] == job_id]

    def evals_of(self, job_id: str) -> list[Data]:
        return [e for _id, e in sorted(self.evals.items()) if e["JobID"] == job_id]

    def deployments_of(self, job_id: str) -> list[Data]:
        found = [d for d in self.deployments.values() if d["JobID"] == job_id]
        return sorted(found, key=lambda d: -d["CreateIndex"])

    def node(self) -> Data:
        return next(iter(self.nodes.values()))
