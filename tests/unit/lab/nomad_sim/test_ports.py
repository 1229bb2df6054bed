# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports that nomad_sim gives to groups."""

from __future__ import annotations

import pytest
from nomad_sim import beyond, canonical, jobspec, ports, taskenv
from nomad_sim.consul import Place
from nomad_sim.errors import NotSimulated

SPEC = """
job "a" {
  type = "batch"
  group "g" {
    network {
      %s
      port "http" {
        to = 8000
      }
      port "same" {
        to = -1
      }
      port "fixed" {
        static = 18080
      }
    }
    task "t" {
      driver = "docker"
      config {
        image = "i:1"
      }
    }
  }
}
"""


def stored(more: str = "") -> dict:
    return canonical.stored(jobspec.parse(SPEC % more, ""))


def alloc(used: set[int], numbers: tuple[int, int] = (20000, 32000)) -> dict:
    job = {**stored(), "ParentID": ""}
    networks, given = ports.offer(job["TaskGroups"][0], "192.0.2.1", numbers, used)
    shared = {"Networks": networks, "Ports": given}
    return {
        "AllocatedResources": {"Shared": shared}, "ClientStatus": "running", "DesiredStatus": "run",
        "ID": "i", "Job": job, "Name": "a.g[0]", "TaskGroup": "g",
    }  # fmt: skip


def test_only_free_numbers_are_given_and_each_once() -> None:
    for _ in range(20):
        found = ports.of(alloc({20000, 20002}, (20000, 20003)))
        assert {found[label]["Value"] for label in ("http", "same")} == {20001, 20003}
        assert found["same"]["To"] == found["same"]["Value"]
        assert (found["fixed"]["Value"], found["http"]["To"]) == (18080, 8000)


def test_a_number_of_its_own_is_given_to_one_group() -> None:
    first = alloc(set())
    group = first["Job"]["TaskGroups"][0]
    clash = "network: reserved port collision fixed=18080"
    assert ports.collision(group, [first]) == clash
    assert ports.collision(group, [{**first, "ClientStatus": "complete"}]) is None


def test_tasks_are_told_both_sides() -> None:
    made = alloc(set())
    number = ports.of(made)["http"]["Value"]
    node = {"Datacenter": "dc1", "Attributes": {}, "Meta": {}}
    env = taskenv.environment(made, made["Job"]["TaskGroups"][0]["Tasks"][0], node)
    told = [env[f"NOMAD_{what}_http"] for what in ("PORT", "HOST_PORT", "ADDR", "IP")]
    assert told == ["8000", str(number), f"192.0.2.1:{number}", "192.0.2.1"]
    assert taskenv.interpolate("${NOMAD_PORT_fixed}", env, node) == "18080"


@pytest.mark.parametrize(
    ("network_mode", "mode", "label", "inside"),
    [
        (None, "auto", "http", False),
        ("mlops", "auto", "http", True),
        ("mlops", "host", "http", False),
        (None, "driver", "http", True),
        (None, "driver", "8000", True),
    ],
)
def test_where_a_service_is(network_mode: str | None, mode: str, label: str, inside: bool) -> None:
    made = alloc(set())
    place = Place.of_task(made, {"Config": {"network_mode": network_mode}}, "172.17.0.9")
    outside = ("192.0.2.1", ports.of(made)["http"]["Value"])
    assert place.of(label, mode) == (("172.17.0.9", 8000) if inside else outside)


@pytest.mark.parametrize("more", ['mode = "bridge"', 'dns {\n servers = ["192.0.2.1"]\n}'])
def test_other_networks_are_not_simulated(more: str) -> None:
    with pytest.raises(NotSimulated):
        beyond.refuse(stored(more))
