# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules of ACLs on real agents, from the first token on; and that no secret is ever told."""

from __future__ import annotations

import json
import pathlib
import stat
import typing as t
import uuid

import pytest
import yaml
from ansible_collections.mlops.infra.plugins.module_utils._nomad.acl import AclClient
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.modules import nomad_acl_token

from . import agents, running
from .agents import Agent
from .running import module

HCL = """# who looks
namespace "*" {
  policy = "read"
  capabilities = ["read-logs", "list-jobs"]
  variables { path "nx/*" { capabilities = ["read"] } }
}
node { policy = "read" }
"""
DATA: dict[str, t.Any] = {
    "node": {"policy": "read"},
    "namespace": {
        "*": {
            "policy": "read",
            "capabilities": ["list-jobs", "read-logs"],
            "variables": {"path": {"nx/*": {"capabilities": ["read"]}}},
        }
    },
}


def named(nomad: Agent, name: str) -> list[dict[str, t.Any]]:
    return [token for token in nomad.ask("GET", "acl/tokens") if token["Name"] == name]


def secret_of(nomad: Agent, accessor: str) -> str:
    return str(nomad.ask("GET", f"acl/token/{accessor}")["SecretID"])


def rounds(name: str, wanted: dict[str, t.Any], nomad: Agent) -> list[bool]:
    """Whether it changes something: in check mode, in earnest, and both again."""
    found = [
        module(name, check=check, **wanted, **nomad.options) for check in (True, False, True, False)
    ]
    assert not [result["msg"] for result in found if result.get("failed")]
    return [result["changed"] for result in found]


ONCE = [True, True, False, False]


# The first token


def test_bootstrap_from_before_the_leader_to_a_lost_secret(
    program: str, tmp_path: pathlib.Path
) -> None:
    with agents.fresh(program, tmp_path) as nomad:
        secret, other = str(uuid.uuid4()), str(uuid.uuid4())
        options = {**nomad.options, "token": "not-yet-any"}

        def bootstrap(secret: str, check: bool = False) -> t.Any:
            return module("nomad_acl_bootstrap", check=check, secret=secret, **options)

        assert [bootstrap(secret, check=True).get("changed") for _ in range(2)] == [True, True]
        first = bootstrap(secret)
        assert first["changed"], first.get("msg")
        nomad.token = secret
        assert nomad.ask("GET", "acl/token/self")["AccessorID"] == first["accessor_id"]
        for check in (True, False):
            again = bootstrap(secret, check)
            assert (again["changed"], again["acl_token"]) == (False, first["acl_token"])
        told = bootstrap(other)
        index = first["acl_token"]["CreateIndex"]
        assert f"write {index} into the file server/acl-bootstrap-reset" in told["msg"]
        reset = tmp_path / "data-global" / "server" / "acl-bootstrap-reset"
        reset.write_text(str(index))
        # Nomad would make a second token of the same secret here.
        assert not bootstrap(secret)["changed"]
        assert bootstrap(other)["changed"]
        assert bootstrap(other)["changed"] is False
        told = bootstrap(str(uuid.uuid4()))
        assert "acl-bootstrap-reset" in told["msg"]
        assert len(nomad.ask("GET", "acl/tokens")) == 2
        weak = nomad.token_of("nx-weak", 'node { policy = "read" }')
        assert "which is of type client" in bootstrap(weak)["msg"]


# Policies


def test_a_policy_is_compared_by_its_meaning(nomad: Agent) -> None:
    wanted = {"name": "nx-readers", "description": "d", "rules": HCL}
    assert rounds("nomad_acl_policy", wanted, nomad) == ONCE
    for same in (DATA, json.dumps(DATA), HCL.replace("# who looks\n", "").replace("  ", "\t")):
        told = module("nomad_acl_policy", name="nx-readers", rules=same, **nomad.options)
        assert told["changed"] is False, told.get("msg")
        assert told["policy"]["Rules"] == HCL
    less = {**DATA, "node": {"policy": "deny"}}
    assert rounds("nomad_acl_policy", {"name": "nx-readers", "rules": less}, nomad) == ONCE
    stored = nomad.ask("GET", "acl/policy/nx-readers")
    assert stored["RulesJSON"]["Node"] == {"Policy": "deny"}
    assert stored["RulesJSON"]["Namespaces"][0]["Variables"]["Paths"][0]["PathSpec"] == "nx/*"
    assert stored["Description"] == "d"
    gone = {"name": "nx-readers", "state": "absent"}
    assert rounds("nomad_acl_policy", gone, nomad) == ONCE


def test_a_policy_of_a_job(nomad: Agent) -> None:
    rules = 'namespace "default" { capabilities = ["read-job"] }'
    wanted = {"name": "nx-job", "rules": rules, "job_acl": {"job_id": "web", "group": "g"}}
    assert rounds("nomad_acl_policy", wanted, nomad) == ONCE
    expected = {"Namespace": "default", "JobID": "web", "Group": "g", "Task": ""}
    assert nomad.ask("GET", "acl/policy/nx-job")["JobACL"] == expected
    assert rounds("nomad_acl_policy", {"name": "nx-job", "description": "d"}, nomad) == ONCE
    assert nomad.ask("GET", "acl/policy/nx-job")["JobACL"] == expected
    assert rounds("nomad_acl_policy", {"name": "nx-job", "job_acl": {}}, nomad) == ONCE
    assert nomad.ask("GET", "acl/policy/nx-job")["JobACL"] is None
    module("nomad_acl_policy", name="nx-job", state="absent", **nomad.options)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("namespace {", "rules: Nomad does not take them: Failed to parse ACL Policy: At 1:13"),
        ('namespace "a" { policy = "foo" }', "rules: Nomad does not take them: Invalid namespace"),
        ('namspace "a" { policy = "read" }', "rules: Nomad does not take them: Invalid policy"),
        ('namespace "a" { polcy = "read" }', "heeds nothing of polcy in namespace a"),
        (
            'namespace "a" { variables { path "b" { capability = ["read"] } } }',
            "heeds nothing of capability in namespace a variables path b",
        ),
    ],
)
def test_rules_that_nomad_refuses_or_drops(nomad: Agent, rules: str, words: str) -> None:
    for _ in range(2):
        told = module("nomad_acl_policy", name="nx-wrong", rules=rules, **nomad.options)
        assert told["failed"]
        assert words in told["msg"]
    module("nomad_acl_policy", name="nx-wrong", state="absent", **nomad.options)


def test_all_kinds_of_rules_are_heeded(nomad: Agent) -> None:
    kinds = ("agent", "node", "operator", "quota", "plugin")
    rules = {kind: {"policy": "read"} for kind in kinds}
    labelled = {kind: {"a*": {"policy": "read"}} for kind in ("host_volume", "node_pool")}
    wanted = {"name": "nx-all", "rules": {**DATA, **rules, **labelled}}
    assert rounds("nomad_acl_policy", wanted, nomad) == ONCE
    module("nomad_acl_policy", name="nx-all", state="absent", **nomad.options)


# Tokens


@pytest.fixture
def policies(nomad: Agent) -> t.Iterator[None]:
    for name in ("nx-one", "nx-two"):
        module("nomad_acl_policy", name=name, rules=HCL, **nomad.options)
    yield
    for token in nomad.ask("GET", "acl/tokens"):
        if token["Name"].startswith("nx-t"):
            nomad.ask("DELETE", f"acl/token/{token['AccessorID']}")
    for name in ("nx-one", "nx-two"):
        module("nomad_acl_policy", name=name, state="absent", **nomad.options)


@pytest.mark.usefixtures("policies")
def test_a_token_from_its_making_to_its_end(nomad: Agent, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "secret"
    wanted = {"name": "nx-token", "policies": ["nx-one"], "secret_file": str(file)}
    assert rounds("nomad_acl_token", wanted, nomad) == ONCE
    [token] = named(nomad, "nx-token")
    secret = secret_of(nomad, token["AccessorID"])
    assert file.read_text() == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    more = {"name": "nx-token", "policies": ["nx-two", "nx-one"]}
    assert rounds("nomad_acl_token", more, nomad) == ONCE
    assert not module("nomad_acl_token", **{**wanted, **more}, **nomad.options)["changed"]
    turned = {"name": "nx-token", "policies": ["nx-one", "nx-two"]}
    told = module("nomad_acl_token", **turned, **nomad.options)
    assert (told["changed"], told["accessor_id"]) == (False, token["AccessorID"])
    assert secret not in json.dumps(told)
    assert secret_of(nomad, token["AccessorID"]) == secret
    assert rounds("nomad_acl_token", {"name": "nx-token", "type": "management"}, nomad) == ONCE
    file.write_text("spoilt")
    assert rounds("nomad_acl_token", {**wanted, "policies": None}, nomad) == ONCE
    assert file.read_text() == secret
    assert rounds("nomad_acl_token", {"name": "nx-token", "state": "absent"}, nomad) == ONCE
    assert named(nomad, "nx-token") == []


@pytest.mark.usefixtures("policies")
def test_what_nomad_never_changes_and_what_expires(nomad: Agent) -> None:
    wanted = {"name": "nx-tttl", "policies": ["nx-one"], "expiration_ttl": "90m", "global": True}
    assert rounds("nomad_acl_token", wanted, nomad) == ONCE
    [before] = named(nomad, "nx-tttl")
    same = {"name": "nx-tttl", "policies": ["nx-two"], "expiration_ttl": "1h30m"}
    assert rounds("nomad_acl_token", same, nomad) == ONCE
    [after] = named(nomad, "nx-tttl")
    assert after["ExpirationTime"] == before["ExpirationTime"]
    for wrong, words in (
        ({"expiration_ttl": "8h"}, "expiration_ttl: token"),
        ({"global": False}, "global: token"),
    ):
        told = module("nomad_acl_token", name="nx-tttl", **wrong, **nomad.options)
        assert told["msg"].startswith(words)
    for ttl in ("10s", "8760h"):
        short = {"name": "nx-tshort", "policies": ["nx-one"], "expiration_ttl": ttl}
        told = module("nomad_acl_token", **short, **nomad.options)
        assert told["msg"].startswith("expiration_ttl: expiration time cannot be")


@pytest.mark.usefixtures("policies")
def test_roles_and_policies_that_are_not_there(nomad: Agent) -> None:
    nomad.ask("POST", "acl/role", {"Name": "nx-role", "Policies": [{"Name": "nx-one"}]})
    wanted = {"name": "nx-troles", "roles": ["nx-role"]}
    assert rounds("nomad_acl_token", wanted, nomad) == ONCE
    assert rounds("nomad_acl_token", {**wanted, "policies": ["nx-two"]}, nomad) == ONCE
    for wrong, words in (
        ({"roles": ["nx-none"]}, "roles: there is no role nx-none."),
        ({"policies": ["nx-none"]}, "policies: there is no policy nx-none."),
        ({"policies": [], "roles": []}, "policies: a token of type client needs"),
    ):
        told = module("nomad_acl_token", name="nx-troles", **wrong, **nomad.options)
        assert told["msg"].startswith(words)
    role = nomad.ask("GET", "acl/role/name/nx-role")["ID"]
    nomad.ask("DELETE", f"acl/role/{role}")


@pytest.mark.usefixtures("policies")
def test_two_tokens_of_one_name(nomad: Agent) -> None:
    made = {"Name": "nx-twins", "Type": "client", "Policies": ["nx-one"]}
    accessors = [nomad.ask("POST", "acl/token", made)["AccessorID"] for _ in range(2)]
    for state in ("present", "absent"):
        told = module("nomad_acl_token", name="nx-twins", state=state, **nomad.options)
        assert told["failed"]
        assert all(accessor in told["msg"] for accessor in accessors)
    gone = {"accessor_id": accessors[0], "state": "absent"}
    assert rounds("nomad_acl_token", gone, nomad) == ONCE
    told = module("nomad_acl_token", name="nx-twins", **nomad.options)
    assert (told["changed"], told["accessor_id"]) == (False, accessors[1])
    renamed = {"accessor_id": accessors[1], "name": 'nx-t "x"\\ü'}
    assert rounds("nomad_acl_token", renamed, nomad) == ONCE
    told = module("nomad_acl_token", name='nx-t "x"\\ü', **nomad.options)
    assert (told["changed"], told["accessor_id"]) == (False, accessors[1])


@pytest.mark.usefixtures("policies")
def test_a_task_that_dies_between_making_and_storing(
    nomad: Agent, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    wanted = {"name": "nx-tdies", "policies": ["nx-one"], "secret_file": str(file)}

    def dies(*arguments: t.Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(nomad_acl_token, "save", dies)
        with pytest.raises(KeyboardInterrupt):
            module("nomad_acl_token", **wanted, **nomad.options)
    assert not file.exists()
    [token] = named(nomad, "nx-tdies")
    assert rounds("nomad_acl_token", wanted, nomad) == ONCE
    assert named(nomad, "nx-tdies") == [token]
    assert file.read_text() == secret_of(nomad, token["AccessorID"])


@pytest.mark.usefixtures("policies")
def test_an_answer_that_is_lost(
    nomad: Agent, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    wanted = {"name": "nx-tlost", "policies": ["nx-one"], "secret_file": str(file)}
    create = AclClient.create_token

    def loses(self: AclClient, token: dict[str, t.Any]) -> t.Any:
        create(self, token)
        raise UnavailableError("PUT", "/v1/acl/token", 0, "reset", "lost")

    with monkeypatch.context() as patched:
        patched.setattr(AclClient, "create_token", loses)
        assert module("nomad_acl_token", **wanted, **nomad.options)["changed"]
    [token] = named(nomad, "nx-tlost")
    assert file.read_text() == secret_of(nomad, token["AccessorID"])
    assert not module("nomad_acl_token", **wanted, **nomad.options)["changed"]


@pytest.mark.usefixtures("policies")
def test_who_may_not(nomad: Agent) -> None:
    weak = {**nomad.options, "token": nomad.token_of("nx-acl-weak", HCL)}
    for name, wanted in (
        ("nomad_acl_policy", {"name": "nx-one", "rules": HCL}),
        ("nomad_acl_token", {"name": "nx-tweak", "policies": ["nx-one"]}),
    ):
        told = module(name, **wanted, **weak)
        assert told["msg"].endswith("that has the type management."), name


# B8: community.general's nomad_token changes what is there each time, and returns its secret


@pytest.mark.usefixtures("policies")
def test_b08_a_token_that_is_there_is_unchanged_predicted_and_not_told(
    nomad: Agent, tmp_path: pathlib.Path
) -> None:
    same = {"name": "nx-tb08", "policies": ["nx-one"]}
    theirs = {**same, "state": "present", **nomad.theirs}
    wrong = [running.theirs("nomad_token", **theirs) for _ in range(2)]
    assert [found.get("changed") for found in wrong] == [True, True], wrong[0].get("msg")
    assert running.theirs("nomad_token", check=True, **theirs)["skipped"]
    secret = wrong[1]["result"]["secret_id"]
    file = {"secret_file": str(tmp_path / "secret")}
    right = [module("nomad_acl_token", **same, **nomad.options) for _ in range(2)]
    assert [found["changed"] for found in right] == [False, False]
    assert rounds("nomad_acl_token", {**same, **file}, nomad) == ONCE
    assert (tmp_path / "secret").read_text() == secret
    right.append(module("nomad_acl_token", **same, **file, **nomad.options))
    assert secret not in json.dumps(right)
    assert nomad.token not in json.dumps(right)


def test_no_secret_in_what_a_play_prints(nomad: Agent, tmp_path: pathlib.Path) -> None:
    """With -vvv and --diff, also where the play prints its results."""
    file, token = tmp_path / "secret", {"name": "nx-tplay", "policies": ["nx-play"]}
    steps: list[tuple[str, dict[str, t.Any]]] = [
        ("nomad_acl_bootstrap", {"secret": "{{ lookup('env', 'NX_TOKEN') }}"}),
        ("nomad_acl_policy", {"name": "nx-play", "rules": DATA}),
        ("nomad_acl_token", {**token, "secret_file": str(file)}),
        ("nomad_acl_token", {**token, "type": "management", "policies": []}),
        ("nomad_acl_token", {"name": "nx-tplay", "secret_file": str(file)}),
        ("nomad_acl_token", {"name": "nx-tplay", "state": "absent"}),
        ("nomad_acl_token", {"name": "nx-tplay", "roles": ["nx-none"]}),
        ("nomad_acl_policy", {"name": "nx-play", "state": "absent"}),
    ]
    tasks = [
        {f"mlops.infra.{name}": options, "register": "found", "ignore_errors": "roles" in options}
        for name, options in steps
    ]
    shown = {"ansible.builtin.debug": {"var": "found"}}
    connection = {**nomad.options, "token": "{{ lookup('env', 'NX_TOKEN') }}"}
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "module_defaults": {"group/mlops.infra.nomad": connection},
        "tasks": [step for task in tasks for step in (task, shown)],
    }
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([play]))
    printed = running.playbook(path, "-vvv", "--diff", NX_TOKEN=nomad.token)
    assert "ok=16" in printed, printed
    secret = file.read_text()
    assert len(secret) == 36
    assert "ignored=1" in printed, printed
    assert secret not in printed
    assert nomad.token not in printed
