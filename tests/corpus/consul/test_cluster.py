# SPDX-License-Identifier: GPL-3.0-or-later
"""Three servers, of which the leader, or the one that is asked, is lost in the midst of a write."""

from __future__ import annotations

import json
from unittest import mock

from ansible_collections.mlops.infra.plugins.module_utils._consul import client

from ..shared import runner
from ..shared.proxy import counting
from . import servers, stage

TREE = {f"k{n:05}": f"{n}".rjust(1000, ".") for n in range(3000)}
MIDWAY = 10


def leader(three: list[servers.Server]) -> servers.Server:
    told = three[0].get("status/leader")
    (found,) = (s for s in three if s.get("agent/self")["DebugConfig"]["ServerPort"] == port(told))
    return found


def port(address: str) -> int:
    return int(address.rpartition(":")[2])


def write(server: str, victim: servers.Server) -> tuple[runner.Result, set[str]]:
    """What came of it when the victim was lost, and the keys that were acknowledged."""
    acknowledged: set[str] = set()
    transact = client.Consul.transact

    def noted(self: client.Consul, body: bytes) -> client.Answer:
        answer = transact(self, body)
        if not answer.errors:
            acknowledged.update(operation["KV"]["Key"] for operation in json.loads(body))
        return answer

    def kills(number: int) -> None:
        if number == MIDWAY:
            victim.kill()

    with counting(server, kills) as proxy, mock.patch.object(client.Consul, "transact", noted):
        result = stage.Stage(proxy.address).run("consul_kv", prefix="big", tree=TREE, timeout=20)
    return result, acknowledged


def check_told(
    result: runner.Result, acknowledged: set[str], survivor: stage.Stage, told: list[str]
) -> None:
    after = survivor.tree("big/")
    assert acknowledged, "it was lost midway, and not before anything was written"
    assert acknowledged <= set(after), "what was acknowledged is there"
    wanted = {f"big/{key}": (value.encode(), 0) for key, value in TREE.items()}
    assert after.items() <= wanted.items()
    if result.get("failed"):
        assert result["changed"]
        assert acknowledged <= set(result["changed_keys"])
        assert f"{len(acknowledged)} of {len(TREE)} keys" in result["msg"]
    else:
        assert after == wanted
        assert result["written"] == sorted(wanted)
    word = result.get("msg", "went on with the new leader and wrote everything")
    told.append(f"{len(acknowledged)} keys were acknowledged, {len(after)} are there: {word[:300]}")
    again = survivor.run("consul_kv", prefix="big", tree=TREE)
    assert survivor.tree("big/") == wanted
    assert again["changed"] == (after != wanted)


def test_the_leader_is_lost(three: list[servers.Server], told: list[str]) -> None:
    lost = leader(three)
    asked = next(server for server in three if server != lost)
    result, acknowledged = write(asked.address, lost)
    assert not result.get("failed"), "an election passes by itself: " + result["msg"]
    check_told(result, acknowledged, stage.Stage(asked.address), told)


def test_the_leader_is_lost_and_it_was_asked(three: list[servers.Server], told: list[str]) -> None:
    lost = leader(three)
    survivor = next(server for server in three if server != lost)
    result, acknowledged = write(lost.address, lost)
    wait_for_another(survivor, lost)
    check_told(result, acknowledged, stage.Stage(survivor.address), told)
    assert result["failed"]


def test_no_majority_is_left(three: list[servers.Server], told: list[str]) -> None:
    """Who is asked is there, and has no leader to ask."""
    asked, *others = three
    consul = stage.Stage(asked.address)
    consul.put_all({"big/k00000": (b"before", 0)})
    for server in others:
        server.kill()
    result = consul.run("consul_kv", prefix="big", tree=TREE, timeout=15)
    assert result["failed"]
    assert not result["changed"]
    assert asked.address in result["msg"]
    told.append(result["msg"][:300])


def wait_for_another(survivor: servers.Server, lost: servers.Server) -> None:
    """A new leader, which reads consistently."""
    for _ in range(200):
        try:
            if stage.Stage(survivor.address).ask("GET", "kv/?recurse&consistent").status_code < 500:
                return
        except OSError:
            pass
    raise AssertionError(f"no server took the place of {lost.address}")
