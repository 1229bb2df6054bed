# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The endpoints of jobs and of what comes of them. C(transport) alone speaks HTTP."""

from __future__ import annotations

from .._errors import ApiError
from .answers import UnavailableError
from .transport import Json, Transport


class NomadClient(Transport):
    """One method an endpoint: C(find_…) gives None for a missing thing, all else raises ApiError."""

    # Jobs

    def parse(self, source: str, variables: str = "") -> Json:
        body = {"JobHCL": source, "Canonicalize": False, "Variables": variables}
        return self._json(self._safe("post", "jobs", "parse", json=body), "ID")

    def find_job(self, job_id: str) -> Json | None:
        return self._found("job", job_id, has="ID")

    def plan(self, job: Json) -> Json:
        body = {"Job": job, "Diff": True}
        return self._json(self._safe("post", "job", str(job["ID"]), "plan", json=body))

    def register(self, job: Json, modify_index: int, beside: Json | None = None) -> Json:
        """Raise ApiError when the job's index is no longer C(modify_index); 0 is a new job."""
        body = {"Job": job, "EnforceIndex": True, "JobModifyIndex": modify_index}
        return self._json(self._once("post", "jobs", json={**body, **(beside or {})}))

    def deregister(self, job_id: str, params: Json) -> Json:
        return self._json(self._safe("delete", "job", job_id, params=params))

    def reconcile(self, job_id: str) -> Json:
        """Have the scheduler compare the allocations with the job, which stays as it is."""
        return self._json(self._safe("post", "job", job_id, "evaluate", json={"JobID": job_id}))

    def force(self, job_id: str) -> Json:
        """Start a child of a periodic job. Sent once: nothing tells two children apart."""
        return self._json(self._once("post", "job", job_id, "periodic", "force"))

    def dispatch(self, job_id: str, body: Json, token: str) -> tuple[Json, bool]:
        """Start a child once, however often it is sent: the answer, and whether it was sent again."""
        kwargs: Json = {"json": body, "params": {"idempotency_token": token}}
        for attempt, pause in enumerate(self._pauses):
            try:
                answer = self._once("post", "job", job_id, "dispatch", **kwargs)
                return self._json(answer), attempt > 0
            except UnavailableError:
                self._sleep(pause)
        return self._json(self._once("post", "job", job_id, "dispatch", **kwargs)), True

    # Versions

    def versions(self, job_id: str) -> list[Json]:
        found = self._found("job", job_id, "versions")
        return (found or {}).get("Versions") or []

    def find_submission(self, job_id: str, version: int) -> Json | None:
        """The source that was sent with a version."""
        return self._found("job", job_id, "submission", params={"version": version})

    def has_tags(self, job_id: str) -> bool:
        """Servers before 1.9 take the path of a tag for the ID of a job, and the write for its own."""
        try:
            self._found("job", job_id, "versions", "any", "tag")
        except ApiError as error:
            if error.status == 405:
                return True
            raise
        return False

    def tag(self, job_id: str, name: str, version: int, description: str) -> None:
        body = {"Version": version, "Description": description}
        self._safe("post", "job", job_id, "versions", name, "tag", json=body)

    # Namespaces, as far as a job needs one

    def create_namespace(self, name: str) -> None:
        self._safe("post", "namespace", json={"Name": name})

    # Deployments

    def promote_all(self, deployment_id: str) -> None:
        """Promote the canaries of all its groups; once more changes nothing."""
        body = {"DeploymentID": deployment_id, "All": True}
        self._safe("post", "deployment", "promote", deployment_id, json=body)

    # What a wait looks at: each gives the data and the index to wait on

    def find_evaluation(self, evaluation_id: str) -> Json | None:
        return self._found("evaluation", evaluation_id)

    def evaluations(self, job_id: str, index: int = 0, wait: float = 0) -> tuple[list[Json], int]:
        return self._blocking(("job", job_id, "evaluations"), index, wait)

    def allocations(self, job_id: str, index: int = 0, wait: float = 0) -> tuple[list[Json], int]:
        return self._blocking(("job", job_id, "allocations"), index, wait)

    def all_allocations(
        self, job_id: str, index: int = 0, wait: float = 0
    ) -> tuple[list[Json], int]:
        """Those of a purged job of the same ID too."""
        return self._blocking(("job", job_id, "allocations"), index, wait, {"all": "true"})

    def deployments(self, job_id: str, index: int = 0, wait: float = 0) -> tuple[list[Json], int]:
        return self._blocking(("job", job_id, "deployments"), index, wait)

    def log(self, allocation: str, task: str, stream: str, size: int) -> str:
        """The last C(size) bytes of a task's C(stdout) or C(stderr)."""
        params = {"task": task, "type": stream, "origin": "end", "offset": size, "plain": "true"}
        answer = self._safe("get", "client", "fs", "logs", allocation, params=params)
        return answer.content.decode("utf-8", errors="replace")

    def checks(self, allocation: str) -> list[Json]:
        """The last results of the checks that Nomad itself makes; Consul's are not among them."""
        answer = self._parsed(self._safe("get", "client", "allocation", allocation, "checks"))
        return list((answer or {}).values())
