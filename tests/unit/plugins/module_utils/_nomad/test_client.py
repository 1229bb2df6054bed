# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import (
    ExplainedError,
    UnavailableError,
)
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils.scripted import DROP

NO_LEADER = (500, "No cluster leader")
Script = t.Any


def test_one_connection_with_token_namespace_and_region_on_each_request(script: Script) -> None:
    client = script.client(token="secret-id", namespace="ns", region="eu")
    script.answers = [{"ID": "x"}, [], []]
    client.find_job("x")
    client.evaluations("x")
    client.deployments("x")
    assert len(script.connections) == 1
    for asked in script.asked:
        assert asked["token"] == "secret-id"
        assert asked["query"] == {"namespace": "ns", "region": "eu"}


def test_use_changes_where_requests_go(script: Script) -> None:
    client = script.client(namespace="ns")
    client.use("other", "")
    script.answers = [{"ID": "x"}]
    client.find_job("x")
    assert script.asked[0]["query"] == {"namespace": "other"}


@pytest.mark.parametrize("job_id", ["a/b", "a b", "ü", "a?b#c", "50%", "a/plan"])
def test_job_ids_are_escaped(script: Script, job_id: str) -> None:
    from urllib.parse import quote

    script.answers = [{"ID": job_id}]
    script.client().find_job(job_id)
    assert script.asked[0]["path"] == f"/v1/job/{quote(job_id, safe='')}"


def test_a_missing_job_is_none(script: Script) -> None:
    script.answers = [(404, "job not found")]
    assert script.client().find_job("x") is None


@pytest.mark.parametrize("answer", [(404, ""), (404, "<html>"), (200, "<html>")])
def test_another_server_is_not_taken_for_a_nomad_without_the_job(
    script: Script, answer: tuple[int, str]
) -> None:
    script.answers = [answer]
    with pytest.raises(ApiError):
        script.client().find_job("x")


def test_parse_sends_variables_as_text(script: Script) -> None:
    script.answers = [{"ID": "x"}]
    assert script.client().parse("job", '{"a": 1}') == {"ID": "x"}
    assert script.asked[0]["json"] == {
        "JobHCL": "job",
        "Canonicalize": False,
        "Variables": '{"a": 1}',
    }


def test_register_always_enforces_the_index(script: Script) -> None:
    script.answers = [{"EvalID": "e"}]
    script.client().register({"ID": "x"}, 0)
    assert script.asked[0]["json"] == {
        "Job": {"ID": "x"},
        "EnforceIndex": True,
        "JobModifyIndex": 0,
    }


@pytest.mark.parametrize("failure", [DROP, NO_LEADER, (503, "busy"), (500, "rpc error: EOF")])
def test_what_is_safe_is_asked_again(script: Script, failure: t.Any) -> None:
    script.answers = [failure, failure, {"ID": "x"}]
    assert script.client().find_job("x") == {"ID": "x"}
    assert len(script.asked) == 3


def test_registering_is_not_repeated(script: Script) -> None:
    script.answers = [DROP]
    with pytest.raises(UnavailableError) as caught:
        script.client().register({"ID": "x"}, 0)
    assert caught.value.status == 0
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, "1 error occurred:\n\t* bad"),
        (400, "x"),
        (403, "Permission denied"),
        (500, "rpc error: x"),
    ],
)
def test_the_users_errors_are_not_repeated(script: Script, status: int, text: str) -> None:
    script.answers = [(status, text)]
    with pytest.raises(ApiError) as caught:
        script.client().plan({"ID": "x"})
    assert (caught.value.status, caught.value.body) == (status, text)
    assert len(script.asked) == 1


def test_no_leader_names_the_address_and_the_remedy(script: Script) -> None:
    script.answers = [NO_LEADER] * 4
    with pytest.raises(UnavailableError) as caught:
        script.client().find_job("x")
    assert f"Nomad at {script.address} has no cluster leader" in str(caught.value)
    assert "nomad server members" in str(caught.value)
    assert caught.value.status == 500


def test_a_slow_server_is_not_asked_four_times(script: Script) -> None:
    client = script.client()
    moments = iter([0.0, 6.0, 12.0])
    client._now = lambda: next(moments)
    script.answers = [NO_LEADER] * 4
    with pytest.raises(UnavailableError):
        client.find_job("x")
    assert len(script.asked) == 2


def test_nobody_listens() -> None:
    from ansible_collections.mlops.infra.plugins.module_utils._nomad import (
        client,
        options,
        transport,
    )

    params = {name: spec.get("default") for name, spec in options.CONNECTION_OPTIONS.items()}
    connection = options.connection({**params, "address": "http://127.0.0.1:1"}, {})
    nobody = client.NomadClient(transport.requester(connection))
    nobody._sleep = lambda seconds: None
    with pytest.raises(
        UnavailableError, match=r"127\.0\.0\.1:1 could not be reached: connection ref"
    ):
        nobody.find_job("x")


def test_a_lost_answer_makes_no_second_child(script: Script) -> None:
    script.answers = [DROP, NO_LEADER, {"DispatchedJobID": "x/dispatch-1", "EvalID": ""}]
    answer, again = script.client().dispatch("x", {"Meta": {}}, "token-1")
    assert answer["DispatchedJobID"] == "x/dispatch-1"
    assert again
    assert [asked["query"]["idempotency_token"] for asked in script.asked] == ["token-1"] * 3
    assert all("token" not in str(asked["json"]) for asked in script.asked)


def test_a_first_answer_is_not_called_again(script: Script) -> None:
    script.answers = [{"DispatchedJobID": "x/dispatch-1", "EvalID": "e"}]
    assert script.client().dispatch("x", {}, "t")[1] is False


def test_blocking_queries(script: Script) -> None:
    client = script.client()
    script.answers = [[], [], None]
    assert client.allocations("x") == ([], 42)
    assert script.asked[0]["query"] == {}
    client.all_allocations("x", 42, 2.5)
    assert script.asked[1]["query"] == {"all": "true", "index": "42", "wait": "2500ms"}
    assert client.deployments("x", 42, 0) == ([], 42)
    assert script.asked[2]["query"] == {}


def test_log_bytes_are_text_whatever_they_are(script: Script) -> None:
    script.answers = ["plain"]
    assert script.client().log("a", "t", "stderr", 10) == "plain"
    assert script.asked[0]["path"] == "/v1/client/fs/logs/a"
    assert script.asked[0]["query"] == {
        "task": "t",
        "type": "stderr",
        "origin": "end",
        "offset": "10",
        "plain": "true",
    }


def test_permission_denied_comes_with_advice(script: Script) -> None:
    script.answers = [(403, "Permission denied")]
    with pytest.raises(ExplainedError, match=r"NOMAD_TOKEN.* submit-job in namespace ns\.$"):
        script.client(namespace="ns").plan({"ID": "x"})


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (403, "ACL token not found"),
        (403, "ACL token expired"),
        (500, "failed to resolve ACL token: acl token lookup failed: index error"),
        (500, "ACL token not found or invalid workload identity: failed to parse signed token"),
    ],
)
def test_a_token_that_is_not_known_there(script: Script, status: int, text: str) -> None:
    script.answers = [(status, text)]
    with pytest.raises(ExplainedError, match=r"Correct the token .*NOMAD_TOKEN"):
        script.client(token="t").parse("job {}")


def test_an_address_that_no_library_can_use_is_named_and_not_tried_again(script: Script) -> None:
    over_tls = script.address.replace("http:", "https:")
    for fields in ({"address": "http://a..b"}, {"address": over_tls, "tls_server_name": "a..b"}):
        pauses: list[float] = []
        client = script.client(**fields)
        client._sleep = pauses.append
        with pytest.raises(ExplainedError, match=r"was not asked: .* Correct the address or tls"):
            client.find_job("x")
        assert pauses == []


def test_a_password_in_the_address_is_in_no_message(script: Script) -> None:
    client = script.client(address="http://u:canary@127.0.0.1:1")
    assert client.address == "http://127.0.0.1:1"
    with pytest.raises(UnavailableError) as caught:
        client.find_job("x")
    assert "canary" not in str(caught.value)


def test_what_goes_beside_a_registration(script: Script) -> None:
    script.answers = [{"EvalID": "e"}]
    script.client().register({"ID": "x"}, 7, {"EvalPriority": 60})
    assert script.asked[0]["json"] == {
        "Job": {"ID": "x"},
        "EnforceIndex": True,
        "JobModifyIndex": 7,
        "EvalPriority": 60,
    }


@pytest.mark.parametrize(
    ("answer", "has"), [((405, "Invalid method"), True), ((404, "job not found"), False)]
)
def test_whether_a_server_has_tags_is_asked_by_reading(
    script: Script, answer: tuple[int, str], has: bool
) -> None:
    script.answers = [answer]
    assert script.client().has_tags("x") is has
    asked = script.asked[0]
    assert (asked["method"], asked["path"]) == ("GET", "/v1/job/x/versions/any/tag")


def test_who_may_not_ask_for_tags_is_told(script: Script) -> None:
    script.answers = [(403, "Permission denied")]
    with pytest.raises(ApiError, match="Permission denied"):
        script.client().has_tags("x")


def test_a_tag(script: Script) -> None:
    script.answers = [{}]
    script.client().tag("x", "v 1", 3, "why")
    assert script.asked[0]["path"] == "/v1/job/x/versions/v%201/tag"
    assert script.asked[0]["json"] == {"Version": 3, "Description": "why"}


@pytest.mark.parametrize(
    ("answer", "found"),
    [({"Versions": [{"Version": 0}]}, [{"Version": 0}]), ((404, "job versions not found"), [])],
)
def test_versions(script: Script, answer: t.Any, found: list[t.Any]) -> None:
    script.answers = [answer]
    assert script.client().versions("x") == found


def test_a_run_is_forced_once_even_if_the_answer_is_lost(script: Script) -> None:
    script.answers = [DROP]
    with pytest.raises(UnavailableError):
        script.client().force("x")
    assert [a["path"] for a in script.asked] == ["/v1/job/x/periodic/force"]


@pytest.mark.parametrize(
    ("call", "path", "body"),
    [
        (lambda c: c.reconcile("x"), "/v1/job/x/evaluate", {"JobID": "x"}),
        (
            lambda c: c.promote_all("d"),
            "/v1/deployment/promote/d",
            {"DeploymentID": "d", "All": True},
        ),
        (lambda c: c.create_namespace("ns"), "/v1/namespace", {"Name": "ns"}),
    ],
)
def test_what_may_be_sent_again(script: Script, call: t.Any, path: str, body: t.Any) -> None:
    script.answers = [NO_LEADER, {}]
    call(script.client())
    assert [(a["path"], a["json"]) for a in script.asked] == [(path, body)] * 2


def test_an_evaluation_that_is_gone(script: Script) -> None:
    script.answers = [(404, "eval not found"), {"ID": "e"}]
    client = script.client()
    assert client.find_evaluation("e") is None
    assert client.find_evaluation("e") == {"ID": "e"}


def test_the_source_of_a_version(script: Script) -> None:
    script.answers = [{"Source": "x"}, (404, "job source not found")]
    client = script.client()
    assert client.find_submission("a/b", 3) == {"Source": "x"}
    assert client.find_submission("a/b", 4) is None
    asked = script.asked[0]
    assert (asked["path"], asked["query"]) == ("/v1/job/a%2Fb/submission", {"version": "3"})


def test_the_checks_of_an_allocation(script: Script) -> None:
    script.answers = [None, {"c1": {"Check": "up"}}]
    client = script.client()
    assert client.checks("a") == []
    assert client.checks("a") == [{"Check": "up"}]
    assert {asked["path"] for asked in script.asked} == {"/v1/client/allocation/a/checks"}


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        *((lambda c: c.find_job("a"), body) for body in ("null", "true", "[]", "[{}]", "{}", "5")),
        *((lambda c: c.parse("x"), body) for body in ("null", "[]", "{}", "[" * 100_000)),
        *((lambda c: c.allocations("a"), body) for body in ("{}", "true", "[null]", '["a"]')),
        (lambda c: c.plan({"ID": "a"}), "null"),
        (lambda c: c.register({"ID": "a"}, 0), "[]"),
    ],
)
def test_what_nomad_would_not_say(script: Script, call: t.Any, answer: str) -> None:
    script.answers = [(200, answer)]
    with pytest.raises(ApiError, match="this is not what Nomad answers"):
        call(script.client())


def test_an_index_that_is_none_is_nothing_to_wait_for(script: Script) -> None:
    script.answers = [(200, "[]", {"X-Nomad-Index": "soon"})]
    assert script.client().allocations("a") == ([], 0)
    script.answers = [(200, "null")]
    assert script.client().allocations("a")[0] == []


@pytest.mark.parametrize("status", [301, 302, 307])
def test_where_a_redirect_leads_is_told(script: Script, status: int) -> None:
    script.answers = [(status, "", {"Location": "https://elsewhere/v1/job/a"})]
    with pytest.raises(ApiError, match="it leads to https://elsewhere/v1/job/a; write that"):
        script.client(token="canary").find_job("a")
    assert len(script.asked) == 1
