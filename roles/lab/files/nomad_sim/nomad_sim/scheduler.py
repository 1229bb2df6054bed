# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluations: one after another, each brings a job's allocations to what the job says."""

from __future__ import annotations

import copy
import queue
import threading
import typing as t

from . import ports, records
from .placement import examine
from .planning import blocked_evaluation
from .reconcile import GroupPlan, reconcile
from .shapes import Data
from .status import refresh_status
from .store import Store, now

NOT_NEEDED = "alloc not needed due to job update"
UPDATING = "alloc is being updated due to job update"
Started = t.Callable[[str], None]


class Scheduler:
    """C(start): told of new allocations; C(stop): of those that have to end."""

    def __init__(self, store: Store, start: Started, stop: Started) -> None:
        self.store = store
        self.start_alloc = start
        self.stop_alloc = stop
        self.queue: queue.Queue[str | None] = queue.Queue()
        self.thread = threading.Thread(target=self._work, name="scheduler", daemon=True)

    def run(self) -> None:
        for found in list(self.store.evals.values()):
            if found["Status"] == "pending":
                self.queue.put(found["ID"])
        self.thread.start()

    def _work(self) -> None:
        while (eval_id := self.queue.get()) is not None:
            self.process(eval_id)

    def enqueue(self, job: Data, trigger: str, index: int, **more: t.Any) -> Data:
        """Inside a write: a new evaluation that the worker takes after it."""
        found = records.evaluation(job, trigger, index, **more)
        self.store.evals[found["ID"]] = found
        self.queue.put(found["ID"])
        return found

    def process(self, eval_id: str) -> None:
        with self.store.changed:
            found = self.store.evals.get(eval_id)
            if found is None or found["Status"] != "pending":
                return
            started, stopped = self._apply(found)
        for alloc_id in stopped:
            self.stop_alloc(alloc_id)
        for alloc_id in started:
            self.start_alloc(alloc_id)

    def _apply(self, found: Data) -> tuple[list[str], list[str]]:
        store, job = self.store, self.store.jobs.get(found["JobID"])
        snapshot = store.index
        plans = reconcile(job, store.allocs_of(found["JobID"]), self._latest(job))
        started: list[str] = []
        stopped: list[str] = []
        with store.write("evals", "allocs", "deployments", "jobs") as index:
            deployed = self._deployment(job, plans, index)
            failed: dict[str, Data] = {}
            queued: dict[str, int] = {}
            for name, plan in plans.items():
                stopped += self._stop(plan, index)
                self._in_place(job, plan, deployed, index)
                places = [*((n, False) for n in plan.place), *((n, True) for n in plan.canaries),
                          *((_number(a), False) for a in plan.destructive)]  # fmt: skip
                left = self._place(job, name, places, found, deployed, failed, started, index)
                queued[name] = left
            found.update(QueuedAllocations=queued, SnapshotIndex=snapshot, Status="complete")
            found.update(ModifyIndex=index, ModifyTime=now())
            if deployed or (job and job["Type"] == "service" and self._latest(job)):
                found["DeploymentID"] = (deployed or self._latest(job) or {})["ID"]
            if failed and job is not None:
                self._block(found, job, failed, index)
            refresh_status(store, found["JobID"], index)
        return started, stopped

    def _latest(self, job: Data | None) -> Data | None:
        return next(iter(self.store.deployments_of(job["ID"])), None) if job else None

    def _deployment(
        self, job: Data | None, plans: t.Mapping[str, GroupPlan], index: int
    ) -> Data | None:
        if job is None or job["Type"] != "service":
            return None
        latest = self._latest(job)
        if job["Stop"] or not any(g["Update"]["MaxParallel"] for g in job["TaskGroups"]):
            self._cancel(latest, "Cancelled because job is stopped", index)
            return None
        current = latest is not None and latest["JobVersion"] == job["Version"] and (
            latest["JobCreateIndex"] == job["CreateIndex"]
        )  # fmt: skip
        if current and latest is not None:
            return latest if latest["Status"] in ("running", "paused") else None
        self._cancel(latest, "Cancelled due to newer version of job", index)
        if not any(p.place or p.canaries or p.destructive or p.in_place for p in plans.values()):
            return None
        canaries = {
            g["Name"]: g["Update"]["Canary"]
            for g in job["TaskGroups"]
            if g["Name"] in plans and plans[g["Name"]].canaries
        }
        made = records.deployment(job, index, canaries)
        self.store.deployments[made["ID"]] = made
        return made

    def _cancel(self, latest: Data | None, why: str, index: int) -> None:
        if latest is not None and latest["Status"] in ("running", "paused"):
            latest.update(Status="cancelled", StatusDescription=why, ModifyIndex=index)

    def _stop(self, plan: GroupPlan, index: int) -> list[str]:
        for alloc, why in [
            *((a, NOT_NEEDED) for a in plan.stop),
            *((a, UPDATING) for a in plan.destructive),
        ]:
            alloc.update(DesiredStatus="stop", DesiredDescription=why)
            alloc.update(ModifyIndex=index, AllocModifyIndex=index, ModifyTime=now())
        return [a["ID"] for a in [*plan.stop, *plan.destructive]]

    def _in_place(
        self, job: Data | None, plan: GroupPlan, deployed: Data | None, index: int
    ) -> None:
        for alloc in plan.in_place:
            alloc.update(Job=copy.deepcopy(job), ModifyIndex=index, AllocModifyIndex=index)
            if deployed is not None:
                alloc["DeploymentID"] = deployed["ID"]
                alloc.pop("DeploymentStatus", None)
                alloc["_healthy_from"] = now()
                deployed["TaskGroups"][alloc["TaskGroup"]]["PlacedAllocs"] += 1

    def _place(self, job: Data | None, name: str, places: list[tuple[int, bool]], found: Data,
               deployed: Data | None, failed: dict[str, Data], started: list[str],
               index: int) -> int:  # fmt: skip
        """Make the allocations, each with whether it is a canary; how many found no place."""
        if job is None or not places:
            return 0
        group = next(g for g in job["TaskGroups"] if g["Name"] == name)
        node = self.store.node()
        for done, (number, canary) in enumerate(places):
            verdict = examine(job, group, node, self.store.allocs.values())
            if not verdict.fits:
                failed[name] = {**verdict.metric, "_eligible": verdict.eligible}
                return len(places) - done
            used = ports.taken(self.store.allocs.values())
            made = records.allocation(
                job, group, number, node, found["ID"], verdict.metric, index, used
            )
            if deployed is not None and name in deployed["TaskGroups"]:
                made["DeploymentID"] = deployed["ID"]
                deployed["TaskGroups"][name]["PlacedAllocs"] += 1
                deployed["ModifyIndex"] = index
                if canary:
                    _as_canary(made, deployed["TaskGroups"][name])
            self._follow(made, found)
            self.store.allocs[made["ID"]] = made
            started.append(made["ID"])
        return 0

    def _follow(self, made: Data, found: Data) -> None:
        """Tie an allocation to the failed or updated one that it replaces."""
        before = [
            a
            for a in self.store.allocs_of(made["JobID"])
            if a["Name"] == made["Name"] and not a.get("NextAllocation")
            and a["Job"]["CreateIndex"] == made["Job"]["CreateIndex"]
            and (a.get("_replace") or a.get("DesiredDescription") == UPDATING)
        ]  # fmt: skip
        if not before:
            return
        last = max(before, key=lambda a: a["CreateIndex"])
        last["NextAllocation"] = made["ID"]
        made["PreviousAllocation"] = last["ID"]
        if last.pop("_replace", None):
            events = list((last.get("RescheduleTracker") or {}).get("Events") or [])
            delay = last.pop("_delay", 0)
            events.append(
                {"Delay": delay, "PrevAllocID": last["ID"], "PrevNodeID": last["NodeID"],
                 "RescheduleTime": now()}
            )  # fmt: skip
            made["RescheduleTracker"] = {"Events": events}

    def _block(self, found: Data, job: Data, failed: dict[str, Data], index: int) -> None:
        metrics = {name: records.public(metric) for name, metric in failed.items()}
        found["FailedTGAllocs"] = metrics
        blocked = blocked_evaluation(job, found["ID"], failed, self.store.node(), index)
        self.store.evals[blocked["ID"]] = blocked
        blocked["SnapshotIndex"] = found["SnapshotIndex"]
        found["BlockedEval"] = blocked["ID"]

    def unblock(self) -> None:
        """Resources came free: what waited for them is tried again."""
        with self.store.changed:
            blocked = [e for e in self.store.evals.values() if e["Status"] == "blocked"]
            waiting = [e for e in blocked if self._has_room(e)]
            for found in waiting:
                with self.store.write("evals") as index:
                    found.update(Status="complete", ModifyIndex=index, ModifyTime=now())
                    job = self.store.jobs.get(found["JobID"])
                    if job is not None and not job["Stop"]:
                        self.enqueue(job, "queued-allocs", index)

    def _has_room(self, found: Data) -> bool:
        """Whether something of it would find a place now; else it goes on waiting."""
        job = self.store.jobs.get(found["JobID"])
        if job is None or job["Stop"]:
            return True
        allocs, node = list(self.store.allocs.values()), self.store.node()
        failed = [g for g in job["TaskGroups"] if g["Name"] in found["FailedTGAllocs"]]
        return not failed or any(examine(job, group, node, allocs).fits for group in failed)


def _number(alloc: Data) -> int:
    return int(alloc["Name"].rpartition("[")[2].rstrip("]"))


def _as_canary(alloc: Data, row: Data) -> None:
    alloc["_canary"] = True
    alloc["DeploymentStatus"] = {
        "Canary": True, "Healthy": None, "ModifyIndex": 0, "Timestamp": "0001-01-01T00:00:00Z",
    }  # fmt: skip
    row["PlacedCanaries"] = [*(row["PlacedCanaries"] or []), alloc["ID"]]
