# SPDX-License-Identifier: GPL-3.0-or-later
"""Register, plan, dispatch and deregister jobs."""

from __future__ import annotations

import base64
import copy
import random
import time
import typing as t

from . import beyond, canonical, diff, planning, records, validate
from .annotate import annotate
from .dispatches import may_dispatch, payload_of
from .errors import ApiError, NotSimulated
from .reconcile import reconcile
from .scheduler import Scheduler
from .shapes import Data, words
from .status import status_of
from .store import Store, new_id, now
from .web import DEFAULT_NAMESPACE

RUNTIME = frozenset(
    words(
        "Status StatusDescription Stable CreateIndex ModifyIndex JobModifyIndex SubmitTime Version"
    )
)
TRACKED_VERSIONS = 6
NO_META: Data = {"KnownLeader": False, "LastContact": 0, "NextToken": ""}


class Jobs:
    def __init__(self, store: Store, scheduler: Scheduler) -> None:
        self.store = store
        self.scheduler = scheduler

    def checked(self, job: Data) -> Data:
        """The job as it would be stored; its errors as the server puts them."""
        made = canonical.stored(job)
        beyond.refuse(made)
        found = validate.problems(made)
        if found:
            raise ApiError(500, validate.show(found))
        if made["Namespace"] not in self.store.namespaces:
            text = f'job "{made["ID"]}" is in nonexistent namespace "{made["Namespace"]}"'
            raise ApiError(500, validate.show([text]))
        if made["Namespace"] != DEFAULT_NAMESPACE:
            raise NotSimulated("jobs in other namespaces")
        return made

    def validation(self, job: Data) -> Data:
        made = canonical.stored(job)
        beyond.refuse(made)
        found = validate.problems(made)
        return {
            "DriverConfigValidated": True,
            "Error": validate.show(found) if found else "",
            "ValidationErrors": found or None,
            "Warnings": "",
        }

    def _prepared(self, job: Data, old: Data | None, accessor: str = "") -> tuple[Data, bool]:
        """With the server's own fields; whether the specification differs from the old one.

        The token that registers a job is part of it, and a plan has none.
        """
        made = self.checked(job)
        kept = {k: old[k] for k in RUNTIME} if old else {}
        made.update(Status="", StatusDescription="", Stable=False, Version=0, CreateIndex=0)
        made.update(kept)
        made["NomadTokenID"] = accessor
        return made, old is None or any(made[k] != old[k] for k in made if k not in RUNTIME)

    def register(self, job: Data, body: Data, accessor: str) -> Data:
        with self.store.changed:
            old = self.store.jobs.get(job.get("ID") or job.get("Name") or "")
            made, changed = self._prepared(job, old, accessor)
            if body.get("EnforceIndex"):
                enforce(int(body.get("JobModifyIndex") or 0), old)
            if old is not None:
                validate.transition(old, made)
            with self.store.write("jobs", "evals") as index:
                if changed:
                    self.save(made, old, index)
                    self.keep_source(made, body.get("Submission"))
                else:
                    made = t.cast(Data, old)
                found = self._evaluate(made, "job-register", index)
        return {
            "EvalCreateIndex": index if found else 0,
            "EvalID": found,
            "Index": index,
            "JobModifyIndex": made["JobModifyIndex"],
            **NO_META,
            "Warnings": "",
        }

    def save(self, made: Data, old: Data | None, index: int) -> None:
        made.update(
            CreateIndex=old["CreateIndex"] if old else index,
            JobModifyIndex=index,
            ModifyIndex=index,
            Stable=False,
            SubmitTime=now(),
            Version=old["Version"] + 1 if old else 0,
        )
        job_id = made["ID"]
        waiting = [{"Status": "pending"}] if not is_parameterized(made) else []
        made["Status"] = status_of(made, self.store.allocs_of(job_id), waiting)
        self.store.jobs[job_id] = made
        versions = [copy.deepcopy(made), *self.store.versions.get(job_id, [])]
        self.store.versions[job_id] = versions[:TRACKED_VERSIONS]

    def keep_source(self, job: Data, given: Data | None) -> None:
        """Of what it was registered from; a version without one has that of the version before."""
        kept = self.store.sources.get(job["ID"], [])
        if given is None and not kept:
            return
        source = {"Format": "", "Source": "", "VariableFlags": None, "Variables": ""}
        source.update(kept[0] if given is None else given)
        source.update({key: job[key] for key in ("JobModifyIndex", "Namespace", "Version")})
        source["JobID"] = job["ID"]
        self.store.sources[job["ID"]] = [source, *kept][:TRACKED_VERSIONS]

    def source(self, job_id: str, version: int) -> Data | None:
        kept = self.store.sources.get(job_id, [])
        return next((source for source in kept if source["Version"] == version), None)

    def _evaluate(self, job: Data, trigger: str, index: int) -> str:
        if is_parameterized(job):
            return ""
        return str(self.scheduler.enqueue(job, trigger, index)["ID"])

    def plan(self, job: Data, with_diff: bool) -> Data:
        with self.store.changed:
            old = self.store.jobs.get(job["ID"])
            made, changed = self._prepared(job, old)
            if changed:
                made["Version"] = old["Version"] + 1 if old else 0
            made["CreateIndex"] = old["CreateIndex"] if old else 0
            latest = next(iter(self.store.deployments_of(job["ID"])), None)
            plans = reconcile(made, self.store.allocs_of(job["ID"]), latest)
            failed = planning.plan_metrics(made, self.store, plans)
            updates = {name: plan.updates() for name, plan in plans.items()}
            shown = annotate(diff.job(old, made), updates) if with_diff else None
            created = None
            if failed:
                blocked = planning.blocked_evaluation(made, new_id(), failed, self.store.node(), 0)
                created = [{k: v for k, v in blocked.items() if not k.endswith("Index")}]
        index = old["JobModifyIndex"] if old else 0
        return {
            "Annotations": {"DesiredTGUpdates": updates, "PreemptedAllocs": None},
            "CreatedEvals": created,
            "Diff": shown,
            "FailedTGAllocs": {k: records.public(v) for k, v in failed.items()} or None,
            "Index": index,
            "JobModifyIndex": index,
            "NextPeriodicLaunch": None,
            "Warnings": "",
        }

    def deregister(self, job_id: str, purge: bool) -> Data:
        answer = {"EvalCreateIndex": 0, "EvalID": "", "Index": 0, "JobModifyIndex": 0, **NO_META,
                  "VolumeEvalID": "", "VolumeEvalIndex": 0}  # fmt: skip
        with self.store.changed:
            job = self.store.jobs.get(job_id)
            if job is None:
                return answer
            with self.store.write("jobs", "evals") as index:
                evaluated = not is_parameterized(job)
                if purge:
                    del self.store.jobs[job_id]
                    self.store.versions.pop(job_id, None)
                    self.store.sources.pop(job_id, None)
                    self.store.scaling.pop(job_id, None)
                elif not job["Stop"]:
                    job = self._stopped(job, index)
                answer.update(EvalCreateIndex=index, Index=index, JobModifyIndex=index)
                if evaluated:
                    found = self.scheduler.enqueue(job, "job-deregister", index)
                    answer["EvalID"] = found["ID"]
        return answer

    def _stopped(self, job: Data, index: int) -> Data:
        """A stop is a new version of the job."""
        made = {**copy.deepcopy(job), "Stop": True}
        self.save(made, job, index)
        self.keep_source(made, None)
        made.update(SubmitTime=job["SubmitTime"], Stable=job["Stable"])
        if is_parameterized(made):
            made["Status"] = "dead"
        return made

    def dispatch(self, job_id: str, body: Data, token: str) -> Data:
        with self.store.changed:
            parent = self.store.jobs.get(job_id)
            if parent is None:
                raise ApiError(500, "parameterized job not found")
            payload, meta = payload_of(body), dict(body.get("Meta") or {})
            may_dispatch(parent, payload, meta)
            known = self._known(job_id, token)
            if known is not None:
                return {"DispatchedJobID": known["ID"], "EvalCreateIndex": 0, "EvalID": "",
                        "Index": known["CreateIndex"],
                        "JobCreateIndex": known["CreateIndex"]}  # fmt: skip
            child = self._child(parent, payload, meta, token)
            with self.store.write("jobs") as created:
                self.save(child, None, created)
                child["Status"] = "pending"
            with self.store.write("evals") as index:
                found = self.scheduler.enqueue(child, "job-register", index)
        return {"DispatchedJobID": child["ID"], "EvalCreateIndex": index, "EvalID": found["ID"],
                "Index": index, "JobCreateIndex": created}  # fmt: skip

    def _known(self, job_id: str, token: str) -> Data | None:
        return next(
            (j for j in self.store.jobs.values()
             if token and j["ParentID"] == job_id and j["DispatchIdempotencyToken"] == token),
            None,
        )  # fmt: skip

    def _child(self, parent: Data, payload: bytes, meta: Data, token: str) -> Data:
        child = copy.deepcopy(parent)
        name = f"{parent['ID']}/dispatch-{int(time.time())}-{random.getrandbits(32):08x}"
        child.update(ID=name, Name=name, ParentID=parent["ID"], Dispatched=True)
        child.update(DispatchIdempotencyToken=token, Meta={**(parent["Meta"] or {}), **meta})
        child["Payload"] = base64.b64encode(payload).decode() if payload else None
        return child


def is_parameterized(job: Data) -> bool:
    return bool(job["ParameterizedJob"]) and not job["Dispatched"]


def enforce(index: int, old: Data | None) -> None:
    text = f"Enforcing job modify index {index}: "
    if index == 0 and old is not None:
        raise ApiError(500, text + "job already exists")
    if index and old is None:
        raise ApiError(500, text + "job does not exist")
    if old is not None and index != old["JobModifyIndex"]:
        modify = old["JobModifyIndex"]
        raise ApiError(500, f"{text}job exists with conflicting job modify index: {modify}")
