# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/jobs, /v1/job/..., /v1/validate/job."""

from __future__ import annotations

import base64
import re
import typing as t

from starlette.responses import Response

from . import canonical, jobspec, records
from .errors import ApiError, NotSimulated, SpecError
from .jobs import Jobs
from .json_types import check_types
from .shapes import Data
from .store import Store
from .web import Call, Missing, answer, read, written

BEYOND = ("scale", "revert", "evaluate", "stable", "periodic/force", "services", "submission",
          "actions", "dispatch/payload")  # fmt: skip


TERM = re.compile(r'\(?(\w+) == ("[^"]*")\)?')


def chosen(expression: str) -> t.Callable[[Data], bool]:
    """Of the filter language only texts that must be equal; the rest is said not to be there."""
    terms = [TERM.fullmatch(term) for term in expression.split(" and ")] if expression else []
    wanted: Data = {}
    for term in terms:
        if term is None:
            raise NotSimulated(f"filter {expression}")
        # As strconv.Unquote does it, and all code points have eight digits here.
        text = term[2][1:-1]
        wanted[term[1]] = re.sub(r"\\U([0-9a-f]{8})", lambda m: chr(int(m[1], 16)), text)
    return lambda job: all(str(job.get(name) or "") == text for name, text in wanted.items())


class JobRoutes:
    def __init__(self, store: Store, jobs: Jobs) -> None:
        self.store = store
        self.jobs = jobs

    def parse(self, call: Call) -> Response:
        body = call.body()
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
        return answer(self.jobs.validation(self._job(call.body())))

    def _job(self, body: Data) -> Data:
        check_types(body)
        job = body.get("Job")
        if not isinstance(job, dict):
            raise ApiError(400, "Job must be specified")
        return job

    def listing(self, call: Call) -> Response:
        if call.request.method in ("POST", "PUT"):
            body = call.body()
            return written(self.jobs.register(self._job(body), body))
        prefix, meta = call.get("prefix"), call.flag("meta")
        everywhere = call.get("namespace", "default") in ("default", "*")
        fits = chosen(call.get("filter"))

        def query() -> tuple[t.Any, int]:
            found = sorted(self.store.jobs.items()) if everywhere else []
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
        for suffix, handler in self._suffixes().items():
            if call.rest.endswith(f"/{suffix}"):
                call.rest = call.rest[: -len(suffix) - 1]
                return handler(call)
        if call.request.method == "DELETE":
            return written(self.jobs.deregister(call.rest, call.flag("purge")))
        if call.request.method in ("POST", "PUT"):
            body = call.body()
            job = self._job(body)
            if job.get("ID") != call.rest:
                raise ApiError(400, "Job ID does not match name")
            return written(self.jobs.register(job, body))
        return read(self.store, call, lambda: self._found(call.rest))

    def _suffixes(self) -> dict[str, t.Callable[[Call], Response]]:
        return {
            "plan": self.plan,
            "dispatch": self.dispatch,
            "evaluations": self.evaluations,
            "allocations": self.allocations,
            "deployments": self.deployments,
            "deployment": self.deployment,
            "summary": self.summary,
            "versions": self.versions,
        }

    def _found(self, job_id: str) -> tuple[t.Any, int]:
        job = self.store.jobs.get(job_id)
        if job is None:
            raise Missing("job not found", self.store.table_index["jobs"])
        return job, job["ModifyIndex"]

    def plan(self, call: Call) -> Response:
        body = call.body()
        job = self._job(body)
        if (job.get("ID") or "") != call.rest:
            raise ApiError(400, "Job ID does not match")
        found = self.jobs.plan(job, bool(body.get("Diff")))
        return written(found)

    def dispatch(self, call: Call) -> Response:
        token = call.get("idempotency_token")
        return written(self.jobs.dispatch(call.rest, call.body(), token))

    def evaluations(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            found = [records.public(e) for e in self.store.evals_of(call.rest)]
            return found, _index(found, self.store.table_index["evals"])

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
            return rows, _index(found, self.store.table_index["allocs"])

        return read(self.store, call, query)

    def _deployments(self, job_id: str) -> list[Data]:
        job = self.store.jobs.get(job_id)
        found = self.store.deployments_of(job_id)
        return [d for d in found if job is None or d["JobCreateIndex"] == job["CreateIndex"]]

    def deployments(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            found = self._deployments(call.rest)
            return found, _index(found, self.store.table_index["deployments"])

        return read(self.store, call, query)

    def deployment(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            found = self._deployments(call.rest)[:1]
            at = _index(found, self.store.table_index["deployments"])
            return (found[0] if found else None), at

        return read(self.store, call, query)

    def summary(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            job, _namespace = self._found(call.rest)
            found = self.summary_of(job)
            return found, found["ModifyIndex"]

        return read(self.store, call, query)

    def versions(self, call: Call) -> Response:
        def query() -> tuple[t.Any, int]:
            found = self.store.versions.get(call.rest)
            if not found:
                raise Missing("job versions not found", self.store.table_index["jobs"])
            index = found[0]["ModifyIndex"]
            shown = [{**v, "Payload": snappy(v["Payload"])} for v in found]
            head = {"Diffs": None, "Index": index, "KnownLeader": True, "LastContact": 0,
                    "NextToken": "", "Versions": shown}  # fmt: skip
            return head, index

        return read(self.store, call, query)


def _index(rows: t.Sequence[Data], table: int) -> int:
    return max((r["ModifyIndex"] for r in rows), default=table)


def snappy(payload: str | None) -> str | None:
    """Versions show the payload as it is kept: in Snappy's format, here as literals."""
    if not payload:
        return payload
    raw = base64.b64decode(payload)
    parts = [_varint(len(raw))]
    for start in range(0, len(raw), 60):
        chunk = raw[start : start + 60]
        parts += [bytes([(len(chunk) - 1) << 2]), chunk]
    return base64.b64encode(b"".join(parts)).decode()


def _varint(value: int) -> bytes:
    found = []
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
