# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module asks for and returns, against a Nomad in memory that counts requests."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, UserError
from ansible_collections.mlops.infra.plugins.modules import nomad_job_info
from ansible_collections.mlops.infra.tests.unit.plugins.modules.started import started

Json = dict[str, t.Any]
EVERYTHING = ["allocations", "deployments", "versions", "specification"]


def stub(job_id: str, namespace: str) -> Json:
    return {"ID": job_id, "Name": job_id, "Namespace": namespace, "Status": "running"}


class Nomad:
    """Knows C(ID == "…") of all filters; its jobs are by namespace and ID."""

    def __init__(self, *jobs: tuple[str, str], old: bool = False) -> None:
        self.jobs = jobs or (("default", "web"), ("default", "api"))
        self.old = old
        self.asked: list[str] = []
        self.expressions: list[str] = []
        self.namespace = "default"
        self.error: ApiError | None = None

    def use(self, namespace: str, region: str) -> None:
        self.namespace = namespace

    def _listed(self, what: str, expression: str) -> list[Json]:
        self.asked.append(what)
        self.expressions.append(expression)
        if self.error:
            raise self.error
        return [stub(i, n) for n, i in self.jobs if expression in ("", f'ID == "{i}"')]

    def find_statuses(self, expression: str, children: bool) -> list[Json] | None:
        found = self._listed(f"statuses {children}", expression)
        return None if self.old else [{**job, "Allocs": None} for job in found]

    def list_jobs(self, expression: str) -> list[Json]:
        return self._listed("jobs", expression)

    def list_allocations(self, expression: str) -> list[Json]:
        self._listed("allocations", expression)
        return []

    def list_deployments(self, expression: str) -> list[Json]:
        self._listed("deployments", expression)
        return []

    def find_job(self, job_id: str) -> Json | None:
        self.asked.append(f"job {job_id}")
        if (self.namespace, job_id) not in self.jobs:
            return None
        env = {"Env": {"API_TOKEN": "s3cr3t-value"}}
        groups = [{"Name": "g", "Tasks": [{"Name": "t", **env}]}]
        return {**stub(job_id, self.namespace), "TaskGroups": groups}

    def allocations(self, job_id: str) -> tuple[list[Json], int]:
        self.asked.append(f"allocations {job_id}")
        found = {"ID": "a", "TaskGroup": "g", "ClientStatus": "running", "NodeID": "n"}
        return [{**found, "JobVersion": 0}], 1

    def find_deployment(self, job_id: str) -> Json | None:
        self.asked.append(f"deployment {job_id}")
        return None

    def versions(self, job_id: str) -> list[Json]:
        self.asked.append(f"versions {job_id}")
        return [{"Version": 0, "VersionTag": {"Name": "gold"}}]


def run(nomad: Nomad, **params: t.Any) -> list[Json]:
    module = started(nomad_job_info, **params)
    answer = nomad_job_info.run(module, t.cast(t.Any, nomad))
    assert answer["changed"] is False
    return t.cast(list[Json], answer["result"])


def test_a_list_is_one_request_and_ordered() -> None:
    nomad = Nomad()
    assert [job["ID"] for job in run(nomad)] == ["api", "web"]
    assert nomad.asked == ["statuses True"]


def test_a_list_of_an_old_server_takes_as_many_requests_as_there_are_lists() -> None:
    nomad = Nomad(*(("default", f"j{n}") for n in range(50)), old=True)
    found = run(nomad)
    assert len(found) == 50
    assert nomad.asked == ["statuses True", "jobs", "allocations", "deployments"]
    assert found[0]["Allocs"] == []
    assert found[0]["LatestDeployment"] is None


@pytest.mark.parametrize("old", [True, False])
def test_a_bare_list_is_one_request_of_any_server(old: bool) -> None:
    nomad = Nomad(old=old)
    assert "Allocs" not in run(nomad, include=[])[0]
    assert nomad.asked == ["jobs"]


def test_a_prefix_is_part_of_each_filter() -> None:
    nomad = Nomad(old=True)
    run(nomad, prefix="web", filter='Type == "batch"', include_children=False)
    assert nomad.expressions == [
        '(ID matches "^web") and (Type == "batch")',
        '((ID matches "^web") and (Type == "batch")) and (ParentID == "")',
        'JobID matches "^web"',
        'JobID matches "^web"',
    ]


def test_b7_one_job_does_not_read_all_jobs() -> None:
    """community.general's module read each job of the cluster to find one."""
    nomad = Nomad(*(("default", f"j{n}") for n in range(50)), ("default", "web"))
    found = run(nomad, name="web", include=[])
    assert nomad.asked == ["job web"]
    assert found[0]["TaskGroups"][0]["Name"] == "g"
    assert set(found[0]) == {"ID", "Name", "Namespace", "Status", "TaskGroups"}


@pytest.mark.parametrize("namespace", ["default", "*"])
def test_b7_a_job_that_is_not_there_is_no_error(namespace: str) -> None:
    """community.general's module failed."""
    assert run(Nomad(), name="nope", namespace=namespace) == []


def test_b7_a_job_in_all_namespaces() -> None:
    """community.general's module asked for each job without its namespace, and failed."""
    nomad = Nomad(("a", "web"), ("b", "web"), ("b", "api"))
    found = run(nomad, name="web", namespace="*", include=[])
    assert [(job["Namespace"], job["ID"]) for job in found] == [("a", "web"), ("b", "web")]
    assert all(job["TaskGroups"] for job in found)
    assert nomad.asked == ["jobs", "job web", "job web"]


@pytest.mark.parametrize("alias", ["name", "job_id", "id", "job"])
def test_all_of_one_job(alias: str) -> None:
    nomad = Nomad()
    (job,) = run(nomad, **{alias: "web"}, include=EVERYTHING)
    assert job["Allocs"][0]["ID"] == "a"
    assert job["LatestDeployment"] is None
    assert job["Versions"][0]["Tag"] == "gold"
    assert len(nomad.asked) == 4


def test_whole_jobs_in_a_list_of_all_namespaces() -> None:
    nomad = Nomad(("a", "web"), ("b", "api"))
    found = run(nomad, namespace="*", include=["specification", "versions"])
    assert [job["TaskGroups"][0]["Name"] for job in found] == ["g", "g"]
    assert [job["Versions"][0]["Version"] for job in found] == [0, 0]


def test_a_job_that_is_purged_meanwhile_stays_as_it_was_listed() -> None:
    nomad = Nomad()
    nomad.find_job = lambda job_id: None  # type: ignore[method-assign]
    assert [job["ID"] for job in run(nomad, include=["specification"])] == ["api", "web"]


def test_secrets_are_masked() -> None:
    for params in ({"name": "web"}, {"include": ["specification"]}):
        assert "s3cr3t-value" not in str(run(Nomad(), **params))
    assert "s3cr3t-value" in str(run(Nomad(), name="web", mask=["nothing"]))


@pytest.mark.parametrize(
    "text",
    [
        "failed to create result paginator: failed to read filter expression: 1:7 (6): no match",
        "failed to read result page: error finding value in datum: /Nope at part 0",
    ],
)
def test_a_wrong_filter_names_the_option(text: str) -> None:
    nomad = Nomad()
    nomad.error = ApiError("GET", "/v1/jobs", 500, text)
    with pytest.raises(UserError, match="filter: Nomad cannot use it"):
        run(nomad, filter="bad ==")


def test_other_errors_stay_what_they_are() -> None:
    nomad = Nomad()
    nomad.error = ApiError("GET", "/v1/jobs", 403, "Permission denied")
    with pytest.raises(ApiError, match="Permission denied"):
        run(nomad)
