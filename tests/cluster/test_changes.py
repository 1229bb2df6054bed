# SPDX-License-Identifier: GPL-3.0-or-later
"""A platform that is changed goes on serving: host by host, and only while the others are well."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

import pytest

from . import hosts, plays
from .load import Watching, Writing
from .servers import consul, leading, members, secret

FAILED = 2
SERVICES = ("consul", "nomad") if hosts.nomad_is_real() else ("consul",)
LEVEL = "WARN"
CHANGE = tuple(f"-e{service}_log_level={LEVEL}" for service in SERVICES)
NOBODY = "http://127.0.0.1:9"


def test_servers_that_only_the_controller_does_not_reach_are_left_alone() -> None:
    before = started("consul")
    short = ("--tags=consul", "-emlops_wait_timeout=3")
    told = plays.play("unheard", "site.yml", *CHANGE, *short, code=FAILED, https_proxy=NOBODY)
    assert "So it was left alone." in told
    assert started("consul") == before


LIMITED = pytest.param(
    "nomad_clients:localhost",
    marks=pytest.mark.skipif(not hosts.nomad_is_real(), reason="each host of the lab has a server"),
)


@pytest.mark.parametrize("asked", ["all", LIMITED])
def test_a_platform_is_not_given_other_secrets(asked: str, tmp_path: Path) -> None:
    elsewhere = f"-emlops_secrets_dir={tmp_path}"
    told = plays.play("others", "site.yml", elsewhere, f"--limit={asked}", code=FAILED)
    assert "belongs to a secured platform" in told
    assert list(tmp_path.iterdir()) == []


def test_a_changed_setting_reaches_the_servers_one_by_one_and_the_leader_last() -> None:
    """With it goes a token that somebody else may know."""
    led = {service: leading(service) for service in SERVICES}
    before = {service: started(service) for service in SERVICES}
    leaked = secret("consul_prometheus_token")
    assert knows(leaked)
    (hosts.HOME / "secrets" / "consul_prometheus_token").unlink()
    with contextlib.ExitStack() as stack:
        watching = {s: stack.enter_context(Watching(members(s))) for s in SERVICES}
        writing = stack.enter_context(Writing(members("consul")))
        plays.play("rolling", "site.yml", *CHANGE)

    assert not knows(leaked)
    assert knows(secret("consul_prometheus_token"))
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


def knows(token: str) -> bool:
    """Whether Consul lets in who has it."""
    server = consul(hosts.group("consul_servers")[0])
    answer = dataclasses.replace(server, token=token).request("GET", "acl/token/self")
    assert answer.ok or "ACL not found" in answer.text, answer.text
    return answer.ok


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
