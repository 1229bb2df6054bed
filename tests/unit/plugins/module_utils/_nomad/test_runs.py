# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes over the wire, with the answers that real servers gave."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.module_utils._nomad.runs import RunsClient
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils.scripted import DROP

Script = t.Any
BLOCKED = (400, "job scaling blocked due to active deployment")


@pytest.fixture
def client(script: Script) -> RunsClient:
    return RunsClient(script.client()._requester, 5.0, sleep=lambda seconds: None)


def test_statuses_in_one_request(script: Script, client: RunsClient) -> None:
    script.answers = [[{"ID": "x"}], None]
    assert client.find_statuses('ID == "x"', True) == [{"ID": "x"}]
    assert client.find_statuses("", False) == []
    assert [asked["query"] for asked in script.asked] == [
        {"filter": 'ID == "x"', "include_children": "true"},
        {},
    ]


def test_a_server_without_statuses(script: Script, client: RunsClient) -> None:
    script.answers = [(404, "")]
    assert client.find_statuses("", True) is None


def test_a_refused_filter_is_no_old_server(script: Script, client: RunsClient) -> None:
    script.answers = [(500, "failed to create result paginator: failed to read filter expression")]
    with pytest.raises(ApiError):
        client.find_statuses("bad ==", True)


def test_lists(script: Script, client: RunsClient) -> None:
    script.answers = [[], [], []]
    client.list_jobs("")
    client.list_allocations("a")
    client.list_deployments("b")
    assert [(asked["path"], asked["query"]) for asked in script.asked] == [
        ("/v1/jobs", {}),
        ("/v1/allocations", {"task_states": "false", "filter": "a"}),
        ("/v1/deployments", {"filter": "b"}),
    ]


def test_versions_of_servers(script: Script, client: RunsClient) -> None:
    script.answers = [{"Members": [{"Tags": {"build": "1.6.10"}}, {"Tags": {"build": "2.0.5"}}]}]
    assert client.server_versions() == ["1.6.10", "2.0.5"]


def test_versions_of_a_job(script: Script, client: RunsClient) -> None:
    script.answers = [{"Versions": [{"Version": 1}]}, (404, "job versions not found")]
    assert client.versions("a/b") == [{"Version": 1}]
    assert client.versions("a/b") == []
    assert script.asked[0]["path"] == "/v1/job/a%2Fb/versions"


def test_no_deployment_is_none(script: Script, client: RunsClient) -> None:
    script.answers = [None]
    assert client.find_deployment("x") is None


def test_a_revert_never_sends_a_tag(script: Script, client: RunsClient) -> None:
    """Nomad ignores TaggedVersion, takes the missing JobVersion as 0, and reverts to that."""
    script.answers = [{"EvalID": "e"}]
    client.revert("x", 3, 5)
    assert script.asked[0]["json"] == {"JobID": "x", "JobVersion": 3, "EnforcePriorVersion": 5}


def test_scaling_sends_the_index_that_was_seen(script: Script, client: RunsClient) -> None:
    script.answers = [{"EvalID": "e"}, BLOCKED]
    client.scale("x", "g", 3, 20)
    assert script.asked[0]["json"] == {"Target": {"Group": "g"}, "Count": 3, "JobModifyIndex": 20}
    with pytest.raises(ApiError, match="active deployment"):
        client.scale("x", "g", 3, 20)


@pytest.mark.parametrize(
    ("call", "path", "body"),
    [
        (
            lambda c: c.promote_groups("d", ["g"]),
            "deployment/promote/d",
            {"DeploymentID": "d", "Groups": ["g"]},
        ),
        (lambda c: c.fail_deployment("d"), "deployment/fail/d", {"DeploymentID": "d"}),
        (
            lambda c: c.pause_deployment("d", True),
            "deployment/pause/d",
            {"DeploymentID": "d", "Pause": True},
        ),
        (
            lambda c: c.restart_allocation("a", "t"),
            "client/allocation/a/restart",
            {"TaskName": "t"},
        ),
        (lambda c: c.restart_allocation("a", ""), "client/allocation/a/restart", {}),
    ],
)
def test_what_is_done_once_is_sent_once(
    script: Script, client: RunsClient, call: t.Any, path: str, body: dict[str, t.Any]
) -> None:
    script.answers = [{"EvalID": "e"}, DROP]
    call(client)
    assert (script.asked[0]["path"], script.asked[0]["json"]) == (f"/v1/{path}", body)
    with pytest.raises(UnavailableError):
        call(client)
    assert len(script.asked) == 2


def test_an_evaluation_may_be_asked_for_again(script: Script, client: RunsClient) -> None:
    script.answers = [DROP, {"EvalID": "e"}]
    assert client.evaluate_job("x", True)["EvalID"] == "e"
    assert script.asked[1]["json"] == {"JobID": "x", "EvalOptions": {"ForceReschedule": True}}
