# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.utils.display import Display
from ansible_collections.mlops.infra.tests.controller.reading import InventoryFile

Script = t.Any
PLUGIN = "mlops.infra.consul_catalog"
HIDDEN = {"X-Consul-Results-Filtered-By-ACLs": "true"}


def node(name: str, **fields: t.Any) -> dict[str, t.Any]:
    return {
        "ID": f"id-{name}",
        "Node": name,
        "Address": "10.0.0.1",
        "Datacenter": "dc1",
        "TaggedAddresses": {"wan": "192.0.2.1"},
        "Meta": {"rack": "r-7", "consul-network-segment": ""},
        "CreateIndex": 5,
        **fields,
    }


def instance(name: str, service: str, **fields: t.Any) -> dict[str, t.Any]:
    return {
        "Node": name,
        "ServiceID": service,
        "ServiceName": service,
        "ServiceAddress": "",
        "ServicePort": 80,
        "ServiceTags": ["x"],
        "ServiceMeta": {},
        **fields,
    }


def check(name: str, status: str, service: str = "") -> dict[str, t.Any]:
    return {
        "Node": name,
        "CheckID": "c",
        "Name": "a check",
        "Status": status,
        "Output": "",
        "ServiceID": service,
        "ServiceName": service,
    }


def catalog(*nodes: t.Any, troubles: t.Any = (), **services: t.Any) -> list[t.Any]:
    """The answers, in the order of the questions."""
    return [list(nodes), list(troubles), {key: [] for key in services}, *services.values()]


@pytest.fixture
def read(consul: Script, tmp_path: Path) -> t.Callable[..., InventoryData]:
    def once(**options: t.Any) -> InventoryData:
        return InventoryFile(tmp_path, PLUGIN, address=consul.address, **options).read()

    return once


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text, *_args: texts.append(text))
    return texts


def members(inventory: InventoryData) -> dict[str, list[str]]:
    groups = inventory.groups.items()
    return {g: sorted(h.name for h in found.hosts) for g, found in groups if found.hosts}


def test_four_requests_make_hosts_and_groups(consul: Script, read: t.Any, told: list[str]) -> None:
    consul.answers = catalog(
        node("a"),
        node("b", Meta=None),
        troubles=[check("b", "warning"), check("a", "critical", "web")],
        web=[instance("a", "web"), instance("b", "web", ServicePort=81)],
    )
    inventory = read()
    assert consul.paths == [
        "/v1/catalog/nodes",
        "/v1/health/state/any",
        "/v1/catalog/services",
        "/v1/catalog/service/web",
    ]
    assert members(inventory) == {
        "consul_service_web": ["a", "b"],
        "consul_datacenter_dc1": ["a", "b"],
        "consul_health_passing": ["a"],
        "consul_health_warning": ["b"],
        "consul_meta_rack_r_7": ["a"],
    }
    variables = inventory.hosts["b"].vars
    assert variables["ansible_host"] == "10.0.0.1"
    assert variables["consul_services"]["web"][0]["port"] == 81
    assert variables["consul_services"]["web"][0]["health"] == "warning"
    assert told == []


def test_groups_as_asked_for(consul: Script, read: t.Any) -> None:
    consul.answers = catalog(node("a"), web=[instance("a", "web")])
    assert set(members(read(group_by=["tag"], group_prefix="c-"))) == {"c_tag_web_x"}


def test_services_as_asked_for(consul: Script, read: t.Any) -> None:
    consul.answers = [[node("a")], [], {"db-1": [], "web": []}, [instance("a", "db-1")]]
    assert "consul_service_db_1" in members(read(services=["db-*"]))
    assert consul.paths[-1] == "/v1/catalog/service/db-1"
    consul.answers = [[node("a")], []]
    assert set(read(services=[]).hosts) == {"a"}
    assert consul.answers == []


def test_only_what_passes(consul: Script, read: t.Any) -> None:
    consul.answers = catalog(
        node("a"),
        node("b"),
        troubles=[check("a", "critical", "web"), check("b", "critical")],
        web=[instance("a", "web"), instance("b", "web")],
    )
    inventory = read(only_passing=True)
    assert set(inventory.hosts) == {"a"}
    assert "consul_service_web" not in members(inventory)


def test_what_consul_says_can_be_composed(consul: Script, read: t.Any) -> None:
    consul.answers = catalog(node("a"), node("b", Meta=None), web=[instance("a", "web")])
    inventory = read(
        compose={
            "ansible_host": "consul_tagged_addresses.wan",
            "port": "consul_services.web[0].port",
        },
        groups={"with_web": "'web' in consul_services"},
        keyed_groups=[{"key": "consul_meta.rack", "prefix": "rack"}],
    )
    assert inventory.hosts["a"].vars["ansible_host"] == "192.0.2.1"
    assert inventory.hosts["a"].vars["port"] == 80
    assert "port" not in inventory.hosts["b"].vars
    assert members(inventory)["with_web"] == ["a"]
    assert members(inventory)["rack_r_7"] == ["a"]


def test_strict_names_what_cannot_be_composed(consul: Script, read: t.Any) -> None:
    consul.answers = catalog(node("a")) * 2
    broken = {"compose": {"x": "no_such_variable.x"}}
    assert "x" not in read(**broken).hosts["a"].vars
    with pytest.raises(Exception, match="no_such_variable"):
        read(strict=True, **broken)


def test_what_consul_says_is_no_template(consul: Script, read: t.Any) -> None:
    consul.answers = catalog(node("a", Meta={"x": "{{ 6 * 7 }}"}))
    inventory = read(compose={"seen": "consul_meta.x"}, group_by=[])
    assert inventory.hosts["a"].vars["seen"] == "{{ 6 * 7 }}"


def test_the_filter_is_consuls(consul: Script, read: t.Any, told: list[str]) -> None:
    consul.answers = catalog()
    assert read(filter='Meta.rack == "x"').hosts == {}
    assert consul.asked[0]["query"] == {"filter": 'Meta.rack == "x"', "consistent": "1"}
    assert told == []
    consul.answers = [(500, "Failed to create boolean expression evaluator: 1:4")]
    with pytest.raises(AnsibleParserError, match="filter: Consul does not understand 'bad'"):
        read(filter="bad")


@pytest.mark.parametrize("first", [(200, [], {}), (200, [node("a")], HIDDEN)])
def test_what_acls_hide_is_told(consul: Script, read: t.Any, told: list[str], first: t.Any) -> None:
    consul.answers = [first, [], {}]
    read()
    assert "ACLs hide a part of the catalog" in "".join(told)
    assert len(told) == 1


def test_the_cache(consul: Script, tmp_path: Path) -> None:
    how = {
        "address": consul.address,
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    read = InventoryFile(tmp_path, PLUGIN, **how).read
    consul.answers = catalog(node("a"), troubles=[check("a", "critical")])
    assert set(read().hosts) == {"a"}
    assert set(read().hosts) == {"a"}
    assert len(consul.asked) == 3
    assert InventoryFile(tmp_path, PLUGIN, only_passing=True, **how).read().hosts == {}
    assert len(consul.asked) == 3
    consul.answers = catalog(node("b"))
    assert set(read(cache=False).hosts) == {"b"}
    assert set(read().hosts) == {"b"}
    consul.answers = catalog(node("c"))
    assert set(InventoryFile(tmp_path, PLUGIN, filter='Node == "c"', **how).read().hosts) == {"c"}


def test_a_server_that_refuses_is_a_sentence(consul: Script, read: t.Any) -> None:
    consul.answers = [(403, "ACL not found")]
    with pytest.raises(AnsibleParserError, match="ACL not found; the token is unknown there"):
        read()
