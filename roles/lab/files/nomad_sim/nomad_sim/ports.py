# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a group: which of the node's they get, and what tasks are told of them."""

from __future__ import annotations

import random
import typing as t

from .reconcile import alive
from .shapes import Data, filled

Range = tuple[int, int]


def asked(group: Data) -> list[Data]:
    """The group's ports, those with a number of their own first."""
    networks = group["Networks"] or []
    kinds = ("ReservedPorts", "DynamicPorts")
    return [port for kind in kinds for network in networks for port in network[kind] or []]


def of(alloc: Data) -> dict[str, Data]:
    """The ports that an allocation got, by label."""
    return {port["Label"]: port for port in alloc["AllocatedResources"]["Shared"]["Ports"] or []}


def inner(port: Data) -> int:
    """The port within the container."""
    return int(port["To"] or port["Value"])


def taken(allocs: t.Iterable[Data]) -> set[int]:
    return {port["Value"] for alloc in allocs if alive(alloc) for port in of(alloc).values()}


def collision(group: Data, allocs: t.Iterable[Data]) -> str | None:
    """What of the group's own numbers another allocation has, in the words of a plan."""
    used = taken(allocs)
    for port in asked(group):
        if port["Value"] in used:
            return f"network: reserved port collision {port['Label']}={port['Value']}"
    return None


def offer(group: Data, address: str, numbers: Range, used: set[int]) -> tuple[t.Any, t.Any]:
    """The networks of an allocation, with their numbers, and its ports; nothing where none is asked."""
    if not group["Networks"]:
        return None, None
    given = set(used)
    networks = []
    for network in group["Networks"]:
        dynamic = [_numbered(port, numbers, given) for port in network["DynamicPorts"] or []]
        networks.append({**network, "IP": address, "DynamicPorts": dynamic or None})
    rows = [
        {"HostIP": address, **{key: port[key] for key in ("Label", "To", "Value")}}
        for port in asked({"Networks": networks})
    ]
    return networks, rows or None


def _numbered(port: Data, numbers: Range, given: set[int]) -> Data:
    low, high = numbers
    number = random.choice([n for n in range(low, high + 1) if n not in given])
    given.add(number)
    # -1 asks for the same number within.
    return {**port, "Value": number, "To": number if port["To"] == -1 else port["To"]}


def environment(alloc: Data) -> dict[str, str]:
    found = {}
    for label, port in of(alloc).items():
        host, number, within = port["HostIP"], str(port["Value"]), str(inner(port))
        found.update({
            f"NOMAD_ADDR_{label}": f"{host}:{number}",
            f"NOMAD_ALLOC_PORT_{label}": within,
            f"NOMAD_HOST_ADDR_{label}": f"{host}:{number}",
            f"NOMAD_HOST_IP_{label}": host,
            f"NOMAD_HOST_PORT_{label}": number,
            f"NOMAD_IP_{label}": host,
            f"NOMAD_PORT_{label}": within,
        })  # fmt: skip
    return found


def canonical(networks: list[Data] | None, shape: Data, port: Data) -> list[Data] | None:
    if networks is None:
        return None
    kinds = ("DynamicPorts", "ReservedPorts")
    return [
        {**filled(network, {}, shape),
         **{kind: [filled(p, {}, port) for p in network.get(kind) or []] or None
            for kind in kinds}}
        for network in networks
    ]  # fmt: skip


def stored(networks: list[Data] | None) -> list[Data] | None:
    """As the server keeps them."""
    for network in networks or []:
        network.pop("Hostname")
        network["MBits"] = network["MBits"] or 0
        for port in asked({"Networks": [network]}):
            port["HostNetwork"] = port["HostNetwork"] or "default"
    return networks or None


def problems(group: Data) -> t.Iterator[str]:
    """What is wrong with the group's networks."""
    labels: set[str] = set()
    numbers: dict[int, str] = {}
    for port in asked(group):
        label, number = port["Label"], port["Value"]
        if label in labels:
            yield f"Port label {label} already in use by taskgroup network"
        labels.add(label)
        if number in numbers:
            yield f"Static port {number} already reserved by {numbers[number]}"
        if number:
            numbers[number] = f"taskgroup network:{label}"
        if number > 65535:
            yield f"Port {label} ({number}) cannot be greater than 65535"
        if port["To"] > 65535:
            yield f'Port "{label}" cannot be mapped to a port ({port["To"]}) greater than 65535'
