# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts leave and join a platform that goes on: one line of the inventory each."""

from __future__ import annotations

import functools
import shutil

import pytest

from . import hosts, plays
from .load import Writing
from .servers import consul, healthy, leading, members, nomad, until

OLD = "control-3: {ansible_host: 172.31.0.13}"
NEW = "control-4: {ansible_host: 172.31.0.14}"
CLIENT = "        worker-2: {ansible_host: 172.31.0.22}\n"


def inventory_with(old: str, new: str) -> None:
    """The scenario goes on with an inventory of which one line is another, or is not there."""
    changed = hosts.HOME / "replaced"
    if not changed.exists():
        shutil.copytree((hosts.HOME / "hosts").resolve(), changed)
    file = changed / "hosts.yml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    link = hosts.HOME / "hosts"
    link.unlink()
    link.symlink_to(changed)
    hosts.inventory.cache_clear()


def test_a_server_is_replaced_while_a_client_writes() -> None:
    old = next(host for host in hosts.everyone() if host.name == "control-3")
    staying = [server for server in members("consul") if server.host != old]
    with Writing(staying) as writing:
        plays.play("decommission", "decommission.yml", f"-ehost={old.name}")
        plays.play("decommission-again", "decommission.yml", f"-ehost={old.name}")
        assert old.docker("ps", "--all", "--quiet") == ""
        until(lambda: healthy("consul", 2), "the two that stay are well")
        assert old.address not in addresses(staying[0].host)

        inventory_with(OLD, NEW)
        plays.play("new-host", "../molecule/cluster/hosts.yml")
        plays.play("new-server", "site.yml")
    for service in ("consul", "nomad"):
        until(functools.partial(healthy, service), f"all servers of {service} are there, and well")
    for server in members("consul"):
        assert writing.lost(server) == set()
    writing.remove(staying[0])
    new = next(host for host in hosts.everyone() if host.name == "control-4")
    assert new.address in addresses(staying[0].host)
    assert leading("consul") in [server.host for server in members("consul")]


@pytest.mark.skipif(not hosts.nomad_is_real(), reason="needs real Nomad, and two of its clients")
def test_a_client_leaves() -> None:
    gone = hosts.group("nomad_clients")[-1]
    plays.play("client-leaves", "decommission.yml", f"-ehost={gone.name}")
    server = nomad(hosts.group("nomad_servers")[0])
    assert gone.address not in {node["Address"] for node in server.get("nodes")}
    assert gone.address not in addresses(hosts.group("consul_servers")[0])
    assert gone.docker("ps", "--all", "--quiet") == ""
    assert gone.name in CLIENT
    inventory_with(CLIENT, "")
    assert gone not in hosts.everyone()


def addresses(host: hosts.Host) -> set[str]:
    """Of all agents that Consul has in its catalog."""
    return {node["Address"] for node in consul(host).get("catalog/nodes")}
