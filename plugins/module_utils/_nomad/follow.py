# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What C(nomad_job) does beside registering: runs again, reconciles, promotes, tags, and waits."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._errors import FailedError, UserError
from . import child, deployments, live, periodic, plan, report, submit, wait, watch
from .client import Json, NomadClient


def check(params: Json) -> None:
    """Options that do not go together, or that no server takes."""
    priority = params["eval_priority"]
    if priority is not None and not 1 <= priority <= 100:
        raise UserError(f"eval_priority: it is {priority}. Write a number from 1 to 100.")
    if params["promote"] == "auto" and not (
        params["wait"] and params["wait_for"] in ("auto", "healthy")
    ):
        raise UserError(
            "promote: canaries can be promoted only while their health is waited for. Set wait to"
            " true and wait_for to auto or healthy, or promote to manual."
        )


def decided(
    client: NomadClient, params: Json, job: Json, observed: Json | None, change: plan.Change
) -> plan.Change:
    """The change with what is done even where the job itself is unchanged."""
    mode = live.rerun_mode(params, job)
    if observed and change.reasons == (plan.UPDATES,):
        change = _under_way(client, job, observed, change)
    if not change and observed:
        change = _beside(client, params, mode, observed, change)
    tag = params["version_tag"]
    if not tag:
        return change
    _check_tags(client, str(job["ID"]))
    versions = client.versions(str(job["ID"])) if observed else []
    new = bool(change) and change.by in (plan.REGISTER, plan.RERUN)
    reason = live.tag_reason(tag, observed, versions, new)
    return replace(change, reasons=(reason,), by=plan.TAG) if reason and not change else change


def _under_way(client: NomadClient, job: Json, observed: Json, change: plan.Change) -> plan.Change:
    """The change without the updates that the scheduler is about to make for what is registered."""
    evaluations, _index = client.evaluations(observed["ID"])
    if plan.awaits_scheduler(observed, evaluations):
        return plan.Change(unplaceable=change.unplaceable)
    # It may have made them since they were planned.
    return plan.decide(job, observed, submit.planned(client, job, observed))


def _beside(
    client: NomadClient, params: Json, mode: str, observed: Json, change: plan.Change
) -> plan.Change:
    ended = mode == "if_failed" and observed.get("Status") == "dead"
    allocations = client.allocations(observed["ID"])[0] if ended else []
    reason = live.rerun_reason(mode, observed, allocations)
    if reason:
        return replace(change, reasons=(reason,), by=plan.RERUN, drift={})
    if params["reconcile"] and change.drift:
        why = f"its allocations are not as wanted: {plan.listed(change.drift)}"
        return replace(change, reasons=(why,), by=plan.EVALUATE)
    if params["promote"] == "auto" and wait.unsettled(observed):
        found, _index = client.deployments(observed["ID"])
        own = deployments.own_deployment(wait.target(observed, ""), found)
        if deployments.unpromoted(own):
            return replace(change, reasons=("its canaries are not promoted",), by=plan.PROMOTE)
    return change


def _check_tags(client: NomadClient, job_id: str) -> None:
    if "/" in job_id:
        raise UserError(
            f"version_tag: Nomad tags no job whose ID has a slash, as {job_id}. Remove it."
        )
    if not client.has_tags(job_id):
        raise UserError(
            "version_tag: this server is older than Nomad 1.9, which has no tags. Remove it."
        )


@dataclass
class Course:
    """From a decision to the job as it is in the end; C(result) gets all that is learnt."""

    client: NomadClient
    params: Json
    job: Json
    change: plan.Change
    result: Json
    warn: t.Callable[[str], None]

    def carried_out(self, observed: Json | None, submission: Json) -> Json | None:
        """Carry the change out, and return the job as it is now."""
        job_id, before = self.job["ID"], submit.index_of(observed)
        beside: Json = {"Submission": submission}
        if self.params["eval_priority"] is not None:
            beside["EvalPriority"] = self.params["eval_priority"]
        registration = submit.applied(self.client, self.job, self.change, before, beside)
        compared, observed = observed, self.client.find_job(job_id)
        # Nomad may find nothing new in what its own plan called a difference.
        changed = self.change.by != plan.REGISTER or submit.index_of(observed) != before
        self.result.update(changed=changed, eval_id=registration.eval_id)
        if registration.answer:
            self.result["result"] = registration.answer
        problem = submit.overtaken(registration, compared, observed)
        if problem and submit.the_same(self.client.versions(job_id), compared):
            problem = ""
        if problem and self.params["wait"]:
            raise FailedError(f"Job {job_id}: {problem}.", {"changed": True, "job_id": job_id})
        if problem:
            self.warn(f"Job {job_id}: {problem}.")
        return observed

    def settled(self, observed: Json | None) -> Json | None:
        """Wait for the job, tag it, and return it as it is then."""
        # For a tag alone the job is as it was: what had ended may long be gone.
        touched = bool(self.change) and self.change.by != plan.TAG
        waits = self.params["wait"] and (touched or wait.unsettled(observed))
        tags = bool(self.params["version_tag"] and self.change and observed)
        done = {"changed": self.result["changed"], "job_id": self.job["ID"]}
        if waits:
            with watch.kept(done):
                by = self.change.by if touched and self.result["changed"] else None
                self._awaited(observed or self.job, by)
        if tags and observed:
            with watch.kept(done):
                self._tag(observed)
        return self.client.find_job(self.job["ID"]) if waits or tags else observed

    def _tag(self, observed: Json) -> None:
        tag = self.params["version_tag"]
        number = observed["Version"]
        self.client.tag(observed["ID"], tag["name"], number, tag["description"] or "")

    def _awaited(self, job: Json, by: str | None) -> None:
        """C(by) is how the job was changed, and None for an unchanged one."""
        if plan.only_children_run(job):
            return
        client, result = self.client, self.result
        aim = wait.target(job, result["eval_id"])
        goal, warning = _goal(client, self.params, aim, by)
        patience = watch.Patience.of(self.params)
        verdict, seen = watch.until(client, goal, aim, patience)
        result["changed"] = result["changed"] or seen.promoted
        if verdict.outcome != wait.DONE:
            error = watch.failure(client, aim, goal, verdict, seen, patience)
            raise type(error)(str(error), {**error.details, "changed": result["changed"]})
        result.update(watch.came_of(aim, seen))
        for line in (warning, f"Job {aim.job_id}: {verdict.note}" if verdict.note else ""):
            if line:
                self.warn(line)


def _goal(client: NomadClient, params: Json, aim: wait.Target, by: str | None) -> tuple[str, str]:
    """What to wait for, and a warning where that is less than was asked for."""
    asked = str(params["wait_for"])
    if asked == "auto" and params["promote"] == "auto":
        asked = "healthy"
    by_deployment = asked in ("auto", "healthy", "promotion_ready")
    if by == plan.EVALUATE and by_deployment:
        return "running", ""  # the deployment of its version was over before
    if by is not None or not by_deployment:
        return asked, ""
    own = deployments.own_deployment(aim, client.deployments(aim.job_id)[0])
    if own is None or own["Status"] not in ("failed", "cancelled"):
        return asked, ""
    # Nomad never takes up a failed deployment again, but the job may have recovered since.
    return "running", f"Job {aim.job_id} is unchanged since its deployment {own['Status']}."


def forced(client: NomadClient, params: Json, job_id: str) -> Json:
    """Start a run of a periodic job, and wait for it as its options say."""
    result: Json = {"changed": True, "job_id": job_id, **periodic.forced(client, job_id)}
    if not params["wait"]:
        return result
    with watch.kept(result):
        run = child.awaited(client, result["forced_job_id"], params, result)
    if run.error:
        raise run.error
    return {**result, **run.end, "allocations": [report.summary(a) for a in run.seen.allocations]}
