# SPDX-License-Identifier: GPL-3.0-or-later
"""DEPLOYMENT_CHECKLIST.md says what verify.yml asks, in the same words and order, and asks it by the same requests."""

from __future__ import annotations

import functools
import json
import re
import shlex
import typing as t
import urllib.parse

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.mlops.infra.plugins.filter.finding import finding
from rendering import ONE, ROOT, THREE, variables
from test_templates import SECURED

ROW = re.compile(r"^\| (\d+) \| (.*?) \| (.*?) \| `(.*)` \|$", re.MULTILINE)
DOCUMENT = (ROOT / "DEPLOYMENT_CHECKLIST.md").read_text()
LOCAL = ROOT / "inventories" / "local" / "group_vars" / "all.yml"
HEALTH = [
    "curl http://localhost:8500/v1/status/leader",
    "curl http://localhost:4646/v1/status/leader",
    "curl http://localhost:9090/-/healthy",
    "curl http://localhost:3000/api/health",
]
CERTIFICATES = "No certificate is about to end"
Check = dict[str, t.Any]


def value(name: str, groups: dict[str, list[str]], **settings: t.Any) -> t.Any:
    known = variables("mlops", "0", groups) | settings
    return Templar(DataLoader(), known).template(trust_as_template(f"{{{{ {name} }}}}"))


def checks(groups: dict[str, list[str]], **settings: t.Any) -> list[Check]:
    return t.cast("list[Check]", value("_mlops_checks", groups, **settings))


@functools.cache
def local() -> list[Check]:
    return checks(ONE, **yaml.safe_load(LOCAL.read_text()))


def secured(**settings: t.Any) -> list[Check]:
    tokens = {"consul_modules_token": "token-of-modules"}
    several = {name: item for name, item in SECURED.items() if name != "groups"}
    several |= {
        "_mlops_secret": SECURED["_mlops_secret"] | tokens,
        "grafana_admin_password": "word",
    }
    return checks(THREE, **several, **settings)


def test_the_document_has_the_checks_in_order_and_words() -> None:
    written = [(name, wanted) for _number, name, wanted, _command in ROW.findall(DOCUMENT)]
    assert written == [(check["name"], check["wanted"]) for check in local()]
    numbers = [int(number) for number, *_others in ROW.findall(DOCUMENT)]
    assert numbers == list(range(1, len(written) + 1))
    assert len({check["name"] for check in local()}) == len(written)


def test_its_commands_ask_the_same() -> None:
    commands = [shlex.split(command) for *_others, command in ROW.findall(DOCUMENT)]
    for command, check in zip(commands, local(), strict=True):
        if "url" not in check:
            assert command[:2] == ["docker", "ps"]
            continue
        assert urllib.parse.unquote(command[-1]) == urllib.parse.unquote(
            check["url"].replace("127.0.0.1", "localhost")
        )
        login = check.get("login")
        assert command[:-1] == (
            ["curl", "-u", f"{login['user']}:{login['password']}"] if login else ["curl"]
        )


@pytest.mark.parametrize("document", ["README.md", "DEPLOYMENT_CHECKLIST.md"])
def test_the_health_lines_are_there(document: str) -> None:
    text = (ROOT / document).read_text()
    found = re.findall(r"curl http://localhost:\d+/(?:v1/status/leader|-/healthy|api/health)", text)
    assert found == HEALTH


def test_every_check_says_what_to_do() -> None:
    for check in [*local(), *secured()]:
        assert len(check["remedy"]) > 20, check["name"]
        assert check["expect"], check["name"]


def test_on_several_hosts_all_are_counted_and_asked_securely() -> None:
    found = {check["name"]: check for check in secured()}
    assert list(found) == [*(check["name"] for check in local()), CERTIFICATES]
    assert found["Consul has its servers"]["expect"]["exactly"] == 3
    assert found["Consul's agents are alive"]["expect"]["at_least"] == {"serfHealth": 5}
    assert found["Nomad's clients are ready"]["expect"]["at_least"] == {"ready": 2}
    assert found["Prometheus reaches every service"]["expect"]["at_least"] == {
        "consul": 5,
        "nomad": 5,
        "prometheus": 1,
        "alertmanager": 1,
        "grafana": 1,
        "node": 6,
    }
    containers = found["Every container runs, none is unhealthy"]["expect"]["at_least"]
    assert {"mlops-nomad on w2", "mlops-consul on c3", "mlops-grafana on localhost"} < set(
        containers
    )
    assert len(containers) == 5 + 5 + 3 + 6
    assert all(
        check["url"].startswith("https://192.0.2.") for check in found.values() if "url" in check
    )
    assert found["Nomad has a leader"]["url"] == "https://192.0.2.21:4646/v1/status/leader"
    assert found["Consul knows Nomad"]["headers"] == {"X-Consul-Token": "token-of-modules"}
    assert found["Prometheus is healthy"]["login"]["password"] == "pass$word-of-prometheus"


def test_a_host_that_leaves_is_neither_counted_nor_asked() -> None:
    found = {check["name"]: check for check in secured(mlops_leaving=["c1", "w2"])}
    assert found["Consul has its servers"]["expect"]["exactly"] == 2
    assert found["Nomad has its servers"]["url"].startswith("https://192.0.2.22:")
    assert found["Nomad's clients are ready"]["expect"]["at_least"] == {"ready": 1}
    containers = found["Every container runs, none is unhealthy"]["expect"]["at_least"]
    assert not any(name.endswith((" c1", " w2")) for name in containers)


def test_what_the_inventory_does_not_have_is_not_asked() -> None:
    groups = {name: hosts for name, hosts in ONE.items() if name not in ("grafana", "trainers")}
    names = [check["name"] for check in checks(groups)]
    assert "Nomad's clients are ready" in names
    assert not {"The training job is registered", "The smoke run ended well"} & set(names)
    assert not any("Grafana" in name for name in names)
    without = {check["name"] for check in checks(ONE, ml_trainer_smoke_run=False)}
    assert {check["name"] for check in local()} - without == {"The smoke run ended well"}


ENDING = [(["good"], True, "good"), (["good", "consul"], False, "consul"), ([], False, "none")]


@pytest.mark.parametrize(("services", "well", "seen"), ENDING)
def test_certificates_that_end_are_named_and_none_at_all_is_not_well(
    services: list[str], well: bool, seen: str
) -> None:
    check = secured()[-1]
    assert "86400*20" in urllib.parse.unquote(check["url"])
    found = [{"metric": {"service": service}, "value": [1, "2"]} for service in services]
    answer = {"status": 200, "content": json.dumps({"data": {"result": found}})}
    assert finding(answer, check["expect"]) == {"well": well, "seen": seen}


def test_the_document_names_the_check_of_a_secured_platform() -> None:
    check = secured()[-1]
    said = " ".join(DOCUMENT.split())
    assert f"*{check['name']}*. What comes back is *{check['wanted']}*" in said
    without = [check["name"] for check in secured(mlops_node_exporter=False)]
    assert CERTIFICATES not in without


CONTAINERS = [
    ("running", "Up 2 hours (healthy)", True),
    ("running", "Up 2 seconds (health: starting)", True),
    ("running", "Up 2 hours (unhealthy)", False),
    ("restarting", "Restarting (1) 4 seconds ago", False),
]


@pytest.mark.parametrize(("state", "status", "well"), CONTAINERS)
def test_a_container_that_restarts_or_is_unhealthy_is_missed(
    state: str, status: str, well: bool
) -> None:
    container = {"Names": ["/mlops-consul"], "State": state, "Status": status}
    hosts = {"localhost": {"mlops_docker": {"containers": [container]}}}
    assert value("_mlops_containers_well", ONE, hostvars=hosts) == ["mlops-consul"] * well
    unreachable: dict[str, t.Any] = {"localhost": {"mlops_docker": {"unreachable": True}}}
    assert value("_mlops_containers_well", ONE, hostvars=unreachable) == []
