# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/deployments, /v1/deployment/...: read, promote, fail, pause and go on."""

from __future__ import annotations

import typing as t

from starlette.responses import Response

from . import records
from .deployments import alive_of
from .errors import ApiError, check_uuid
from .filters import chosen
from .scheduler import Scheduler
from .shapes import Data
from .store import Store
from .validate import show
from .web import Call, Missing, check_method, read, written

RUNNING = "Deployment is running"


class DeploymentRoutes:
    def __init__(self, store: Store, scheduler: Scheduler) -> None:
        self.store = store
        self.scheduler = scheduler

    def deployments(self, call: Call) -> Response:
        prefix, fits = call.get("prefix"), chosen(call.get("filter"), "deployments")

        def query() -> tuple[t.Any, int]:
            found = sorted(self.store.deployments.items()) if call.has_jobs else []
            rows = [d for k, d in found if k.startswith(prefix) and fits(d)]
            return rows, self.store.table_index["deployments"]

        return read(self.store, call, query)

    def deployment(self, call: Call) -> Response:
        action, _slash, deployment_id = call.rest.partition("/")
        handlers = {"promote": self._promote, "fail": self._fail, "pause": self._pause}
        if action in handlers:
            check_method(call, writes=True)
            return written(handlers[action](call, deployment_id))
        check_method(call, writes=False)
        if action == "allocations":
            return read(self.store, call, lambda: self._allocations(deployment_id))
        check_uuid(call.rest, "deployment lookup failed")
        return read(self.store, call, lambda: self._found(call.rest))

    def _found(self, deployment_id: str) -> tuple[t.Any, int]:
        found = self.store.deployments.get(deployment_id)
        if found is None:
            raise Missing("deployment not found", self.store.table_index["deployments"])
        return found, found["ModifyIndex"]

    def _allocations(self, deployment_id: str) -> tuple[t.Any, int]:
        found = [
            a for _id, a in sorted(self.store.allocs.items())
            if a.get("DeploymentID") == deployment_id
        ]  # fmt: skip
        return [records.stub(a) for a in found], self.store.newest("allocs", found)

    def _open(self, body: Data, deployment_id: str, verb: str) -> Data:
        """The deployment, as long as something can be done with it."""
        if body.get("DeploymentID", "") != deployment_id:
            raise ApiError(400, "Deployment ID does not match")
        found = self.store.deployments.get(deployment_id)
        if found is None:
            raise ApiError(500, "deployment not found")
        if found["Status"] not in ("running", "paused"):
            raise ApiError(500, f"can't {verb} terminal deployment")
        return found

    def _promote(self, call: Call, deployment_id: str) -> Data:
        """Groups that are not there are passed over, as by a real server."""
        body = call.body("structs.DeploymentPromoteRequest")
        with self.store.changed:
            found = self._open(body, deployment_id, "promote")
            names = list(found["TaskGroups"]) if body.get("All") else body.get("Groups") or []
            groups = {n: found["TaskGroups"][n] for n in names if n in found["TaskGroups"]}
            groups = {n: g for n, g in groups.items() if g["DesiredCanaries"]}
            self._ready(found, groups)
            with self.store.write("deployments", "allocs", "evals") as index:
                for group in groups.values():
                    group["Promoted"] = True
                for alloc in alive_of(self.store, found):
                    if alloc["TaskGroup"] in groups and alloc.pop("_canary", None):
                        alloc["DeploymentStatus"]["Canary"] = False
                        alloc["ModifyIndex"] = index
                waiting = [g for g in found["TaskGroups"].values() if _unpromoted(g)]
                if not waiting:
                    found["StatusDescription"] = RUNNING
                found["ModifyIndex"] = index
                return self._evaluated(found, index)

    def _ready(self, found: Data, groups: t.Mapping[str, Data]) -> None:
        wrong = []
        for name, group in groups.items():
            own = [a for a in alive_of(self.store, found) if a["TaskGroup"] == name]
            healthy = sum(1 for a in own if a.get("_canary") and a["DeploymentStatus"]["Healthy"])
            if not group["Promoted"] and healthy < group["DesiredCanaries"]:
                wanted = group["DesiredCanaries"]
                wrong.append(f'Task group "{name}" has {healthy}/{wanted} healthy allocations')
        if wrong:
            raise ApiError(500, show(wrong))

    def _fail(self, call: Call, deployment_id: str) -> Data:
        body = call.body("structs.DeploymentFailRequest")
        with self.store.changed:
            found = self._open(body, deployment_id, "fail")
            with self.store.write("deployments", "evals") as index:
                found.update(Status="failed", StatusDescription="Deployment marked as failed")
                found["ModifyIndex"] = index
                return self._evaluated(found, index)

    def _pause(self, call: Call, deployment_id: str) -> Data:
        body = call.body("structs.DeploymentPauseRequest")
        pause = bool(body.get("Pause"))
        with self.store.changed:
            found = self._open(body, deployment_id, "pause" if pause else "resume")
            with self.store.write("deployments", "evals") as index:
                found["ModifyIndex"] = index
                if pause:
                    found.update(Status="paused", StatusDescription="Deployment is paused")
                    return _changed(index, "")
                found.update(Status="running", StatusDescription=RUNNING)
                return self._evaluated(found, index)

    def _evaluated(self, found: Data, index: int) -> Data:
        job = self.store.jobs[found["JobID"]]
        made = self.scheduler.enqueue(job, "deployment-watcher", index, DeploymentID=found["ID"])
        del made["JobModifyIndex"]
        return _changed(index, made["ID"])


def _unpromoted(group: Data) -> bool:
    return bool(group["DesiredCanaries"]) and not group["Promoted"]


def _changed(index: int, evaluation: str) -> Data:
    return {
        "DeploymentModifyIndex": index, "EvalCreateIndex": index if evaluation else 0,
        "EvalID": evaluation, "Index": index, "RevertedJobVersion": None,
    }  # fmt: skip
