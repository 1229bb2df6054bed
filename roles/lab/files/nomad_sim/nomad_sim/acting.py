# SPDX-License-Identifier: GPL-3.0-or-later
"""Scale, revert and evaluate a job that is there."""

from __future__ import annotations

import copy

from .errors import ApiError, NotSimulated
from .jobs import NO_META, Jobs, is_parameterized
from .shapes import Data
from .store import now

EVENTS = 20
ACTIVE = ("running", "paused")


class Acting:
    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self.store = jobs.store
        self.scheduler = jobs.scheduler

    def scale(self, job_id: str, body: Data) -> Data:
        """A count makes a version, an evaluation and an event; without one only the event is kept."""
        group, count = (body.get("Target") or {}).get("Group", ""), body.get("Count")
        if not group:
            raise ApiError(400, "missing task group name for scaling action")
        if body.get("Error") and count is not None:
            raise ApiError(400, "scaling action should not contain count if error is true")
        if count is not None and count < 0:
            raise ApiError(400, "scaling action count can't be negative")
        with self.store.changed:
            job = self.store.jobs.get(job_id)
            if job is None:
                raise ApiError(404, f'job "{job_id}" not found')
            before = self._count(job, group)
            evaluation, eval_index = "", 0
            if count is not None:
                job, evaluation, eval_index = self._set_count(job, group, count)
            with self.store.write("jobs") as index:
                event = {
                    "Count": count, "CreateIndex": index, "Error": bool(body.get("Error")),
                    "EvalID": evaluation or None, "Message": body.get("Message", ""),
                    "Meta": body.get("Meta"), "PreviousCount": before, "Time": now(),
                }  # fmt: skip
                groups = self.store.scaling.setdefault(job_id, {})
                groups[group] = [event, *groups.get(group, [])][:EVENTS]
        return {
            "EvalCreateIndex": eval_index, "EvalID": evaluation, "Index": index,
            "JobModifyIndex": job["JobModifyIndex"], **NO_META, "KnownLeader": True, "Warnings": "",
        }  # fmt: skip

    def _count(self, job: Data, name: str) -> int:
        group = next((g for g in job["TaskGroups"] if g["Name"] == name), None)
        if group is None:
            text = f'task group "{name}" specified for scaling does not exist in job'
            raise ApiError(400, text)
        return int(group["Count"])

    def _set_count(self, job: Data, name: str, count: int) -> tuple[Data, str, int]:
        latest = next(iter(self.store.deployments_of(job["ID"])), None)
        if latest and latest["Status"] in ACTIVE and latest["JobCreateIndex"] == job["CreateIndex"]:
            raise ApiError(400, "job scaling blocked due to active deployment")
        made = copy.deepcopy(job)
        next(g for g in made["TaskGroups"] if g["Name"] == name)["Count"] = count
        with self.store.write("jobs") as index:
            self.jobs.save(made, job, index)
            self.jobs.keep_source(made, None)
        if is_parameterized(made):
            return made, "", 0
        with self.store.write("evals") as index:
            return made, str(self.scheduler.enqueue(made, "job-scaling", index)["ID"]), index

    def scaling(self, job: Data) -> Data:
        """How many allocations each group has, canaries left out."""
        groups = {}
        for group in job["TaskGroups"]:
            own = [
                a for a in self.store.allocs_of(job["ID"])
                if a["TaskGroup"] == group["Name"] and a["DesiredStatus"] == "run"
                and a["ClientStatus"] in ("pending", "running") and not a.get("_canary")
            ]  # fmt: skip
            health = [(a.get("DeploymentStatus") or {}).get("Healthy") for a in own]
            groups[group["Name"]] = {
                "Desired": group["Count"],
                "Events": self.store.scaling.get(job["ID"], {}).get(group["Name"]),
                "Healthy": health.count(True),
                "Placed": len(own),
                "Running": sum(1 for a in own if a["ClientStatus"] == "running"),
                "Unhealthy": health.count(False),
            }
        return {
            "JobCreateIndex": job["CreateIndex"], "JobID": job["ID"],
            "JobModifyIndex": job["ModifyIndex"], "JobStopped": job["Stop"],
            "Namespace": job["Namespace"], "TaskGroups": groups,
        }  # fmt: skip

    def revert(self, job_id: str, body: Data, accessor: str) -> Data:
        if body.get("JobID", "") != job_id:
            raise ApiError(400, "Job ID does not match")
        version, prior = body.get("JobVersion", 0), body.get("EnforcePriorVersion")
        with self.store.changed:
            job = self.store.jobs.get(job_id)
            if job is None:
                raise ApiError(500, f'job "{job_id}" not found')
            if job["Version"] == version:
                raise ApiError(500, "can't revert to current version")
            if prior is not None and prior != job["Version"]:
                text = f"Current job has version {job['Version']}; enforcing version {prior}"
                raise ApiError(500, text)
            versions = self.store.versions.get(job_id, [])
            wanted = next((v for v in versions if v["Version"] == version), None)
            if wanted is None:
                where = f'job "{job_id}" in namespace "{job["Namespace"]}"'
                raise ApiError(500, f"{where} at version {version} not found")
            source = {"Submission": self.jobs.source(job_id, version)}
            return self.jobs.register({**copy.deepcopy(wanted), "Stop": False}, source, accessor)

    def evaluate(self, job_id: str, body: Data) -> Data:
        if body.get("JobID", "") != job_id:
            raise ApiError(400, "JobID not same as job name")
        if (body.get("EvalOptions") or {}).get("ForceReschedule"):
            raise NotSimulated("EvalOptions.ForceReschedule")
        with self.store.changed:
            job = self.store.jobs.get(job_id)
            if job is None:
                raise ApiError(500, "job not found")
            if is_parameterized(job):
                raise ApiError(500, "can't evaluate parameterized job")
            with self.store.write("evals") as index:
                found = self.scheduler.enqueue(job, "job-register", index)
        return {
            "EvalCreateIndex": index, "EvalID": found["ID"], "Index": index,
            "JobModifyIndex": job["JobModifyIndex"], **NO_META, "Warnings": "",
        }  # fmt: skip
