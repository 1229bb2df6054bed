# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows running deployments: allocations become healthy, or a deployment fails."""

from __future__ import annotations

import threading
import time
import typing as t

from .placement import group_of
from .reconcile import alive
from .records import rfc3339
from .scheduler import Scheduler
from .shapes import Data
from .store import Store, now

PERIOD = 0.2
FAILED = "Failed due to unhealthy allocations"


def judged(alloc: Data) -> bool:
    """A canary has a status from its start, but no verdict."""
    return (alloc.get("DeploymentStatus") or {}).get("Healthy") is not None


def alive_of(store: Store, deployment: Data) -> list[Data]:
    own = store.allocs_of(deployment["JobID"])
    return [a for a in own if a.get("DeploymentID") == deployment["ID"] and alive(a)]


class Watcher:
    def __init__(
        self, store: Store, scheduler: Scheduler, checks_pass: t.Callable[[Data], bool]
    ) -> None:
        self.store = store
        self.scheduler = scheduler
        self.checks_pass = checks_pass
        self.thread = threading.Thread(target=self._work, name="deployments", daemon=True)

    def _work(self) -> None:
        while True:
            time.sleep(PERIOD)
            for found in list(self.store.deployments.values()):
                if found["Status"] == "running":
                    self.look(found)

    def look(self, found: Data) -> None:
        """One look at one deployment; Consul is asked without holding the lock."""
        with self.store.changed:
            own = [
                a for a in self.store.allocs_of(found["JobID"])
                if a.get("DeploymentID") == found["ID"] and not judged(a)
            ]  # fmt: skip
        if found["Status"] != "running":
            return
        verdicts = {a["ID"]: self.verdict(a) for a in own}
        told = {k: v for k, v in verdicts.items() if v is not None}
        if told or self._complete(found):
            self.record(found, told)

    def verdict(self, alloc: Data) -> bool | None:
        update = group_of(alloc)["Update"]
        if alloc["ClientStatus"] in ("failed", "lost"):
            return False
        since: int = self.running_since(alloc)
        if alloc["DesiredStatus"] != "run":
            return None
        healthy_for = now() - since if since else 0
        if since and healthy_for >= update["MinHealthyTime"] and self._passing(alloc, update):
            return True
        late = (
            now() - int(alloc.get("_healthy_from") or alloc["CreateTime"])
            > update["HealthyDeadline"]
        )
        return False if late else None

    def _passing(self, alloc: Data, update: Data) -> bool:
        return update["HealthCheck"] == "task_states" or self.checks_pass(alloc)

    def running_since(self, alloc: Data) -> int:
        """0 where a task does not run."""
        states = list((alloc.get("TaskStates") or {}).values())
        tasks = group_of(alloc)["Tasks"]
        if len(states) < len(tasks) or any(s["State"] != "running" for s in states):
            return 0
        started = [e["Time"] for s in states for e in s["Events"] if e["Type"] == "Started"]
        return int(max([*started[-len(tasks) :], alloc.get("_healthy_from", 0)]))

    def _complete(self, found: Data) -> bool:
        rows = found["TaskGroups"].values()
        return all(
            r["HealthyAllocs"] >= r["DesiredTotal"] and (r["Promoted"] or not r["DesiredCanaries"])
            for r in rows
        )

    def record(self, found: Data, told: dict[str, bool]) -> None:
        with self.store.write("deployments", "allocs", "evals", "jobs") as index:
            for alloc_id, healthy in told.items():
                alloc = self.store.allocs.get(alloc_id)
                if alloc is not None:
                    self._mark(found, alloc, healthy, index)
            found["ModifyIndex"] = index
            job = self.store.jobs.get(found["JobID"])
            if any(not v for v in told.values()) and self._fails(found):
                found.update(Status="failed", StatusDescription=FAILED)
            elif self._complete(found):
                found.update(
                    Status="successful", StatusDescription="Deployment completed successfully"
                )
                self._stable(job, found, index)
            if job is not None:
                made = self.scheduler.enqueue(
                    job, "deployment-watcher", index, DeploymentID=found["ID"]
                )
                del made["JobModifyIndex"]

    def _mark(self, found: Data, alloc: Data, healthy: bool, index: int) -> None:
        alloc["DeploymentStatus"] = {
            "Canary": bool(alloc.get("_canary")),
            "Healthy": healthy,
            "ModifyIndex": index,
            "Timestamp": rfc3339(now()),
        }
        alloc["ModifyIndex"] = index
        row = found["TaskGroups"][alloc["TaskGroup"]]
        row["HealthyAllocs" if healthy else "UnhealthyAllocs"] += 1
        if healthy and row["ProgressDeadline"]:
            row["RequireProgressBy"] = rfc3339(now() + row["ProgressDeadline"])

    def _fails(self, found: Data) -> bool:
        """With a progress deadline there is time for another try; without, the first one ends it."""
        rows = list(found["TaskGroups"].values())
        if any(not r["ProgressDeadline"] and r["UnhealthyAllocs"] for r in rows):
            return True
        limits = [r["RequireProgressBy"] for r in rows if r["RequireProgressBy"]]
        return bool(limits) and rfc3339(now()) > max(limits)

    def _stable(self, job: Data | None, found: Data, index: int) -> None:
        if job is None or job["Version"] != found["JobVersion"]:
            return
        job.update(Stable=True, ModifyIndex=index)
        for version in self.store.versions.get(job["ID"], []):
            if version["Version"] == job["Version"]:
                version.update(Stable=True, ModifyIndex=index)
