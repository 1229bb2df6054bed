# SPDX-License-Identifier: GPL-3.0-or-later
"""Which jobs and runs succeed, which fail, how often they are restarted, how long they take."""

from __future__ import annotations

from . import shared
from .model import Board, Query, Row, Variable, after
from .panels import (
    ANY_IS_BAD,
    Column,
    at_least,
    bargauge,
    stat,
    state_timeline,
    table,
    timeseries,
)

JOB = Variable(
    "nomad_job",
    "Job",
    'label_values(nomad_nomad_job_summary_running{job="nomad", parent_id=""}, exported_job)',
)
CHOSEN = 'exported_job=~"(${nomad_job:regex})(/.*)?"'
# A parent never runs itself, so it would be a row of zeros.
CHOSEN_RUNS = f"{CHOSEN}, {shared.RUNS}"
RESTARTED = after("a task is restarted")
STATE = shared.run_state(CHOSEN)

RUNNING = stat(
    "Running",
    "Jobs and runs that have a running allocation.",
    Query(shared.runs_in_state(1, CHOSEN)),
)
QUEUED = stat(
    "Waiting",
    "Jobs and runs that are queued or starting. One that stays here finds no node: see the Nomad "
    "board for what it waits for.",
    Query(shared.runs_in_state(0, CHOSEN)),
    steps=((None, "green"), (1, "purple")),
    link="Nomad cluster|/d/mlops-nomad",
)
COMPLETE = stat(
    "Complete",
    "Jobs and runs that ended with exit code 0 and that Nomad still knows.",
    Query(shared.runs_in_state(2, CHOSEN)),
    steps=((None, "green"),),
)
FAILED = stat(
    "Failed",
    "Jobs and runs whose last attempt failed in the time shown. An attempt that is followed by a "
    "restart, and one that a later attempt made good, does not count.",
    Query(shared.failed_lately(CHOSEN)),
    steps=ANY_IS_BAD,
)
RATIO = stat(
    "Success",
    "Of the runs that have ended and that Nomad still knows, the share that succeeded.",
    Query(
        f"count(({STATE}) == 2) / (count(({STATE}) == 2) + ({shared.runs_in_state(3, CHOSEN)}))",
        when=after("a run succeeds"),
    ),
    unit="percentunit",
    steps=at_least(0.5, 0.9),
    none="none ended",
    decimals=0,
)
RESTARTS = stat(
    "Restarts",
    "Times that a task was started again in the time shown, at least: Nomad counts anew when a "
    "minute has passed without one.",
    Query(
        "sum(max by (alloc_id, task) (max_over_time("
        f'nomad_client_allocs_restart{{job="nomad", {CHOSEN}}}[$__range]))) or vector(0)'
    ),
    steps=((None, "green"), (1, "yellow"), (10, "red")),
)

TIMELINE = state_timeline(
    "Jobs and runs",
    "Each from its queueing to its end. One that comes back to running after a failure was restarted "
    "or rescheduled.",
    Query(STATE, "{{exported_job}}", shared.A_RUN),
    mapping=shared.RUN_STATES,
    height=10,
)
OUTCOME = timeseries(
    "Outcome of runs",
    "Runs that Nomad knows, by what came of them. A line falls when Nomad forgets old runs.",
    *(
        Query(f"count(({shared.run_state(CHOSEN_RUNS)}) == {number})", text, when)
        for number, text, when in (
            (1, "running", shared.A_RUN),
            (2, "complete", after("a run succeeds")),
            (3, "failed", shared.A_FAILURE),
        )
    ),
    none="no run",
    colors={"complete": "green", "failed": "red", "running": "blue"},
    steady=True,
    min=0,
    decimals=0,
)
ALLOCATIONS = timeseries(
    "Allocations of other jobs",
    "Allocations of services and of jobs that nobody dispatched. Starting ones that never get to running are a "
    "failing deployment.",
    *(
        Query(
            f"sum(max by (exported_job, task_group) "
            f"(nomad_nomad_job_summary_{state}{{"
            f'job="nomad", {CHOSEN}, parent_id=""}}))',
            state,
        )
        for state in ("running", "starting", "queued", "lost")
    ),
    stacked=True,
    steady=True,
    colors={"lost": "orange", "queued": "purple", "running": "blue", "starting": "yellow"},
    none="no job",
    min=0,
    decimals=0,
)
RESTARTED_TASKS = bargauge(
    "Restarts by job",
    "Tasks started again in the time shown. A task that is restarted again and again hides its "
    "failure behind a running job.",
    Query(
        "topk(10, sum by (exported_job) (max by (exported_job, alloc_id, task) (max_over_time("
        f'nomad_client_allocs_restart{{job="nomad", {CHOSEN}}}[$__range]))))',
        "{{exported_job}}",
        RESTARTED,
    ),
    unit="none",
    steps=((None, "yellow"), (5, "red")),
    none="no restart",
)
KILLED = bargauge(
    "Killed for want of memory",
    "Tasks that the kernel ended because they used more memory than they had asked for. Ask for more.",
    Query(
        "topk(10, sum by (exported_job) (max by (exported_job, alloc_id, task) (max_over_time("
        f'nomad_client_allocs_oom_killed{{job="nomad", {CHOSEN}}}[$__range]))))',
        "{{exported_job}}",
        after("a task is killed for want of memory"),
    ),
    unit="none",
    steps=((None, "red"),),
    none="none",
)
SECONDS = f"count_over_time((({shared.summary('running', CHOSEN)}) > 0)[$__range:10s]) * 10"
LIST = table(
    "Runs and jobs",
    "What Nomad knows of each, and how long it was seen running in the time shown. The link leads to "
    "its allocations and logs in Nomad.",
    (
        Column(
            "exported_job",
            "Job",
            link="Logs in Nomad|${nomad}/ui/jobs/${__value.raw:percentencode}",
        ),
        Column("Value #A", "State", mapping=shared.RUN_STATES, width=110),
        Column("Value #B", "Ran for", unit="s", width=120),
        Column("Value #C", "Failed attempts", steps=ANY_IS_BAD, width=130),
        Column("Value #D", "Restarts", steps=((None, "green"), (1, "yellow")), width=100),
        Column("Value #E", "Most memory", unit="bytes", width=130),
    ),
    Query(STATE, "", shared.A_RUN, ("exported_job",)),
    Query(SECONDS, "", shared.A_RUN, ("exported_job",)),
    Query(shared.summary("failed", CHOSEN) + " > 0", "", shared.A_FAILURE, ("exported_job",)),
    Query(
        "sum by (exported_job) (max by (exported_job, alloc_id, task) (max_over_time("
        f'nomad_client_allocs_restart{{job="nomad", {CHOSEN}}}[$__range])))',
        "",
        RESTARTED,
        ("exported_job",),
    ),
    Query(
        "max by (exported_job) (max_over_time("
        f'nomad_client_allocs_memory_usage{{job="nomad", {CHOSEN}}}[$__range]))',
        "",
        shared.A_RUN,
        ("exported_job",),
    ),
    sort="Failed attempts",
    height=11,
)

BOARD = Board(
    uid="mlops-jobs",
    title="MLOps: jobs",
    description="Which jobs and runs succeed, which fail, and how long they take.",
    rows=(
        Row("Outcome", (RUNNING, QUEUED, COMPLETE, FAILED, RATIO, RESTARTS, TIMELINE)),
        Row("Over time", (OUTCOME, ALLOCATIONS)),
        Row("Each job", (LIST,)),
        Row("Trouble", (RESTARTED_TASKS, KILLED)),
    ),
    variables=(JOB, shared.NOMAD_UI),
    annotations=shared.ANNOTATIONS,
    since="now-6h",
)
