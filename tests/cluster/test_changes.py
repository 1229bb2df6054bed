# SPDX-License-Identifier: GPL-3.0-or-later
"""A platform that is changed goes on serving: host by host, and only while the others are well."""

from __future__ import annotations

import contextlib

from . import hosts, plays
from .load import Watching, Writing
from .servers import leading, members

SERVICES = ("consul", "nomad") if hosts.nomad_is_real() else ("consul",)
LEVEL = "WARN"


def test_a_changed_setting_reaches_the_servers_one_by_one_and_the_leader_last() -> None:
    led = {service: leading(service) for service in SERVICES}
    before = {service: started(service) for service in SERVICES}
    with contextlib.ExitStack() as stack:
        watching = {s: stack.enter_context(Watching(members(s))) for s in SERVICES}
        writing = stack.enter_context(Writing(members("consul")))
        plays.play("rolling", "site.yml", *(f"-e{s}_log_level={LEVEL}" for s in SERVICES))

    for service in SERVICES:
        after = started(service)
        assert not set(after.items()) & set(before[service].items()), "one was not restarted"
        assert watching[service].overlaps() == []
        assert max(after, key=lambda name: after[name]) == led[service].name
        assert {level(service, host.name) for host in hosts.group(f"{service}_servers")} == {LEVEL}
    for server in members("consul"):
        assert writing.lost(server) == set()
    assert len(writing.acknowledged) > 100
    writing.remove(members("consul")[0])


def started(service: str) -> dict[str, str]:
    """Since when each server's container runs; the texts of times are ordered as these."""
    shown = "--format={{.State.StartedAt}}"
    servers = hosts.group(f"{service}_servers")
    return {h.name: h.docker("inspect", shown, f"{hosts.NAME}-{service}").strip() for h in servers}


def level(service: str, name: str) -> str:
    server = next(server for server in members(service) if server.host.name == name)
    told = server.get("agent/self")
    if service == "consul":
        return str(told["DebugConfig"]["Logging"]["LogLevel"])
    return str(told["config"]["LogLevel"])
