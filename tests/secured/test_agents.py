# SPDX-License-Identifier: GPL-3.0-or-later
"""Real agents with TLS, ACLs and regions; each module, the lookup and the inventory."""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._nomad.runs import RunsClient
from ansible_collections.mlops.infra.plugins.module_utils._nomad.transport import requester

from . import running
from .agents import Agent
from .certificates import Authority
from .running import module

CAPABILITIES = (
    "list-jobs",
    "parse-job",
    "read-job",
    "submit-job",
    "dispatch-job",
    "read-logs",
    "alloc-lifecycle",
    "scale-job",
)
VARIABLES = ("read", "write", "destroy", "list")


def rules(
    namespace: str = "default",
    without: t.Container[str] = (),
    variables: t.Iterable[str] = VARIABLES,
    node: str = "write",
) -> str:
    """A policy that allows all that the modules ask for, but what it is to be without."""
    kept = json.dumps([c for c in CAPABILITIES if c not in without])
    secrets = f'variables {{ path "*" {{ capabilities = {json.dumps(list(variables))} }} }}'
    own = f'namespace "{namespace}" {{\n capabilities = {kept}\n {secrets}\n}}\n'
    return own + (f'node {{ policy = "{node}" }}\n' if node else "")


def lacking(nomad: Agent, name: str, **given: t.Any) -> dict[str, t.Any]:
    """Options with a token of such a policy."""
    return {**nomad.options, "token": nomad.token_of(name, rules(**given))}


@pytest.fixture(scope="module")
def jobs(nomad: Agent) -> t.Iterator[None]:
    """One that runs and one that is dispatched, for all that is done to jobs."""
    for spec in (running.job("nx-run"), running.parameterized("nx-template")):
        assert module("nomad_job", jobspec=spec, **nomad.options)["changed"]
    yield
    for name in ("nx-run", "nx-template"):
        module("nomad_job", job_id=name, state="absent", purge=True, **nomad.options)


# Everything works


def test_a_job_over_tls(nomad: Agent) -> None:
    spec = running.job("nx-life")
    first = module("nomad_job", jobspec=spec, **nomad.options)
    assert first["changed"], first.get("msg")
    assert not module("nomad_job", jobspec=spec, **nomad.options)["changed"]
    assert [a["status"] for a in first["allocations"]] == ["running"]
    gone = module("nomad_job", job_id="nx-life", state="absent", purge=True, **nomad.options)
    assert gone["changed"]


def test_a_token_of_one_namespace_does_everything_there(nomad: Agent) -> None:
    """And each request that follows a job says which namespace it is about."""
    assert module("nomad_namespace", name="nx-team", **nomad.options)["changed"]
    scoped = lacking(nomad, "nx-team", namespace="nx-team", node="")
    scoped["namespace"] = "nx-team"
    update = {"MaxParallel": 1, "HealthCheck": "task_states", "MinHealthyTime": 10**9}
    for version in ("a", "b"):
        spec = running.job("nx-scoped", Meta={"version": version}, Update=update)
        result = module("nomad_job", jobspec=spec, **scoped)
        assert result["changed"], result.get("msg")
        assert result["deployment"]["Status"] == "successful"
    for action, more in (
        ("restart", {}),
        ("evaluate", {}),
        ("scale", {"count": 2}),
        ("revert", {"version": 0}),
    ):
        acted = module("nomad_job_action", job_id="nx-scoped", action=action, **more, **scoped)
        assert acted["changed"], acted.get("msg")
    assert module("nomad_job", jobspec=running.parameterized("nx-template"), **scoped)["changed"]
    ran = module("nomad_job_dispatch", job_id="nx-template", **scoped)
    assert [log["stdout"] for log in ran["logs"]] == [["said"]], ran.get("msg")
    for which in ({}, {"name": "nx-scoped"}, {"prefix": "nx-", "include": ["versions"]}):
        found = module("nomad_job_info", **which, **scoped)
        assert "nx-scoped" in [job["ID"] for job in found["result"]], found.get("msg")
    assert module("nomad_variable", path="nx/a", items={"a": "1"}, **scoped)["changed"]
    assert module("nomad_variable", path="nx/a", state="absent", **scoped)["changed"]
    for name in ("nx-scoped", "nx-template"):
        gone = module("nomad_job", job_id=name, state="absent", purge=True, **scoped)
        assert gone["changed"], gone.get("msg")


def test_a_failure_is_explained_to_a_token_of_one_namespace(nomad: Agent) -> None:
    assert module("nomad_namespace", name="nx-fail", **nomad.options)["changed"]
    scoped = {**lacking(nomad, "nx-fail", namespace="nx-fail", node=""), "namespace": "nx-fail"}
    failing = {"command": "/bin/sh", "args": ["-c", "echo because; exit 3"]}
    once = {"Attempts": 0, "Mode": "fail"}
    task = {**running.TASK, "Config": failing, "RestartPolicy": once}
    spec = running.job("nx-bad", task, Type="batch", Reschedule={"Attempts": 0})
    result = module("nomad_job", jobspec=spec, wait_for="complete", **scoped)
    assert result["failed"]
    assert "because" in json.dumps(result["failures"])
    module("nomad_job", job_id="nx-bad", state="absent", purge=True, **scoped)


def test_a_node(nomad: Agent) -> None:
    for eligibility in ("ineligible", "eligible"):
        wanted = {"node": "secured-global", "eligibility": eligibility}
        assert module("nomad_node", **wanted, **nomad.options)["changed"]
        assert not module("nomad_node", **wanted, **nomad.options)["changed"]
    meta = {"node": "secured-global", "meta": {"nx": "1"}}
    assert module("nomad_node", **meta, **nomad.options)["changed"]
    assert not module("nomad_node", **meta, **nomad.options)["changed"]


def test_lookup_and_inventory(nomad: Agent, tmp_path: pathlib.Path) -> None:
    item = {"path": "nx/lookup", "items": {"a": "found"}}
    assert module("nomad_variable", **item, **nomad.options)["changed"]
    options = nomad.options
    env = {
        "NOMAD_ADDR": options["address"],
        "NOMAD_TOKEN": options["token"],
        "NOMAD_CACERT": options["ca_path"],
        "NOMAD_CLIENT_CERT": options["client_cert"],
        "NOMAD_CLIENT_KEY": options["client_key"],
    }
    term = "lookup('mlops.infra.nomad_variable', 'nx/lookup')"
    assert "found" in running.lookup(term, **env)
    hosts, told = running.inventory(tmp_path, "details: true\n", **env)
    assert list(hosts) == ["secured-global"], told
    weak = {**env, "NOMAD_TOKEN": nomad.token_of("nx-weak", rules(variables=["list"], node=""))}
    assert "read for variables at nx/lookup in namespace default" in running.lookup(term, **weak)
    hosts, told = running.inventory(tmp_path, "", **weak)
    assert not hosts
    assert re.search('that has policy = "read" for node', " ".join(told.split()))


# What is refused


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ca_path": None}, "ca_path (NOMAD_CACERT)"),
        ({"ca_path": "stranger"}, "ca_path (NOMAD_CACERT)"),
        ({"client_cert": None, "client_key": None}, "NOMAD_CLIENT_CERT, NOMAD_CLIENT_KEY"),
        ({"tls_server_name": "server.north.nomad"}, "tls_server_name (NOMAD_TLS_SERVER_NAME)"),
        ({"address": "http"}, "Write https:// in the address (NOMAD_ADDR)"),
        ({"address": "127.0.0.1"}, "tls_server_name (NOMAD_TLS_SERVER_NAME)"),
        ({"token": None}, "No token was given: set the option token or the environment"),
        ({"token": "11111111-2222-3333-4444-555555555555"}, "Give a token (option token or"),
    ],
)
def test_who_is_not_let_in_is_told_why(
    nomad: Agent, stranger: Authority, wrong: dict[str, t.Any], words: str
) -> None:
    places = {
        "stranger": stranger.path,
        "http": nomad.address.replace("https", "http"),
        "127.0.0.1": nomad.address.replace("localhost", "127.0.0.1"),
    }
    options = {**nomad.options, **{k: places.get(v, v) for k, v in wrong.items()}}
    asked = {
        "nomad_acl_policy": {"name": "nx-out", "rules": ""},
        "nomad_acl_token": {"name": "nx-out", "policies": ["nx-out"]},
        "nomad_job": {"jobspec": running.job("nx-out"), "wait": False},
        "nomad_job_info": {},
        "nomad_job_action": {"job_id": "nx-out", "action": "evaluate"},
        "nomad_job_dispatch": {"job_id": "nx-out"},
        "nomad_namespace": {"name": "nx-out"},
        "nomad_node": {"node": "nx-out", "eligibility": "eligible"},
        "nomad_variable": {"path": "nx/out", "items": {"a": "1"}},
    }
    for name, more in asked.items():
        told = module(name, **more, **options)
        assert told["failed"], name
        assert words in told["msg"], name
        assert ".." not in told["msg"], name


def test_a_name_that_is_not_the_addresss(nomad: Agent) -> None:
    there = nomad.address.replace("localhost", "127.0.0.1")
    options = {**nomad.options, "address": there, "tls_server_name": "server.global.nomad"}
    assert module("nomad_job_info", **options).get("msg") is None


@pytest.mark.usefixtures("jobs")
@pytest.mark.parametrize(
    ("without", "name", "options"),
    [
        (
            "list-jobs",
            "nomad_job_dispatch",
            {"job_id": "nx-template", "idempotency_token": "nx", "check": True},
        ),
        ("read-job", "nomad_job", {"jobspec": running.job("nx-new")}),
        ("read-job", "nomad_job_info", {}),
        ("submit-job", "nomad_job", {"jobspec": running.job("nx-new")}),
        ("submit-job", "nomad_job", {"job_id": "nx-run", "state": "absent"}),
        ("submit-job", "nomad_job_action", {"job_id": "nx-run", "action": "evaluate"}),
        ("dispatch-job", "nomad_job_dispatch", {"job_id": "nx-template"}),
        ("alloc-lifecycle", "nomad_job_action", {"job_id": "nx-run", "action": "restart"}),
    ],
)
def test_a_policy_without_a_capability(
    nomad: Agent, without: str, name: str, options: dict[str, t.Any]
) -> None:
    token = lacking(nomad, f"nx-without-{without}", without=[without])
    told = module(name, **options, **token)
    assert told["failed"]
    assert f"that has the capability {without} in namespace default." in told["msg"]


def test_a_policy_that_cannot_parse(nomad: Agent) -> None:
    without = ["parse-job", "submit-job"]
    token = lacking(nomad, "nx-without-parsing", without=without)
    told = module("nomad_job", content=running.HCL, **token)
    assert "that has the capability parse-job in namespace default." in told["msg"]


@pytest.mark.usefixtures("jobs")
def test_a_policy_that_cannot_scale(nomad: Agent) -> None:
    """Who may submit may scale too."""
    wanted = {"job_id": "nx-run", "action": "scale", "count": 2, "wait": False}
    token = lacking(nomad, "nx-without-scaling", without=["scale-job", "submit-job"])
    told = module("nomad_job_action", **wanted, **token)
    assert "that has the capability scale-job in namespace default." in told["msg"]
    token = lacking(nomad, "nx-without-scale-job", without=["scale-job"])
    assert module("nomad_job_action", **wanted, **token)["changed"]


@pytest.mark.usefixtures("jobs")
def test_a_policy_that_cannot_read_logs(nomad: Agent) -> None:
    """What ran well ran well; why there is no log of it is told in its place."""
    token = lacking(nomad, "nx-without-logs", without=["read-logs"])
    ran = module("nomad_job_dispatch", job_id="nx-template", **token)
    assert ran["changed"], ran.get("msg")
    told = ran["logs"][0]["log_error"]
    assert "that has the capability read-logs in namespace default." in told


@pytest.mark.parametrize(
    ("capabilities", "state", "lacks"),
    [
        (["list"], "present", "read"),
        (["read"], "present", "write"),
        (["read", "write"], "absent", "destroy"),
    ],
)
def test_a_policy_that_cannot_do_all_to_a_variable(
    nomad: Agent, capabilities: list[str], state: str, lacks: str
) -> None:
    there = {"path": "nx/there", "items": {"a": "1"}}
    assert not module("nomad_variable", **there, **nomad.options).get("failed")
    token = lacking(nomad, f"nx-variables-{lacks}", variables=capabilities)
    items = None if state == "absent" else {"a": "2"}
    told = module("nomad_variable", path="nx/there", items=items, state=state, **token)
    assert f"the capability {lacks} for variables at nx/there in namespace" in told["msg"]


@pytest.mark.parametrize(
    ("policy", "wanted", "lacks"),
    [
        ("", {"eligibility": "eligible"}, "read"),
        ("read", {"eligibility": "ineligible"}, "write"),
        ("read", {"drain": True}, "write"),
        ("read", {"meta": {"nx": "2"}}, "write"),
    ],
)
def test_a_policy_that_cannot_do_all_to_a_node(
    nomad: Agent, policy: str, wanted: dict[str, t.Any], lacks: str
) -> None:
    token = lacking(nomad, f"nx-node-{policy or 'none'}", node=policy)
    told = module("nomad_node", node="secured-global", **wanted, **token)
    assert told["msg"].endswith(f'that has policy = "{lacks}" for node.')


def test_members_are_read_by_who_may_read_nodes(nomad: Agent) -> None:
    options = nomad.options
    for node, allowed in (("read", True), ("", False)):
        place = Connection(
            address=options["address"],
            token=nomad.token_of(f"nx-members-{node}", rules(node=node)),
            namespace="",
            region="",
            verify=options["ca_path"],
            cert=(options["client_cert"], options["client_key"]),
            tls_server_name="",
            timeout=10.0,
        )
        client = RunsClient(requester(place))
        if allowed:
            assert client.server_versions()
            continue
        with pytest.raises(Exception, match='policy = "read" for node'):
            client.server_versions()


def test_namespaces_are_managed_by_management_tokens(nomad: Agent) -> None:
    token = lacking(nomad, "nx-no-manager")
    told = module("nomad_namespace", name="default", description="nx", **token)
    assert told["msg"].endswith("that has the type management.")
    told = module("nomad_namespace", name="nx-none", **token)
    assert told["msg"].endswith(
        "that has any capability in namespace nx-none, or the type management."
    )


# B8: community.general's nomad_token changes what is there each time, and returns its secret


def test_b08_what_is_there_is_unchanged_predicted_and_not_told(nomad: Agent) -> None:
    token = {"name": "nx-b08-theirs", "policies": ["nx-b08"], "state": "present"}
    theirs = {**token, **nomad.theirs}
    nomad.token_of("nx-b08", rules())
    wrong = [running.theirs("nomad_token", **theirs) for _ in range(2)]
    assert [found.get("changed") for found in wrong] == [True, True], wrong[0].get("msg")
    assert len(wrong[1]["result"]["secret_id"]) == 36
    assert running.theirs("nomad_token", check=True, **theirs)["skipped"]
    for name, wanted in (
        ("nomad_variable", {"path": "nx/b08", "items": {"password": "canary-b08"}}),
        ("nomad_namespace", {"name": "nx-b08", "description": "b08"}),
    ):
        told = [
            module(name, check=check, **wanted, **nomad.options)
            for check in (True, True, False, True, False)
        ]
        assert [found["changed"] for found in told] == [True, True, True, False, False], name
        assert "canary-b08" not in json.dumps(told)
        assert nomad.token not in json.dumps(told)
