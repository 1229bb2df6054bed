# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an inventory makes of Nomad's nodes: hosts, their names, variables and groups."""

from __future__ import annotations

import collections
import typing as t

Json = t.Dict[str, t.Any]

NAMES = {"name": "Name", "id": "ID", "address": "Address"}
GROUPS = {
    "class": "NodeClass",
    "datacenter": "Datacenter",
    "pool": "NodePool",
    "status": "Status",
    "eligibility": "SchedulingEligibility",
}


def named(nodes: t.Iterable[Json], field: str) -> dict[str, Json]:
    """The nodes by the names of their hosts, sorted.

    Nomad knows a node by its ID alone. A host that was set up anew has its name twice, so of
    several with one name the newest that is alive keeps it, and the others get a part of their ID.
    """
    same: dict[str, list[Json]] = collections.defaultdict(list)
    for node in nodes:
        same[str(node[NAMES[field]] or node["ID"])].append(node)
    hosts: dict[str, Json] = {}
    for name, rivals in same.items():
        first = max(rivals, key=lambda node: (node["Status"] != "down", node["CreateIndex"]))
        for node in rivals:
            hosts[name if node is first else f"{name}-{node['ID'][:8]}"] = node
    return dict(sorted(hosts.items()))


def variables(node: Json) -> Json:
    """What the list of nodes says of one, and more where the node itself was asked for."""
    drivers = node.get("Drivers") or {}
    found: Json = {
        "ansible_host": node["Address"],
        "nomad_id": node["ID"],
        "nomad_name": node["Name"],
        "nomad_address": node["Address"],
        "nomad_class": node["NodeClass"],
        "nomad_datacenter": node["Datacenter"],
        "nomad_pool": node.get("NodePool") or "default",
        "nomad_status": node["Status"],
        "nomad_eligibility": node["SchedulingEligibility"],
        "nomad_drain": bool(node["Drain"]),
        "nomad_version": node["Version"],
        "nomad_drivers": sorted(name for name, driver in drivers.items() if driver.get("Healthy")),
        "nomad_host_volumes": sorted(node.get("HostVolumes") or {}),
    }
    details = node.get("Details")
    if details is not None:
        found["nomad_attributes"] = details.get("Attributes") or {}
        found["nomad_meta"] = details.get("Meta") or {}
        found["nomad_http_address"] = details.get("HTTPAddr") or ""
    return found


def groups(node: Json, kinds: t.Iterable[str], prefix: str) -> list[str]:
    """One group for each kind that the node has a value of, not yet made a safe name."""
    values = {kind: str(node.get(GROUPS[kind]) or "") for kind in kinds}
    return [f"{prefix}{kind}_{value}" for kind, value in values.items() if value]
