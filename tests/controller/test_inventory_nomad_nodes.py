# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible_collections.mlops.infra.tests.controller.reading import InventoryFile

Script = t.Any
PLUGIN = "mlops.infra.nomad_nodes"


def node(name: str, **fields: t.Any) -> dict[str, t.Any]:
    return {
        "ID": f"{name}-0000-0000",
        "Name": name,
        "Address": "10.0.0.1",
        "Datacenter": "dc1",
        "NodeClass": "gpu-large",
        "NodePool": "default",
        "Status": "ready",
        "SchedulingEligibility": "eligible",
        "Drain": False,
        "Version": "1.6.10",
        "CreateIndex": 8,
        "Drivers": {"docker": {"Healthy": True}, "exec": {"Healthy": False}},
        "HostVolumes": None,
        **fields,
    }


@pytest.fixture
def read(script: Script, tmp_path: Path) -> t.Callable[..., InventoryData]:
    def once(**options: t.Any) -> InventoryData:
        return InventoryFile(tmp_path, PLUGIN, address=script.address, **options).read()

    return once


def test_one_request_makes_hosts_and_groups(script: Script, read: t.Any) -> None:
    script.answers = [[node("a"), node("b", NodeClass="", Status="down", Drain=True)]]
    inventory = read()
    assert len(script.asked) == 1
    assert set(inventory.hosts) == {"a", "b"}
    assert {g: sorted(h.name for h in inventory.groups[g].hosts) for g in inventory.groups} == {
        "all": [],
        "ungrouped": [],
        "nomad_class_gpu_large": ["a"],
        "nomad_datacenter_dc1": ["a", "b"],
        "nomad_pool_default": ["a", "b"],
        "nomad_status_ready": ["a"],
        "nomad_status_down": ["b"],
        "nomad_eligibility_eligible": ["a", "b"],
    }
    variables = inventory.hosts["a"].vars
    assert variables["ansible_host"] == "10.0.0.1"
    assert variables["nomad_drivers"] == ["docker"]
    assert inventory.hosts["b"].vars["nomad_drain"] is True
    assert "nomad_meta" not in variables


def test_groups_as_asked_for(script: Script, read: t.Any) -> None:
    script.answers = [[node("a")]]
    inventory = read(group_by=["pool"], group_prefix="n-")
    assert set(inventory.groups) - {"all", "ungrouped"} == {"n_pool_default"}


def test_details_are_asked_of_each_node_and_can_be_composed(script: Script, read: t.Any) -> None:
    details = {"ID": "a-0000-0000", "Meta": {"rack": "r-7"}, "HTTPAddr": "x:1"}
    details["Attributes"] = {"cpu.arch": "amd64"}
    script.answers = [[node("a"), node("b")], details, (404, "node not found")]
    inventory = read(
        details=True,
        compose={"arch": "nomad_attributes['cpu.arch'] | upper"},
        groups={"with_docker": "'docker' in nomad_drivers"},
        keyed_groups=[{"key": "nomad_meta.rack", "prefix": "rack"}],
    )
    assert [asked["path"] for asked in script.asked[1:]] == [
        "/v1/node/a-0000-0000",
        "/v1/node/b-0000-0000",
    ]
    variables = inventory.hosts["a"].vars
    assert (variables["arch"], variables["nomad_http_address"]) == ("AMD64", "x:1")
    assert [host.name for host in inventory.groups["rack_r_7"].hosts] == ["a"]
    assert len(inventory.groups["with_docker"].hosts) == 2
    assert "nomad_meta" not in inventory.hosts["b"].vars


def test_strict_names_what_cannot_be_composed(script: Script, read: t.Any) -> None:
    script.answers = [[node("a")], [node("a")]]
    broken = {"compose": {"x": "no_such_variable.x"}}
    assert "x" not in read(**broken).hosts["a"].vars
    with pytest.raises(Exception, match="no_such_variable"):
        read(strict=True, **broken)


def test_what_nomad_says_is_no_template(script: Script, read: t.Any) -> None:
    script.answers = [[node("a", NodeClass="{{ 6 * 7 }}")]]
    inventory = read(compose={"seen": "nomad_class"}, group_by=[])
    assert inventory.hosts["a"].vars["seen"] == "{{ 6 * 7 }}"


def test_the_filter_is_nomads(script: Script, read: t.Any) -> None:
    script.answers = [[]]
    assert read(filter='Status == "ready"').hosts == {}
    assert script.asked[0]["query"] == {"filter": 'Status == "ready"'}


def test_the_cache(script: Script, tmp_path: Path) -> None:
    how = {
        "address": script.address,
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    read = InventoryFile(tmp_path, PLUGIN, **how).read
    script.answers = [[node("a")], [node("b")], [node("c")]]
    assert set(read().hosts) == {"a"}
    assert set(read().hosts) == {"a"}
    assert len(script.asked) == 1
    assert set(read(cache=False).hosts) == {"b"}
    assert set(read().hosts) == {"b"}
    assert set(InventoryFile(tmp_path, PLUGIN, filter='Name == "c"', **how).read().hosts) == {"c"}


def test_a_server_that_refuses_is_a_sentence(script: Script, read: t.Any) -> None:
    script.answers = [(403, "Permission denied")]
    with pytest.raises(AnsibleParserError, match=r"Permission denied.*NOMAD_TOKEN"):
        read()
