# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources on the simulator in the profile of each version."""

from __future__ import annotations

import json
import typing as t
import uuid

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._grafana import datasources
from ansible_collections.mlops.infra.plugins.modules import grafana_datasource

from .grafana_in_process import Grafana, Result, Run, Script

SECRET = "canary-91b2"
PROMETHEUS = (200, {"status": "success", "data": {}})


@pytest.fixture
def run(grafana: Grafana, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(grafana_datasource, grafana.url, capfd)


@pytest.fixture
def source() -> Result:
    name = f"Prom {uuid.uuid4().hex[:8]}"
    url = "http://127.0.0.1:9"
    return {"name": name, "type": "prometheus", "datasource_url": url, "health": "ignore"}


def uid_of(source: Result) -> str:
    return datasources.derived_uid(source["name"])


def test_life(run: Run, grafana: Grafana, source: Result) -> None:
    wanted = {**source, "time_interval": "10s", "json_data": {"httpMethod": "POST"}}
    predicted = run(check=True, **wanted)
    assert predicted["datasource"] is None
    made = run(**wanted)
    assert predicted["diff"] == made["diff"]
    assert (made["uid"], made["changes"]) == (uid_of(source), ["created"])
    assert made["datasource"]["jsonData"] == {"httpMethod": "POST", "timeInterval": "10s"}
    assert not run(**wanted)["changed"]
    assert not run(**source)["changed"]  # json_data is kept where it is not named
    changed = run(**{**wanted, "time_interval": "15s", "is_default": True})
    assert changed["changes"] == [
        "isDefault: added true",
        'jsonData.timeInterval: "10s" -> "15s"',
    ]
    renamed = run(uid=made["uid"], name=f"{source['name']} new", health="ignore")
    assert (renamed["datasource"]["name"], renamed["uid"]) == (f"{source['name']} new", made["uid"])
    assert renamed["datasource"]["url"] == source["datasource_url"]
    assert run(check=True, state="absent", uid=made["uid"])["changed"]
    assert run(state="absent", uid=made["uid"])["datasource"] is None
    assert grafana.get(f"/api/datasources/uid/{made['uid']}") is None
    assert not run(state="absent", name=f"{source['name']} new")["changed"]


def test_secrets_are_sent_once_and_never_shown(run: Run, source: Result) -> None:
    wanted = {**source, "basic_auth_user": "u", "basic_auth_password": SECRET}
    made = run(**wanted)
    assert made["datasource"]["basicAuth"] is True
    assert made["datasource"]["secureJsonFields"] == {"basicAuthPassword": True}
    again = run(**wanted)
    assert not again["changed"]
    header = {"httpHeaderValue1": f"{SECRET}-2"}
    more = run(**wanted, secure_json_data=header, json_data={"httpHeaderName1": "X"})
    assert "secret httpHeaderValue1: set" in more["changes"]
    assert "secret basicAuthPassword: set" not in more["changes"]
    anew = run(**wanted, update_secrets=True)
    assert anew["changes"] == ["secret basicAuthPassword: set"]
    predicted = run(check=True, **wanted, enforce_secure_data=True)
    for result in (made, again, more, anew, predicted):
        assert SECRET not in json.dumps(result)
    off = run(**{**source, "basic_auth_user": ""})
    assert off["datasource"]["basicAuth"] is False


def test_names_of_community_grafana(run: Run, source: Result) -> None:
    made = run(
        name=source["name"],
        ds_type="prometheus",
        ds_url="http://127.0.0.1:9",
        additional_json_data={"httpMethod": "GET"},
        additional_secure_json_data={"x": SECRET},
        tls_skip_verify=True,
        health="ignore",
    )
    assert made["msg"] == f"Datasource {source['name']} created."
    assert made["datasource"]["jsonData"] == {"httpMethod": "GET", "tlsSkipVerify": True}


def test_health(run: Run, script: t.Callable[..., Script], source: Result) -> None:
    prometheus = script(PROMETHEUS)
    good = run(**{**source, "datasource_url": prometheus.url, "health": "require"})
    assert good["health"]["status"] == "OK"
    warned = run(**{**source, "datasource_url": "http://127.0.0.1:1", "health": "warn"})
    assert warned["health"]["status"] == "ERROR"
    assert "does not work" in json.dumps(warned["warnings"])
    url = "http://127.0.0.1:1"
    required = run(**{**source, "datasource_url": url, "health": "require"})
    assert required["failed"]
    assert required["health"]["status"] == "ERROR"
    assert "correct datasource_url" in required["msg"]
    other = {"name": f"{source['name']} L", "type": "loki", "datasource_url": url}
    assert run(**other, health="require")["health"]["status"] == "UNKNOWN"
    assert "health" not in run(
        check=True, **{**source, "datasource_url": "http://x", "health": "warn"}
    )


def test_provisioned(script: t.Callable[..., Script], capfd: pytest.CaptureFixture[str]) -> None:
    locked = (200, {"uid": "p", "name": "P", "type": "prometheus", "readOnly": True, "version": 1})
    server = script(*[locked] * 4)
    run = Run(grafana_datasource, server.url, capfd)
    for check in (True, False):
        assert "provisions it from a file" in run(check, uid="p", datasource_url="http://y")["msg"]
        assert "Cannot delete data source P" in run(check, uid="p", state="absent")["msg"]
    assert {method for method, _path, _body in server.asked} == {"GET"}


def test_a_change_in_between_is_told(
    script: t.Callable[..., Script], capfd: pytest.CaptureFixture[str]
) -> None:
    def found(version: int, url: str) -> tuple[int, Result]:
        return 200, {"uid": "p", "name": "P", "type": "x", "url": url, "version": version}

    conflict = (409, {"message": "Datasource has already been updated by someone else"})
    lost = [found(1, "a"), conflict, found(2, "c")]
    same = [found(1, "a"), conflict, found(2, "b"), found(2, "b")]
    server = script(*lost, *same)
    run = Run(grafana_datasource, server.url, capfd)
    wanted = {"uid": "p", "datasource_url": "b", "health": "ignore"}
    assert "changed while this task ran, and is at version 2" in run(**wanted)["msg"]
    assert server.asked[1][:2] == ("PUT", "/api/datasources/uid/p")
    assert server.asked[1][2]["version"] == 1
    assert run(**wanted)["changed"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "one of the following is required: name, uid"),
        ({"name": "N"}, "needs the option 'type'"),
        ({"uid": "u", "type": "prometheus"}, "needs the option 'name'"),
        ({"uid": "a b"}, "1 to 40 characters"),
        ({"name": "N", "tls_client_cert": "x"}, "tls_client_key"),
    ],
)
def test_refused(
    grafanas: t.Callable[[str], Grafana],
    capfd: pytest.CaptureFixture[str],
    params: Result,
    words: str,
) -> None:
    assert words in Run(grafana_datasource, grafanas("11.6").url, capfd)(**params)["msg"]


@pytest.mark.parametrize(
    ("name", "uid"),
    [("My Prometheus", "my-prometheus"), ("x" * 40, "x" * 40)],
)
def test_derived_uid(name: str, uid: str) -> None:
    assert datasources.derived_uid(name) == uid


@pytest.mark.parametrize("name", ["x" * 41, "日本", "-"])
def test_derived_uid_of_a_name_that_is_none(name: str) -> None:
    assert datasources.derived_uid(name) == datasources.derived_uid(name)
    assert 12 <= len(datasources.derived_uid(name)) <= 40
