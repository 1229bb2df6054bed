# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/jobs, /v1/job/..., /v1/validate/job."""

from __future__ import annotations

import typing as t

from starlette.responses import Response

from . import canonical, jobspec, records, snappy
from .acting import Acting
from .errors import ApiError, NotSimulated, SpecError
from .filters import chosen
from .jobs import Jobs
from .shapes import Data
from .store import Store
from .web import Call, Missing, answer, plain_headers, read, written

BEYOND = ("stable", "periodic/force", "services", "actions",
          "dispatch/payload")  # fmt: skip
WRITES = ("plan", "dispatch", "revert", "evaluate")
NO_SOURCE = "job source not found"
NOWHERE = {"versions": "job versions not found", "submission": NO_SOURCE}


class JobRoutes:
    def __init__(self, store: Store, jobs: Jobs) -> None:
        self.store = store
        self.jobs = jobs
        self.acting = Acting(jobs)

    def parse(self, call: Call) -> Response:
        body = call.body("api.JobsParseRequest")
        source = str(body.get("JobHCL") or "")
        if not source:
            raise ApiError(400, "Job spec is empty")
        if body.get("HCLv1"):
            raise NotSimulated("HCLv1")
        try:
            job = jobspec.parse(source, str(body.get("Variables") or ""))
        except SpecError as error:
            raise ApiError(400, f"Failed to parse job: {error}") from error
        return answer(canonical.canonical(job) if body.get("Canonicalize") else job)

    def validate(self, call: Call) -> Response:
        body = call.body("api.JobValidateRequest")
        return answer(self.jobs.validation(self._job(call, body)))

    def _job(self, call: Call, body: Data) -> Data:
        if "Job" not in body:
            raise ApiError(400, "Job must be specified")
        job: Data = body["Job"]
        return {**job, "Namespace": job.get("Namespace") or call.namespace}

    def listing(self, call: Call) -> Response:
        if call.writes:
            body = call.body("api.JobRegisterRequest")
            return written(self.jobs.register(self._job(call, body), body, call.accessor))
        prefix, meta = call.get("prefix"), call.flag("meta")
        fits = chosen(call.get("filter"), "jobs")

        def query() -> tuple[t.Any, int]:
            found = sorted(self.store.jobs.items()) if call.has_jobs else []
            rows = [self._row(j, meta) for k, j in found if k.startswith(prefix) and fits(j)]
            return rows, self.store.table_index["jobs"]

        return read(self.store, call, query)

    def _row(self, job: Data, meta: bool) -> Data:
        return records.job_row(job, self.summary_of(job), meta)

    def summary_of(self, job: Data) -> Data:
        store, job_id = self.store, job["ID"]
        children = [j for j in store.jobs.values() if j["ParentID"] == job_id]
        return records.summary(job, store.allocs_of(job_id), store.evals_of(job_id), children)

    def job(self, call: Call) -> Response:
        """The id may hold slashes: what is asked of the job is the end of the path."""
        for suffix in BEYOND:
            if call.rest.endswith(f"/{suffix}"):
                raise NotSimulated(f"/v1/job/:id/{suffix}")
        suffix = next((x for x in self._suffixes() if call.rest.endswith(f"/{x}")), "")
        writes = call.writes or call.request.method == "DELETE"
        if suffix and suffix != "scale" and writes is not (suffix in WRITES):
            raise ApiError(405, "Invalid method")
        if not call.has_jobs and suffix != "plan":
            return self._nowhere(call, suffix, writes)
        if suffix:
            call.rest = call.rest[: -len(suffix) - 1]
        return self._suffixes()[suffix](call) if suffix else self._itself(call)

    def _nowhere(self, call: Call, suffix: str, writes: bool) -> Response:
        """Of jobs in other namespaces, of which there are none."""
        if writes:
            raise NotSimulated("jobs in other namespaces")
        if suffix in ("evaluations", "allocations", "deployments", "deployment"):
            return read(self.store, call, lambda: (None if suffix == "deployment" else [], 1))
        text = NOWHERE.get(suffix, "job not found")
        raise ApiError(404, text, plain_headers(self.store.table_index["jobs"]))

    def _itself(self, call: Call) -> Response:
        if call.request.method == "DELETE":
            return written(self.jobs.deregister(call.rest, call.flag("purge")))
        if call.writes:
            body = call.body("api.JobRegisterRequest")
            job = self._job(call, body)
            if job.get("ID") != call.rest:
                raise ApiError(400, "Job ID does not match name")
            return written(self.jobs.register(job, body, call.accessor))
        return read(self.store, call, lambda: self._found(call.rest))

    def scale(self, call: Call) -> Response:
        if call.writes:
            return written(self.acting.scale(call.rest, call.body("api.ScalingRequest")))

        def query() -> tuple[t.Any, int]:
            job, at = self._found(call.rest)
            return self.acting.scaling(job), at

        return read(self.store, call, query)

    def revert(self, call: Call) -> Response:
        body = call.body("structs.JobRevertRequest")
        found = self.acting.revert(call.rest, body, call.accessor)
        return written(found, {"X-Nomad-KnownLeader": "false", "X-Nomad-LastContact": "0"})

    def evaluate(self, call: Call) -> Response:
        return written(self.acting.evaluate(call.rest, call.body("structs.JobEvaluateRequest")))

    def _suffixes(self) -> dict[str, t.Callable[[Call], Response]]:
        return {
            "plan": self.plan,
            "dispatch": self.dispatch,
            "scale": self.scale,
            "revert": self.revert,
            "evaluate": self.evaluate,
            "evaluations": self.evaluations,
            "allocations": self.allocations,
            "deployments": self.deployments,
            "deployment": self.deployment,
            "summary": self.summary,
            "versions": self.versions,
            "submission": self.submission,
        }

    def _found(self, job_id: str) -> tuple[t.Any, int]:
        job = self.store.jobs.get(job_id)
        if job is None:
            raise Missing("job not found", self.store.table_index["jobs"])
        return job, job["ModifyIndex"]

    def plan(self, call: Call) -> Response:
        body = call.body("api.JobPlanRequest")
        job = self._job(call, body)
        if (job.get("ID") or "") != call.rest:
            raise ApiError(400, "Job ID does not match")
        found = self.jobs.plan(job, bool(body.get("Diff")))
        return written(found)

    def dispatch(self, call: Call) -> Response:
        token = call.get("idempotency_token")
        body = call.body("structs.JobDispatchRequest")
        return written(self.jobs.dispatch(call.rest, body, token))

    def evaluations(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            found = [records.public(e) for e in self.store.evals_of(call.rest)]
            return found, self.store.newest("evals", found)

        return read(self.store, call, query)

    def allocations(self, call: Call) -> Response:
        everything = call.flag("all")

        def query() -> tuple[t.Any, int]:
            job = self.store.jobs.get(call.rest)
            found = [
                a for a in self.store.allocs_of(call.rest)
                if everything or job is None
                or a["Job"]["CreateIndex"] == job["CreateIndex"]
            ]  # fmt: skip
            rows = [records.stub(a) for a in found]
            return rows, self.store.newest("allocs", found)

        return read(self.store, call, query)

    def _deployments(self, job_id: str) -> list[Data]:
        job = self.store.jobs.get(job_id)
        found = self.store.deployments_of(job_id)
        return [d for d in found if job is None or d["JobCreateIndex"] == job["CreateIndex"]]

    def deployments(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            found = self._deployments(call.rest)
            return found, self.store.newest("deployments", found)

        return read(self.store, call, query)

    def deployment(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            found = self._deployments(call.rest)[:1]
            at = self.store.newest("deployments", found)
            return (found[0] if found else None), at

        return read(self.store, call, query)

    def summary(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            job, _namespace = self._found(call.rest)
            found = self.summary_of(job)
            return found, found["ModifyIndex"]

        return read(self.store, call, query)

    def submission(self, call: Call) -> Response:
        version = call.get("version")
        if not version.isdigit():
            raise ApiError(400, "Unable to parse job submission version parameter")

        def query() -> tuple[t.Any, int]:
            found = self.jobs.source(call.rest, int(version))
            if found is None:
                raise Missing(NO_SOURCE, 0)
            return found, found["JobModifyIndex"]

        return read(self.store, call, query)

    def versions(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            found = self.store.versions.get(call.rest)
            if not found:
                raise Missing("job versions not found", self.store.table_index["jobs"])
            index = found[0]["ModifyIndex"]
            shown = [{**v, "Payload": snappy.compressed(v["Payload"])} for v in found]
            head = {"Diffs": None, "Index": index, "KnownLeader": True, "LastContact": 0,
                    "NextToken": "", "Versions": shown}  # fmt: skip
            return head, index

        return read(self.store, call, query)
