# SPDX-License-Identifier: GPL-3.0-or-later
"""The first look: is the platform well, and what do the runs do."""

from __future__ import annotations

from . import shared
from .model import Board, Query, Row, after
from .panels import (
    ANY_IS_BAD,
    NONE_IS_BAD,
    at_least,
    bargauge,
    stat,
    state_timeline,
    timeseries,
)
from .shared import CONVERGES, shares

CONSUL_LEADER = stat(
    "Consul leader",
    "Servers that say they lead; exactly one must. Consul before 1.10 does not say so: there only "
    "the leader reports the autopilot's health, and those who do are counted.",
    Query(
        'sum(consul_server_isLeader{job="consul"}) or count(consul_autopilot_healthy{job="consul"})'
    ),
    steps=NONE_IS_BAD,
    mapping=shared.LEADER,
    none="no leader",
    link="Nodes and services|/d/mlops-nodes",
    width=3,
)
NOMAD_LEADER = stat(
    "Nomad leader",
    "Servers that report the age of the oldest entry in Raft's log, which only a leader does. The "
    "one before it may be counted for a minute after an election.",
    Query('count(nomad_raft_leader_oldestLogAge{job="nomad"})'),
    steps=NONE_IS_BAD,
    mapping=shared.LEADER,
    none="no leader",
    link="Nomad cluster|/d/mlops-nomad",
    width=3,
)
DOWN = stat(
    "Services down",
    "Services that Prometheus cannot scrape. Runs are not counted: each is down for a moment when it "
    "ends, until Consul knows.",
    Query('count(up{job!="ml-training"} == 0) or vector(0)'),
    steps=ANY_IS_BAD,
    mapping={0: ("all up", "green")},
    link="Nodes and services|/d/mlops-nodes",
    width=3,
)
READY = stat(
    "Nodes ready",
    "Nomad clients that take work: ready and eligible. None means that every run waits.",
    Query(
        "count(max by (node_id) (nomad_client_uptime"
        '{job="nomad", node_status="ready", node_scheduling_eligibility="eligible"})) or vector(0)'
    ),
    steps=NONE_IS_BAD,
    link="Nodes and services|/d/mlops-nodes",
    width=3,
)
RUNNING = stat(
    "Runs now",
    "Dispatched runs of any parameterized job that are running.",
    Query(shared.runs_in_state(1)),
    link="Jobs|/d/mlops-jobs",
)
FAILED = stat(
    "Runs failed",
    "Runs that ended without success in the time shown and are not tried again.",
    Query(shared.failed_lately()),
    steps=ANY_IS_BAD,
    link="Jobs|/d/mlops-jobs",
)

CPU = shares(
    "CPU",
    "How busy the nodes are, against the share of their CPU that jobs have reserved. Reserved and "
    "idle: jobs ask for too much. Busy and not reserved: something else runs there.",
    Query(
        'avg by (instance) (nomad_client_host_cpu_total_percent{job="nomad"}) / 100',
        "{{instance}} used",
    ),
    Query(shared.reserved("cpu"), "{{instance}} reserved"),
    dashed=".*reserved",
)
MEMORY = shares(
    "Memory",
    "What the nodes use, against the share of their memory that jobs have reserved.",
    Query(
        f"1 - {shared.gauge('host_memory_available')} / {shared.gauge('host_memory_total')}",
        "{{instance}} used",
    ),
    Query(shared.reserved("memory"), "{{instance}} reserved"),
    dashed=".*reserved",
)

LOSS = timeseries(
    "Loss",
    "Mean cross-entropy after each epoch of the runs that are alive, on a logarithmic scale. It "
    "falls where a run learns; validation rising while training falls is overfitting. One of 1e9 and "
    "more has diverged and is left out.",
    Query(
        f'max by (run_name, run_id, split) (ml_training_loss{{job="ml-training"}}) {CONVERGES}',
        "{{run_name}} {{split}}",
        shared.A_RUN,
    ),
    unit="none",
    none="no run is alive",
    log=True,
    decimals=3,
)
ACCURACY = timeseries(
    "Validation accuracy",
    "Share of right answers on what the model has not been trained with.",
    Query(
        'max by (run_name, run_id) (ml_training_accuracy{job="ml-training", split="val"})',
        "{{run_name}}",
        shared.A_RUN,
    ),
    unit="percentunit",
    none="no run is alive",
    max=1,
)
PROGRESS = bargauge(
    "Progress",
    "Epochs done of those to do, of the runs that are alive.",
    Query(
        'max by (run_name, run_id) (ml_training_epoch{job="ml-training"})'
        ' / max by (run_name, run_id) (ml_training_epochs{job="ml-training"})',
        "{{run_name}}",
        shared.A_RUN,
    ),
    steps=((None, "blue"), (1, "green")),
    none="no run is alive",
    width=6,
    height=7,
    min=0,
    max=1,
    link="Training|/d/mlops-training?var-run_name=${__field.labels.run_name}",
)
RUN_STATES = state_timeline(
    "Runs",
    "Each dispatched run from its queueing to its end.",
    Query(shared.run_state(), "{{exported_job}}", shared.A_RUN),
    mapping=shared.RUN_STATES,
    none="no run in this time",
    width=18,
)
TARGETS = state_timeline(
    "Services",
    "What Prometheus scrapes. A run has its own row for as long as it lives.",
    Query('min by (job, instance) (up{job!="ml-training"})', "{{job}} {{instance}}"),
    mapping=shared.UP,
)
SUCCESS = stat(
    "Runs succeeded",
    "Of the runs that have ended and that Nomad still knows.",
    Query(
        f"count(({shared.run_state()}) == 2) / (count(({shared.run_state()}) == 2)"
        f" + ({shared.runs_in_state(3)}))",
        when=after("a run succeeds"),
    ),
    unit="percentunit",
    steps=at_least(0.5, 0.9),
    none="none ended",
    link="Jobs|/d/mlops-jobs",
    decimals=0,
)

BOARD = Board(
    uid="mlops-overview",
    title="MLOps: overview",
    description="Is the platform well, and what do the training runs do.",
    rows=(
        Row(
            "Is it well",
            (CONSUL_LEADER, NOMAD_LEADER, READY, DOWN, RUNNING, FAILED, SUCCESS),
        ),
        Row("Training now", (LOSS, ACCURACY, PROGRESS, RUN_STATES)),
        Row("CPU and memory", (CPU, MEMORY)),
        Row("Services", (TARGETS,)),
    ),
    annotations=shared.ANNOTATIONS,
)
