# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import hosts

Json = dict[str, t.Any]


def node(node_id: str, name: str, status: str = "ready", index: int = 1) -> Json:
    return {
        "ID": f"{node_id}{'0' * (8 - len(node_id))}-0000",
        "Name": name,
        "Address": "10.0.0.1",
        "Status": status,
        "CreateIndex": index,
    }


def names(nodes: list[Json], field: str = "name") -> dict[str, str]:
    return {host: found["ID"] for host, found in hosts.named(nodes, field).items()}


def test_names() -> None:
    two = [node("b", "web-2"), node("a", "web-1")]
    assert names(two) == {"web-1": "a0000000-0000", "web-2": "b0000000-0000"}
    assert list(names(two)) == ["web-1", "web-2"]
    assert set(names(two, "id")) == {"a0000000-0000", "b0000000-0000"}
    newer = [node("b", "web-2", index=2), node("a", "web-1")]
    assert set(names(newer, "address")) == {"10.0.0.1", "10.0.0.1-a0000000"}


@pytest.mark.parametrize(
    ("rivals", "keeps"),
    [
        ([node("a", "x", "down", 9), node("b", "x", "ready", 1)], "b"),
        ([node("a", "x", "ready", 1), node("b", "x", "ready", 9)], "b"),
        ([node("a", "x", "disconnected", 1), node("b", "x", "down", 9)], "a"),
        ([node("a", "x", "down", 9), node("b", "x", "down", 1)], "a"),
    ],
)
def test_the_newest_that_is_alive_keeps_the_name(rivals: list[Json], keeps: str) -> None:
    for order in (rivals, rivals[::-1]):
        found = names(order)
        assert len(found) == 2
        assert found["x"].startswith(keeps)
        other = "b" if keeps == "a" else "a"
        assert found[f"x-{other}0000000"].startswith(other)


def test_a_node_without_a_name_has_its_id() -> None:
    assert set(names([node("a", "")])) == {"a0000000-0000"}


def test_groups_leave_out_what_is_empty_or_not_asked_for() -> None:
    found = {"NodeClass": "", "Datacenter": "dc 1", "NodePool": "gpu", "Status": "ready"}
    assert hosts.groups(found, ["class", "datacenter", "pool", "eligibility"], "n_") == [
        "n_datacenter_dc 1",
        "n_pool_gpu",
    ]


def test_variables_of_an_older_server() -> None:
    short = {
        **node("a", "x"),
        "NodeClass": "",
        "Datacenter": "dc1",
        "SchedulingEligibility": "eligible",
        "Drain": False,
        "Version": "1.5.0",
    }
    found = hosts.variables(short)
    assert (found["nomad_pool"], found["nomad_drivers"]) == ("default", [])
    assert "nomad_attributes" not in found
    assert hosts.variables({**short, "Details": {}})["nomad_meta"] == {}
