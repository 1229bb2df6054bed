# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an inventory makes of Consul's catalog: hosts, their names, health, variables and groups."""

from __future__ import annotations

import collections
import typing as t

Json = t.Dict[str, t.Any]

NAMES = {"name": "Node", "id": "ID", "address": "Address"}
# As Consul itself weighs them, the worst last.
HEALTH = ("passing", "warning", "critical", "maintenance")
MAINTENANCE = ("_node_maintenance", "_service_maintenance:")


def nodes(catalog: Json, only_passing: bool) -> list[Json]:
    """The nodes with C(Health), C(Troubles) and C(Services).

    A service is as healthy as the worst of its own checks and of its node's.
    """
    troubles: dict[str, list[Json]] = collections.defaultdict(list)
    for check in catalog["Troubles"]:
        troubles[check["Node"]].append(check)
    services: dict[str, list[Json]] = collections.defaultdict(list)
    for found in catalog["Instances"]:
        health = worst(troubles[found["Node"]], found["ServiceID"])
        if health == HEALTH[0] or not only_passing:
            services[found["Node"]].append({**found, "Health": health})
    made = [
        {
            **node,
            "Health": worst(troubles[node["Node"]], ""),
            "Troubles": troubles[node["Node"]],
            "Services": services[node["Node"]],
        }
        for node in catalog["Nodes"]
    ]
    return [node for node in made if node["Health"] == HEALTH[0] or not only_passing]


def worst(checks: t.Iterable[Json], service: str) -> str:
    """What checks of a node that do not pass make of the node itself, or of a service on it."""
    found = [
        HEALTH[-1] if check["CheckID"].startswith(MAINTENANCE) else _status(check["Status"])
        for check in checks
        if check["ServiceID"] in ("", service)
    ]
    return max(found, key=HEALTH.index, default=HEALTH[0])


def _status(told: str) -> str:
    """Consul takes any word from who registers a check, and lets only what is passing pass."""
    return told if told in HEALTH else "critical"


def named(found: t.Iterable[Json], field: str) -> dict[str, Json]:
    """The nodes by the names of their hosts, sorted.

    Names are unique in a datacenter. Nodes outside Consul's own have no ID, and several may share
    an address, of which the oldest keeps it; the others go by their names.
    """
    hosts: dict[str, Json] = {}
    for node in sorted(found, key=lambda node: (node["CreateIndex"], node["Node"])):
        name = str(node[NAMES[field]])
        hosts[node["Node"] if not name or name in hosts else name] = node
    return dict(sorted(hosts.items()))


def variables(node: Json) -> Json:
    services: dict[str, list[Json]] = collections.defaultdict(list)
    for service in node["Services"]:
        services[service["ServiceName"]].append(
            {
                "id": service["ServiceID"],
                "address": service["ServiceAddress"] or node["Address"],
                "port": service["ServicePort"],
                "tags": service["ServiceTags"] or [],
                "meta": service["ServiceMeta"] or {},
                "health": service["Health"],
            }
        )
    return {
        "ansible_host": node["Address"],
        "consul_id": node["ID"],
        "consul_name": node["Node"],
        "consul_address": node["Address"],
        "consul_tagged_addresses": node["TaggedAddresses"] or {},
        "consul_datacenter": node["Datacenter"],
        "consul_meta": node["Meta"] or {},
        "consul_health": node["Health"],
        "consul_troubles": [trouble(check) for check in node["Troubles"]],
        "consul_services": dict(services),
    }


def trouble(check: Json) -> Json:
    return {
        "check": check["CheckID"],
        "name": check["Name"],
        "status": check["Status"],
        "service": check["ServiceName"],
        "output": check["Output"],
    }


def groups(node: Json, kinds: t.Iterable[str], prefix: str) -> list[str]:
    """The groups of a node, not yet made safe names."""
    services = [(s["ServiceName"], s["ServiceTags"] or []) for s in node["Services"]]
    values = {
        "datacenter": [node["Datacenter"]],
        "health": [node["Health"]],
        "meta": [f"{key}_{value}" for key, value in (node["Meta"] or {}).items() if value],
        "service": [name for name, _tags in services],
        "tag": [f"{name}_{tag}" for name, tags in services for tag in tags],
    }
    return [f"{prefix}{kind}_{value}" for kind in kinds for value in dict.fromkeys(values[kind])]
