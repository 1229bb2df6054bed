# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The endpoints of lists of jobs, and of what is done to a job that runs."""

from __future__ import annotations

from .._errors import ApiError
from .client import NomadClient
from .transport import Json


class RunsClient(NomadClient):
    """C(find_…) gives None for a missing thing, all else raises ApiError."""

    # Lists

    def find_statuses(self, expression: str, children: bool) -> list[Json] | None:
        """Jobs with their allocations and latest deployments; None from servers before 1.8.

        The endpoint does not heed C(prefix), unlike the other lists.
        """
        params = {"filter": expression} if expression else {}
        if children:
            params["include_children"] = "true"
        try:
            return self._rows(self._safe("get", "jobs", "statuses", params=params), "ID")
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list_jobs(self, expression: str) -> list[Json]:
        return self._listed("jobs", expression)

    def list_allocations(self, expression: str) -> list[Json]:
        return self._listed("allocations", expression, task_states="false")

    def list_deployments(self, expression: str) -> list[Json]:
        return self._listed("deployments", expression)

    def _listed(self, what: str, expression: str, **params: str) -> list[Json]:
        given = {**params, "filter": expression} if expression else params
        return self._rows(self._safe("get", what, params=given), "ID")

    def server_versions(self) -> list[str]:
        """What each server of the region runs."""
        answer = self._json(self._safe("get", "agent", "members"))
        return [str(member["Tags"]["build"]) for member in answer.get("Members") or []]

    # One job

    def find_deployment(self, job_id: str) -> Json | None:
        """The latest deployment of a job."""
        answer = self._safe("get", "job", job_id, "deployment")
        found = self._parsed(answer)
        return None if found is None else self._object(answer, found, "ID")

    # What is done to a job; servers before 1.8.2 do not compare the index

    def scale(self, job_id: str, group: str, count: int, modify_index: int) -> Json:
        body = {"Target": {"Group": group}, "Count": count, "JobModifyIndex": modify_index}
        return self._json(self._once("post", "job", job_id, "scale", json=body))

    def revert(self, job_id: str, version: int, current: int) -> Json:
        """By number alone: a tag in this request is not heeded, and means version 0."""
        body = {"JobID": job_id, "JobVersion": version, "EnforcePriorVersion": current}
        return self._json(self._once("post", "job", job_id, "revert", json=body))

    def evaluate_job(self, job_id: str, force_reschedule: bool) -> Json:
        body = {"JobID": job_id, "EvalOptions": {"ForceReschedule": force_reschedule}}
        return self._json(self._safe("post", "job", job_id, "evaluate", json=body))

    # What is done to a deployment

    def promote_groups(self, deployment: str, groups: list[str]) -> Json:
        """The named groups; a name that the deployment has not got is passed over in silence."""
        body = {"DeploymentID": deployment, "Groups": groups}
        return self._json(self._once("post", "deployment", "promote", deployment, json=body))

    def fail_deployment(self, deployment: str) -> Json:
        body = {"DeploymentID": deployment}
        return self._json(self._once("post", "deployment", "fail", deployment, json=body))

    def pause_deployment(self, deployment: str, pause: bool) -> Json:
        body = {"DeploymentID": deployment, "Pause": pause}
        return self._json(self._once("post", "deployment", "pause", deployment, json=body))

    # What is done to an allocation

    def restart_allocation(self, allocation: str, task: str) -> None:
        """One task, or all that run where it is empty."""
        body = {"TaskName": task} if task else {}
        self._once("post", "client", "allocation", allocation, "restart", json=body)
