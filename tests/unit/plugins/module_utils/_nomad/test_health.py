# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import health
from ansible_collections.mlops.infra.plugins.module_utils._nomad.health import Check, Unwell

Json = dict[str, t.Any]


def service(provider: str | None, *checks: Json, name: str = "web") -> Json:
    return {"Name": name, "Provider": provider, "PortLabel": "http", "Checks": list(checks)}


TCP: Json = {"Name": "answers", "Type": "tcp"}
PAGE: Json = {"Name": "page", "Type": "http", "Path": "/healthz", "PortLabel": "admin"}
SCRIPT: Json = {"Name": "probe", "Type": "script", "Command": "/bin/probe"}
IGNORED: Json = {**TCP, "Name": "ignored", "OnUpdate": "ignore"}


def job(update: Json | None = None, *task_services: Json, group: list[Json] | None = None) -> Json:
    tasks = [{"Name": "t", "Services": list(task_services)}]
    return {"TaskGroups": [{"Name": "g", "Update": update, "Services": group, "Tasks": tasks}]}


@pytest.mark.parametrize("update", [None, {}, {"HealthCheck": "checks"}])
def test_the_checks_of_a_group_and_of_its_tasks(update: Json | None) -> None:
    given = job(update, service("nomad", SCRIPT, name="db"), group=[service(None, TCP, PAGE)])
    assert health.heeded(given, "g") == [
        Check("answers", "web", "consul", "tcp, port http"),
        Check("page", "web", "consul", "http /healthz, port admin"),
        Check("probe", "db", "nomad", "script /bin/probe, port http"),
    ]
    assert health.heeded(given, "h") == []


@pytest.mark.parametrize("update", [{"HealthCheck": "task_states"}, {"HealthCheck": "manual"}])
def test_checks_that_health_does_not_take(update: Json) -> None:
    assert health.heeded(job(update, group=[service("nomad", TCP)]), "g") == []
    assert health.heeded(job(group=[service("nomad", IGNORED)]), "g") == []


@pytest.mark.parametrize(
    ("status", "healthy", "expected"),
    [
        ("running", None, True),
        ("running", False, True),
        ("running", True, False),
        ("complete", False, True),
        ("complete", None, False),
        ("pending", None, False),
        ("failed", False, False),
    ],
)
def test_unhealthy(status: str, healthy: bool | None, expected: bool) -> None:
    assert health.unhealthy({"ClientStatus": status, "DeploymentStatus": {"Healthy": healthy}}) is (
        expected
    )
    if healthy is None:
        assert health.unhealthy({"ClientStatus": status, "DeploymentStatus": None}) is expected


def result(status: str = "failure", **fields: t.Any) -> Json:
    given = {"Check": "answers", "Service": "web", "Status": status, "Mode": "healthiness"}
    return {**given, "Output": "connection refused", **fields}


def test_a_check_that_fails_is_quoted_and_others_are_not() -> None:
    fine, readiness = result("success"), result(Mode="readiness")
    found = health.unwell([Check("answers", "web", "nomad", "tcp")], [fine, readiness, result()])
    assert found.failing == [
        {
            "name": "answers",
            "service": "web",
            "status": "failure",
            "status_code": 0,
            "output": "connection refused",
        }
    ]
    assert found.cause("late") == "check answers of service web does not pass: connection refused"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"StatusCode": 404, "Output": "<p>\n  gone </p>\n"}, "status 404, <p> gone </p>"),
        ({"StatusCode": 503, "Output": ""}, "status 503"),
        ({"Status": "pending", "Output": None}, "pending"),
        ({"Output": "x" * 999}, "x" * 200),
    ],
)
def test_what_a_check_said_is_one_line(fields: Json, told: str) -> None:
    found = health.unwell([], [result(**fields)])
    assert found.cause("") == f"check answers of service web does not pass: {told}"


def test_several_checks() -> None:
    given = [result(), result(Service="db"), result(Check="a")]
    told = health.unwell([], given).cause("").split("; ")
    assert [text.partition(" does")[0] for text in told] == [
        "check answers of service db",
        "check a of service web",
        "check answers of service web",
    ]


def test_what_nomad_does_not_have_is_named() -> None:
    consul, nomad = Check("up", "web", "consul", "tcp"), Check("down", "db", "nomad", "http /x")
    assert health.unwell([consul, nomad], []).cause("late") == (
        "late; Consul makes its checks, look there for what they say: up of service web (tcp);"
        " Nomad no longer has what its checks said: down of service db (http /x)"
    )
    assert "Nomad" not in health.unwell([consul, nomad], [result("success")]).note


def test_checks_that_pass_are_no_cause() -> None:
    found = health.unwell([Check("answers", "web", "nomad", "tcp")], [result("success")])
    assert not found
    assert found.cause("late") == "late"
    assert Unwell(note="x")
    assert Unwell([result()])
