# SPDX-License-Identifier: GPL-3.0-or-later
"""What the platform goes on doing while a part of it is lost."""

from __future__ import annotations

import pytest
import requests

from . import hosts, runs
from .load import Writing
from .servers import Server, consul, healthy, leader, leading, members, nomad, until

real_nomad = pytest.mark.skipif(
    not hosts.nomad_is_real(), reason="needs real Nomad: there is no image hashicorp/nomad here"
)

# Slow enough to be watched; a checkpoint about each epoch.
SLOW = {"epochs": 30, "min_epoch_seconds": 1, "checkpoint_steps": 40, "linger_seconds": 0}


def test_a_leader_that_is_killed_takes_no_write_with_it() -> None:
    lost = leading("consul")
    others = [server for server in members("consul") if server.host != lost]
    with Writing(others) as writing:
        enough = writing.more(20)
        until(lambda: len(writing.acknowledged) >= enough, "writes are acknowledged")
        with hosts.stopped(lost, "consul"):
            until(lambda: leader("consul", others) not in (None, lost), "another one leads")
            enough = writing.more(20)
            until(lambda: len(writing.acknowledged) >= enough, "writes are acknowledged again")
        until(lambda: healthy("consul"), "all servers are well again")
    for server in members("consul"):
        assert writing.lost(server) == set()
    writing.remove(others[0])


def test_the_smaller_part_of_a_divided_cluster_promises_nothing() -> None:
    lonely = leading("consul")
    others = [server for server in members("consul") if server.host != lonely]
    key = "kv/mlops/test/divided"
    with hosts.cut_off(lonely, [host for host in hosts.everyone() if host != lonely]):
        until(lambda: leader("consul", others) not in (None, lonely), "the others elect a leader")
        others[0].ask("PUT", key, b"by the many")
        until(lambda: refuses(consul(lonely), key), "the lonely one refuses to write")
        assert kept(others[1], key, "consistent") == "by the many"
    until(lambda: healthy("consul"), "the cluster is whole again")
    for server in members("consul"):
        assert kept(server, key, "stale") == "by the many"
    others[0].ask("DELETE", key)


def kept(server: Server, key: str, consistency: str) -> str:
    return server.request("GET", key, raw="true", **{consistency: "true"}).text


def refuses(server: Server, key: str) -> bool:
    """It says that there is no leader, or nothing at all; that it has written is never right."""
    try:
        answer = server.request("PUT", key, b"by the lonely")
    except requests.ReadTimeout:
        return False
    assert not (answer.ok and answer.json())
    return answer.status_code == 500


@real_nomad
def test_a_dispatch_while_the_leader_is_killed_starts_one_run() -> None:
    lost = leading("nomad")
    others = [server for server in members("nomad") if server.host != lost]
    with hosts.stopped(lost, "nomad"):
        job = runs.dispatched_in_any_case(others, "leader-killed")
    until(lambda: healthy("nomad"), "all servers are well again")
    assert runs.named(others[0], "leader-killed") == [job]
    assert runs.over(others[0], job) == 0


@real_nomad
def test_a_run_whose_host_is_lost_goes_on_elsewhere() -> None:
    server = nomad(hosts.group("nomad_servers")[0])
    stays, goes = hosts.group("trainers")
    with runs.only_on(server, goes):
        job = runs.dispatched(server, "host-lost", **SLOW)
        until(lambda: len(runs.epochs(stays, job)) >= 5, "the run has trained")
    with hosts.lost(goes):
        before = len(runs.epochs(stays, job))
        until(lambda: runs.runs_on(server, job, stays), "the other host takes it over", 240)
        until(lambda: len(runs.epochs(stays, job)) > before, "it trains on")
    assert runs.over(server, job) == 0
    assert runs.epochs(stays, job) == list(range(SLOW["epochs"] + 1)), (
        "an epoch is missing, or there twice"
    )
    record = runs.record(job)
    assert record["attempts"] == 2
    assert record["resumed_from_step"] > 0
    until(lambda: runs.ready(server, goes), "the host is back", 180)
