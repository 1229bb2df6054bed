# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul import hosts

Json = dict[str, t.Any]


def node(name: str, **fields: t.Any) -> Json:
    return {
        "ID": f"id-{name}",
        "Node": name,
        "Address": f"10.0.0.{ord(name[0])}",
        "Datacenter": "dc1",
        "TaggedAddresses": None,
        "Meta": None,
        "CreateIndex": 1,
        **fields,
    }


def check(name: str, status: str = "critical", **fields: t.Any) -> Json:
    return {
        "Node": name,
        "CheckID": "c",
        "Name": "a check",
        "Status": status,
        "Output": "why",
        "ServiceID": "",
        "ServiceName": "",
        **fields,
    }


def instance(name: str, service: str, ident: str = "", **fields: t.Any) -> Json:
    return {
        "Node": name,
        "ServiceID": ident or service,
        "ServiceName": service,
        "ServiceAddress": "",
        "ServicePort": 80,
        "ServiceTags": [],
        "ServiceMeta": {},
        **fields,
    }


def catalog(nodes: t.Any, troubles: t.Any = (), instances: t.Any = ()) -> Json:
    return {"Nodes": list(nodes), "Troubles": list(troubles), "Instances": list(instances)}


CATALOG = catalog(
    [node("a"), node("b"), node("c")],
    [
        check("a", "warning"),
        check("b", "critical", ServiceID="w2", ServiceName="web"),
        check("c", "warning", CheckID="_node_maintenance"),
    ],
    [instance("a", "web", "w1"), instance("b", "web", "w2"), instance("b", "web", "w3")],
)


def test_health_of_nodes_and_services() -> None:
    found = {n["Node"]: n for n in hosts.nodes(CATALOG, only_passing=False)}
    assert [found[n]["Health"] for n in "abc"] == ["warning", "passing", "maintenance"]
    services = {n: {s["ServiceID"]: s["Health"] for s in found[n]["Services"]} for n in "abc"}
    assert services == {"a": {"w1": "warning"}, "b": {"w2": "critical", "w3": "passing"}, "c": {}}
    assert [check["ServiceID"] for check in found["b"]["Troubles"]] == ["w2"]


def test_only_what_passes() -> None:
    (found,) = hosts.nodes(CATALOG, only_passing=True)
    assert found["Node"] == "b"
    assert [service["ServiceID"] for service in found["Services"]] == ["w3"]


def test_services_of_nodes_that_a_filter_left_out_are_left_out() -> None:
    (found,) = hosts.nodes(catalog([node("a")], [check("b")], [instance("b", "web")]), False)
    assert (found["Node"], found["Services"], found["Troubles"]) == ("a", [], [])


@pytest.mark.parametrize(
    ("checks", "health"),
    [
        ([], "passing"),
        ([check("a", "weird")], "critical"),
        ([check("a", "")], "critical"),
        ([check("a", "warning"), check("a", "critical")], "critical"),
        ([check("a", "critical", ServiceID="s")], "critical"),
        ([check("a", "critical", ServiceID="other")], "passing"),
        ([check("a", CheckID="_service_maintenance:s", ServiceID="s")], "maintenance"),
    ],
)
def test_the_worst_counts(checks: list[Json], health: str) -> None:
    assert hosts.worst(checks, "s") == health


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("name", ["a", "b", "c"]),
        ("id", ["b", "id-a", "id-c"]),
        ("address", ["1.1.1.1", "a", "c"]),
    ],
)
def test_names_are_unique(field: str, names: list[str]) -> None:
    found = [
        node("a", Address="1.1.1.1", CreateIndex=3),
        node("b", Address="1.1.1.1", CreateIndex=2, ID=""),
        node("c", Address=""),
    ]
    assert list(hosts.named(found, field)) == names


def test_variables() -> None:
    web = instance("a", "web", "w", ServiceTags=["x"], ServiceMeta={"k": "v"}, ServiceAddress="h")
    found = catalog(
        [node("a", Meta={"rack": "7"}, TaggedAddresses={"wan": "1.2.3.4"})],
        [check("a", "warning")],
        [web, instance("a", "db", ServiceTags=None, ServiceMeta=None)],
    )
    (made,) = hosts.nodes(found, False)
    assert hosts.variables(made) == {
        "ansible_host": "10.0.0.97",
        "consul_id": "id-a",
        "consul_name": "a",
        "consul_address": "10.0.0.97",
        "consul_tagged_addresses": {"wan": "1.2.3.4"},
        "consul_datacenter": "dc1",
        "consul_meta": {"rack": "7"},
        "consul_health": "warning",
        "consul_troubles": [
            {"check": "c", "name": "a check", "status": "warning", "service": "", "output": "why"}
        ],
        "consul_services": {
            "web": [
                {
                    "id": "w",
                    "address": "h",
                    "port": 80,
                    "tags": ["x"],
                    "meta": {"k": "v"},
                    "health": "warning",
                }
            ],
            "db": [
                {
                    "id": "db",
                    "address": "10.0.0.97",
                    "port": 80,
                    "tags": [],
                    "meta": {},
                    "health": "warning",
                }
            ],
        },
    }


def test_groups_of_each_kind_once() -> None:
    found = catalog(
        [node("a", Meta={"rack": "r-7", "empty": ""})],
        [],
        [
            instance("a", "web", "1", ServiceTags=["x"]),
            instance("a", "web", "2", ServiceTags=["x", "y"]),
        ],
    )
    (made,) = hosts.nodes(found, False)
    kinds = ["service", "datacenter", "health", "meta", "tag"]
    assert hosts.groups(made, kinds, "consul_") == [
        "consul_service_web",
        "consul_datacenter_dc1",
        "consul_health_passing",
        "consul_meta_rack_r-7",
        "consul_tag_web_x",
        "consul_tag_web_y",
    ]
    assert hosts.groups(made, ["health"], "") == ["health_passing"]
    assert hosts.groups(made, [], "") == []
