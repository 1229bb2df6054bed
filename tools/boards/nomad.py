# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduler: its leader, its log, its queues."""

from __future__ import annotations

from dataclasses import replace

from . import shared
from .model import Board, Query, Row, after, needs
from .overview import NOMAD_LEADER
from .panels import NONE_IS_BAD, bargauge, stat, state_timeline, timeseries, up_to

SEVERAL = needs("more than one Nomad server")
BLOCKED = after("a job asks for more CPU than any node has")


def leaders(name: str) -> str:
    """A gauge that followers report as 0, or that only the leader has."""
    return f'max({name}{{job="nomad"}})'


HEALTH = stat(
    "Autopilot",
    "What the leader thinks of the servers: all of them healthy or not.",
    Query('min(nomad_nomad_autopilot_healthy{job="nomad"})'),
    steps=NONE_IS_BAD,
    mapping={0: ("unhealthy", "red"), 1: ("healthy", "green")},
    none="no leader",
)
TOLERANCE = stat(
    "May be lost",
    "Servers that may fail before the cluster loses its quorum. A single server has none to spare, which "
    "is not its fault.",
    Query(
        f"{leaders('nomad_nomad_autopilot_failure_tolerance')}"
        ' - (count(nomad_raft_lastIndex{job="nomad"}) == bool 1)'
    ),
    steps=((None, "yellow"), (1, "green")),
    mapping={-1: ("single server", "blue")},
    none="no leader",
)
SERVERS = stat(
    "Servers",
    "Servers that report the index of their log.",
    Query('count(nomad_raft_lastIndex{job="nomad"})'),
    steps=NONE_IS_BAD,
    none="none",
)
CLIENTS = stat(
    "Clients alive",
    "Clients whose heartbeat the leader waits for. One that has missed it is no longer counted.",
    Query(leaders("nomad_nomad_heartbeat_active")),
    steps=NONE_IS_BAD,
    none="no leader",
)
WAITING = stat(
    "Blocked evaluations",
    "Work that fits on no node now. It is placed as soon as something ends; until then it waits.",
    Query(leaders("nomad_nomad_blocked_evals_total_blocked")),
    steps=((None, "green"), (1, "yellow"), (10, "red")),
    none="no leader",
)
STATES = state_timeline(
    "Scrapes of Nomad",
    "Whether each agent answers. A gap is a time in which Prometheus itself was not there.",
    Query('min by (instance) (up{job="nomad"})', "{{instance}}"),
    mapping=shared.UP,
    height=4,
)

BROKER = timeseries(
    "Evaluation broker",
    "Evaluations by where they are. Ready ones pile up when the schedulers are too slow, unacked "
    "ones are being worked on, pending ones wait for another of the same job.",
    *(
        Query(leaders(f"nomad_nomad_broker_total_{name}"), name)
        for name in ("ready", "unacked", "pending", "waiting")
    ),
    steady=True,
    none="no leader",
    min=0,
    decimals=0,
)
QUEUES = timeseries(
    "Plan queue and blocked work",
    "Plans wait where the leader cannot apply them as fast as they come; blocked evaluations wait "
    "for room on a node.",
    Query(leaders("nomad_nomad_plan_queue_depth"), "plans in the queue"),
    Query(leaders("nomad_nomad_blocked_evals_total_blocked"), "blocked evaluations"),
    Query(leaders("nomad_nomad_blocked_evals_total_escaped"), "blocked, on any class of node"),
    steady=True,
    none="no leader",
    min=0,
    decimals=0,
)
WHO_WAITS = bargauge(
    "Who waits for how much CPU",
    "MHz that jobs have asked for and that no node has. Blocked evaluations without any here wait for "
    "something else: memory, a constraint.",
    Query(
        "max by (exported_job) (nomad_nomad_blocked_evals_job_cpu"
        '{job="nomad", exported_job!=""}) > 0',
        "{{exported_job}}",
        BLOCKED,
    ),
    unit="rotmhz",
    steps=((None, "orange"),),
    none="nobody waits",
    height=5,
)
WHO_WAITS_MEMORY = bargauge(
    "Who waits for how much memory",
    "Memory that jobs have asked for and that no node has. Nomad names the first thing that is short: "
    "a job that waits for CPU shows none here.",
    Query(
        "max by (exported_job) (nomad_nomad_blocked_evals_job_memory"
        '{job="nomad", exported_job!=""}) * 1048576 > 0',
        "{{exported_job}}",
        after("a job asks for more memory than any node has"),
    ),
    unit="bytes",
    steps=((None, "orange"),),
    none="nobody waits",
    height=5,
)
SCHEDULER = timeseries(
    "Time to schedule",
    "Mean time of one scheduler's work on an evaluation in the last five minutes, by type of job.",
    *(
        Query(
            shared.average_ms(f"nomad_nomad_worker_invoke_scheduler_{kind}"),
            f"{{{{instance}}}} {kind}",
            after(f"a {kind} job is scheduled"),
        )
        for kind in ("batch", "service")
    ),
    unit="ms",
    none="none was timed",
    steps=up_to(500, 2000),
)
PLANS = timeseries(
    "Time to apply a plan",
    "Mean time from submitting a plan to its answer. Raft's log is in it, so a slow disk shows here.",
    Query(
        shared.average_ms("nomad_nomad_plan_submit"),
        "{{instance}} submit",
        shared.A_RUN,
    ),
    Query(
        shared.average_ms("nomad_nomad_plan_evaluate"),
        "{{instance}} evaluate",
        shared.A_RUN,
    ),
    unit="ms",
    none="none was timed",
    steps=up_to(500, 2000),
)

COMMIT = timeseries(
    "Time to commit",
    "Mean time from an entry's arrival to its commit: the disks, and the network between servers.",
    Query(shared.average_ms("nomad_raft_commitTime"), "{{instance}}", shared.A_WRITE),
    unit="ms",
    none="none was timed",
    steps=up_to(100, 500),
    width=8,
)
STORE = timeseries(
    "Time to write the log",
    "Mean time of writing entries to the server's disk, its fsync included.",
    Query(shared.average_ms("nomad_raft_boltdb_storeLogs"), "{{instance}}", shared.A_WRITE),
    unit="ms",
    none="none was timed",
    steps=up_to(100, 500),
    width=8,
)
CONTACT = timeseries(
    "Leader's last contact",
    "How long ago the leader has heard of its followers. After half a second it steps down. A single "
    "server has nobody to hear of.",
    Query(
        'max by (instance) (nomad_raft_leader_lastContact{job="nomad", quantile="0.9"})',
        "{{instance}}",
        SEVERAL,
    ),
    unit="ms",
    steps=up_to(200, 500),
    none="a single server",
    width=8,
)
WRITES = timeseries(
    "Entries written",
    "Entries that are applied a second: what the cluster's state costs.",
    Query('rate(nomad_raft_appliedIndex{job="nomad"}[5m])', "{{instance}}"),
    unit="ops",
    min=0,
    width=8,
)
LAG = timeseries(
    "Lag between servers",
    "Entries that the slowest server is behind the fastest. One scrape's difference is none.",
    Query(
        'max(nomad_raft_appliedIndex{job="nomad"}) - min(nomad_raft_appliedIndex{job="nomad"})',
        "entries behind",
    ),
    unit="none",
    steps=up_to(500, 1000),
    min=0,
    width=8,
)
RPC = timeseries(
    "Requests between agents",
    "RPCs that each server answers a second.",
    Query('rate(nomad_nomad_rpc_request{job="nomad"}[5m])', "{{instance}} requests"),
    Query('rate(nomad_nomad_rpc_query{job="nomad"}[5m])', "{{instance}} queries", shared.A_RUN),
    unit="reqps",
    none="none was counted",
    min=0,
    width=8,
)

BOARD = Board(
    uid="mlops-nomad",
    title="MLOps: Nomad cluster",
    description="The scheduler: its leader, its queues, its log.",
    rows=(
        Row(
            "Health",
            (replace(NOMAD_LEADER, width=4), HEALTH, SERVERS, TOLERANCE, CLIENTS, WAITING, STATES),
        ),
        Row("Scheduling", (BROKER, QUEUES, SCHEDULER, PLANS, WHO_WAITS, WHO_WAITS_MEMORY)),
        Row("Raft and requests", (COMMIT, STORE, CONTACT, WRITES, LAG, RPC)),
    ),
    annotations=shared.ANNOTATIONS,
)
