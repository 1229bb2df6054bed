# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles make of one look at Docker's engine, so that they need not ask again."""

from __future__ import annotations

import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from rendering import variables

WANTED = "prom/prometheus:v2.47.0"
LABELS = {"org.opencontainers.image.version": "2.47.0"}
LISTED = {"RepoTags": [WANTED], "RepoDigests": None, "Labels": LABELS}
INSPECTED = {"RepoTags": [WANTED], "RepoDigests": [], "Config": {"Labels": LABELS}}
NETWORK = {
    "Name": "mlops",
    "Driver": "bridge",
    "IPAM": {"Config": [{"Subnet": "172.20.0.0/16", "IPRange": "172.20.128.0/17"}]},
}


def value(role: str, name: str, **known: t.Any) -> t.Any:
    settings = {"docker_services": ["prometheus"], "__docker_spare": {}, "__docker_found": {}}
    templar = Templar(DataLoader(), variables(role, "0") | settings | known)
    return templar.template(trust_as_template(f"{{{{ {name} }}}}"))


@pytest.mark.parametrize(
    ("engine", "found"),
    [({"images": [LISTED]}, {}), ({}, {"images": [INSPECTED]}), ({}, {"images": [LISTED]})],
)
def test_an_image_is_chosen_wherever_it_was_seen(engine: t.Any, found: t.Any) -> None:
    chosen = value("docker", "_docker_choice", docker_engine=engine, __docker_found=found)
    assert chosen == {"prometheus": {"name": WANTED, "lab": False, "version": "2.47.0"}}


@pytest.mark.parametrize("images", [[], [{**LISTED, "RepoTags": None}]])
def test_one_that_was_not_seen_is_asked_for(images: t.Any) -> None:
    assert value("docker", "_docker_absent", docker_engine={"images": images}) == ["prometheus"]


@pytest.mark.parametrize(
    ("network", "there"),
    [
        (NETWORK, True),
        ({**NETWORK, "Name": "mlops-test"}, False),
        ({**NETWORK, "Driver": "macvlan"}, False),
        ({**NETWORK, "IPAM": {"Config": None}}, False),
        ({**NETWORK, "IPAM": {"Config": [{"Subnet": "172.20.0.0/16"}]}}, False),
    ],
)
def test_the_network_is_there_only_as_it_should_be(network: t.Any, there: bool) -> None:
    engine = {"networks": [network]}
    assert value("docker", "_docker_network_is_there", docker_engine=engine) is there


def test_nothing_was_seen_where_nobody_looked() -> None:
    assert value("docker", "_docker_network_is_there", docker_engine={}) is False
    assert value("nomad", "_nomad_mount_was_shared") is False
    assert value("ml_trainer", "_ml_trainer_image_was_seen") is False


def test_the_trainers_image_and_the_mount_may_have_been_seen() -> None:
    seen = {"images": [{"RepoTags": None}, {"RepoTags": ["mlops/ml-trainer:0123456789ab"]}]}
    assert value("ml_trainer", "_ml_trainer_image_was_seen", docker_engine=seen) is True
    assert value("nomad", "_nomad_mount_was_shared", mlops_host={"shared_mount": True}) is True


SEEN = {"consul": {"name": "consul:test", "lab": False, "version": "1.16.6"}}


@pytest.mark.parametrize(
    ("check", "secure", "certified", "foreseen"),
    [
        (True, False, False, ["consul"]),
        (True, True, True, ["consul"]),
        (True, True, False, []),
        (
            False,
            True,
            False,
            ["consul", "nomad", "prometheus", "alertmanager", "grafana", "node_exporter"],
        ),
    ],
)
def test_check_mode_foresees_what_has_its_image_and_its_secrets(
    check: bool, secure: bool, certified: bool, foreseen: list[str]
) -> None:
    known = {"mlops_secure": secure, "_mlops_is_certified": certified, "docker_images": SEEN}
    assert value("mlops", "_mlops_foreseen", ansible_check_mode=check, **known) == foreseen


def test_where_docker_was_not_asked_check_mode_takes_nothing_for_new() -> None:
    def is_new(**known: t.Any) -> t.Any:
        return value("mlops", "_mlops_is_foreseen_new", **known)

    running = {"containers": [{"Names": ["/mlops-consul"]}]}
    assert is_new(ansible_check_mode=True, mlops_docker={"containers": []})
    assert not is_new(ansible_check_mode=True, mlops_docker=running)
    assert not is_new(ansible_check_mode=True)
    assert not is_new(ansible_check_mode=False, mlops_docker={"containers": []})
