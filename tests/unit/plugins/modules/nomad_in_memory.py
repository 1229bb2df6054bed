# SPDX-License-Identifier: GPL-3.0-or-later
"""A Nomad in memory that counts requests, and how the module is run on it."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.modules import nomad_job
from ansible_collections.mlops.infra.tests.unit.plugins.modules.started import started

Json = dict[str, t.Any]


def spec(**fields: t.Any) -> Json:
    return {
        "ID": "x",
        "Name": "x",
        "Type": "batch",
        "TaskGroups": [{"Name": "g", "Count": 1}],
        **fields,
    }


class Nomad:
    """Registers jobs in a dictionary; allocations run at once."""

    def __init__(self) -> None:
        self.jobs: dict[str, Json] = {}
        self.calls: list[str] = []
        self.index = 10
        self.failed_groups: Json = {}
        self.before_register: t.Callable[[], None] = lambda: None
        self.after_register: t.Callable[[], None] = lambda: None
        self.lose_answer = False
        self.warnings = ""
        self.updates: Json = {}
        self.namespaces: set[str] | None = None  # all there are; None is every one
        self.history: list[Json] = []
        self.tags = True
        self.own_deployments: list[Json] = []
        self.status = "running"
        self.beside: Json = {}
        self.hidden: set[str] = set()
        self.source: Json | None = None

    def use(self, namespace: str, region: str) -> None:
        self.where = (namespace, region)

    def parse(self, source: str, variables: str = "") -> Json:
        self.calls.append("parse")
        if "broken" in source:
            raise ApiError(
                "POST", "/v1/jobs/parse", 400, "Failed to parse job: input.hcl:1,1-2: a; b"
            )
        return spec(Meta={"variables": variables})

    def find_job(self, job_id: str) -> Json | None:
        self.calls.append("read")
        found = copy.deepcopy(self.jobs.get(job_id))
        return found and {key: value for key, value in found.items() if key != "spec"}

    def plan(self, job: Json) -> Json:
        self.calls.append("plan")
        there = self.jobs.get(job["ID"], {})
        if self.namespaces is not None and job.get("Namespace") not in self.namespaces:
            text = f'* job "x" is in nonexistent namespace "{job.get("Namespace")}"'
            raise ApiError("POST", "/v1/job/x/plan", 500, f"1 error occurred:\n\t{text}\n\n")
        tagged = {"VersionTag": there["VersionTag"]} if there.get("VersionTag") else {}
        same = bool(there) and {**there["spec"], **tagged} == job and not there["Stop"]
        return {
            "Diff": {"Type": "None" if same else "Edited", "ID": job["ID"]},
            "Annotations": {"DesiredTGUpdates": self.updates},
            "JobModifyIndex": there.get("JobModifyIndex", 0),
            "FailedTGAllocs": self.failed_groups,
            "Warnings": self.warnings,
        }

    def register(self, job: Json, modify_index: int, beside: Json | None = None) -> Json:
        self.beside = beside or {}
        self.calls.append("register")
        self.before_register()
        there = self.jobs.get(job["ID"], {})
        if there.get("JobModifyIndex", 0) != modify_index:
            raise ApiError(
                "POST", "/v1/jobs", 500, "Enforcing job modify index 0: job already exists"
            )
        self.put(job)
        if self.lose_answer:
            raise UnavailableError("POST", "/v1/jobs", 0, "reset", "lost")
        answer = {"EvalID": f"e{self.index}", "JobModifyIndex": self.index}
        self.after_register()
        return answer

    def put(self, job: Json, **fields: t.Any) -> None:
        self.index += 1
        version = self.jobs.get(job["ID"], {}).get("Version", -1) + 1
        stamp = {"Version": version, "JobModifyIndex": self.index, "Stop": False}
        stamp.update(Namespace="default", Stable=True, Status="running", spec=copy.deepcopy(job))
        stamp.update(Stop=bool(job.get("Stop")))
        self.jobs[job["ID"]] = {**job, **stamp, **fields}
        self.history.insert(0, self.jobs[job["ID"]])

    def deregister(self, job_id: str, params: Json) -> Json:
        self.calls.append("purge" if params.get("purge") else "stop")
        self.query = params
        if params.get("purge"):
            del self.jobs[job_id]
        else:
            self.jobs[job_id]["Stop"] = True
        return {"EvalID": "stopped"}

    def evaluations(self, job_id: str, index: int = 0, wait: float = 0) -> tuple[list[Json], int]:
        at = self.jobs[job_id]["JobModifyIndex"]
        found = {"ID": f"e{at}", "CreateIndex": at, "JobModifyIndex": at, "Status": "complete"}
        return [{**found, "TriggeredBy": "job-register"}], 1

    def allocations(self, job_id: str, index: int = 0, wait: float = 0) -> tuple[list[Json], int]:
        version = self.jobs.get(job_id, {}).get("Version", 0)
        found = {"ID": "a", "Name": "x.g[0]", "TaskGroup": "g", "JobVersion": version}
        found["CreateIndex"] = self.index
        return [{**found, "ClientStatus": self.status, "DesiredStatus": "run"}], 1

    def all_allocations(self, *args: t.Any) -> tuple[list[Json], int]:
        return [], 1

    def deployments(self, *args: t.Any) -> tuple[list[Json], int]:
        return copy.deepcopy(self.own_deployments), 1

    def promote_all(self, deployment_id: str) -> None:
        self.calls.append(f"promote {deployment_id}")
        self.own_deployments[0]["Status"] = "successful"

    def reconcile(self, job_id: str) -> Json:
        self.calls.append("evaluate")
        self.updates = {}
        return {"EvalID": "evaluated"}

    def force(self, job_id: str) -> Json:
        self.calls.append("force")
        self.put(spec(ID=f"{job_id}/periodic-1"))
        return {"EvalID": f"e{self.index}"}

    def find_evaluation(self, evaluation_id: str) -> Json | None:
        return {"ID": evaluation_id, "JobID": self.history[0]["ID"]}

    def versions(self, job_id: str) -> list[Json]:
        self.calls.append("versions")
        return copy.deepcopy([v for v in self.history if v["ID"] == job_id])

    def find_submission(self, job_id: str, version: int) -> Json | None:
        return self.source

    def has_tags(self, job_id: str) -> bool:
        return self.tags

    def tag(self, job_id: str, name: str, version: int, description: str) -> None:
        self.calls.append(f"tag {name} {version}")
        self.jobs[job_id]["VersionTag"] = {"Name": name, "Description": description}

    def create_namespace(self, name: str) -> None:
        self.calls.append("create_namespace")
        assert self.namespaces is not None
        self.namespaces.add(name)

    def log(self, *args: t.Any) -> str:
        return "last words"


def run_module(nomad: Nomad, **params: t.Any) -> Json:
    module = started(nomad_job, **params)
    nomad.calls.clear()
    try:
        return nomad_job.run(module, t.cast(t.Any, nomad))
    finally:
        nomad.hidden = set(module.no_log_values)
