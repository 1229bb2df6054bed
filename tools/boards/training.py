# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs: how they learn, how fast, what came of them, which was best."""

from __future__ import annotations

import functools

from . import shared
from .model import Board, Query, Row, Variable, after
from .panels import Column, bargauge, stat, state_timeline, table, timeseries, up_to

CHOSEN = 'job="ml-training", run_name=~"$run_name", run_id=~"$run_id"'
RUN = shared.A_RUN
BY_RUN = "run_name, run_id"
NAME = Variable("run_name", "Run", 'label_values(ml_training_state{job="ml-training"}, run_name)')
ID = Variable(
    "run_id",
    "Run id",
    'label_values(ml_training_state{job="ml-training", run_name=~"$run_name"}, run_id)',
)
CHECKPOINT = after("a run has written a checkpoint")


def metric(name: str, more: str = "") -> str:
    return f"ml_training_{name}{{{CHOSEN}{more}}}"


def ever(name: str, more: str = "", how: str = "max", by: str = BY_RUN) -> str:
    """Of the time shown; so it stays when the run has ended and is no longer scraped. Prometheus has
    last_over_time only from 2.26 on, which is later than some that this has to work with."""
    return f"{how} by ({by}) ({how}_over_time({metric(name, more)}[$__range]))"


# A later attempt makes an earlier one good, so a run that was ever done is done; of the others the
# state now counts, and one that was last seen running is neither running nor ended.
STATE = (
    f"max by ({BY_RUN}) (max_over_time(({metric('state')} == 2)[$__range:5s]))"
    f" or max by ({BY_RUN}) ({metric('state')})"
    f" or ({ever('state')} == 1) + 4"
    f" or {ever('state')}"
)


def short(expression: str) -> str:
    """The end of the run's id as the label run: the id itself is longer than what there is room for."""
    return f'label_replace({expression}, "run", "$1", "run_id", ".*-(.*)")'


# The run that was started last, ended or not.
LATEST = (
    f"topk(1, max by ({BY_RUN}) (max_over_time(process_start_time_seconds{{{CHOSEN}}}[$__range])))"
)


def latest(expression: str) -> str:
    return f"({expression}) and on (run_id) {LATEST}"


curves = functools.partial(timeseries, none="no run in this time")

VAL = ', split="val"'
TRAIN = ', split="train"'

LAST_STATE = stat(
    "Last run",
    "The run that was started last, and what it does or how it ended.",
    Query(latest(STATE), "{{run_name}}", RUN),
    mapping=shared.TRAINING_STATES,
    none="no run",
    width=5,
    names=True,
)
LAST_ACCURACY = stat(
    "Its best validation accuracy",
    "The best of its epochs; it stays when the run has ended.",
    Query(latest(ever("accuracy", VAL)), "", RUN),
    unit="percentunit",
    steps=((None, "red"), (0.5, "yellow"), (0.9, "green")),
    none="no run",
    width=5,
    decimals=1,
)
LAST_LOSS = stat(
    "Its lowest validation loss",
    "The lowest of its epochs.",
    Query(latest(f"{ever('loss', VAL, 'min')} {shared.CONVERGES}"), "", RUN),
    none="none",
    width=5,
    decimals=3,
)
LEFT = stat(
    "Time left",
    "Of the run that needs longest, at the pace of the last two minutes. None is shown before two "
    "epochs are done, and after the end.",
    Query(
        f"max((max by (run_id) ({metric('epochs')}) - max by (run_id) ({metric('epoch')}))"
        f" / (max by (run_id) (deriv({metric('epoch')}[2m])) > 0))",
        "",
        RUN,
    ),
    unit="s",
    none="nothing runs",
    width=4,
)
ALIVE = stat(
    "Running",
    "Runs that are training now.",
    Query(f"count({metric('state')} == 1) or vector(0)"),
    width=5,
    height=4,
)
CURVES_LOSS = curves(
    "Loss",
    "Mean cross-entropy after each epoch, on a logarithmic scale. Validation rising while training "
    "falls is overfitting; a flat line from the start is a learning rate that does not fit. A run whose "
    "loss is 1e9 and more has diverged and is left out.",
    Query(
        f"max by ({BY_RUN}, split) ({metric('loss')}) {shared.CONVERGES}",
        "{{run_name}} {{split}}",
        RUN,
    ),
    unit="none",
    log=True,
    decimals=3,
    height=10,
)
CURVES_ACCURACY = curves(
    "Accuracy",
    "Share of right answers, on what the model was trained with and on what it was not.",
    Query(f"max by ({BY_RUN}, split) ({metric('accuracy')})", "{{run_name}} {{split}}", RUN),
    unit="percentunit",
    max=1,
    height=10,
)
GAP = curves(
    "Gap of generalisation",
    "Validation loss less training loss. It opens where a run learns its data by heart: stop early, "
    "or take a smaller model.",
    Query(
        f"(max by ({BY_RUN}) ({metric('loss', VAL)}) {shared.CONVERGES})"
        f" - (max by ({BY_RUN}) ({metric('loss', TRAIN)}) {shared.CONVERGES})",
        "{{run_name}}",
        RUN,
    ),
    unit="none",
    width=8,
    decimals=3,
)
RATE = curves(
    "Learning rate",
    "The size of a step of the descent, on a logarithmic scale.",
    Query(f"max by ({BY_RUN}) ({metric('learning_rate')})", "{{run_name}}", RUN),
    unit="none",
    width=8,
    log=True,
)
PROGRESS = curves(
    "Epochs",
    "Share of the epochs that are done. A line that stays level is a run that hangs, or one that was "
    "started again and works its way back.",
    Query(
        f"max by ({BY_RUN}) ({metric('epoch')}) / max by ({BY_RUN}) ({metric('epochs')})",
        "{{run_name}}",
        RUN,
    ),
    unit="percentunit",
    width=8,
    min=0,
    max=1,
)
PACE = curves(
    "Throughput",
    "Samples trained in a second of work. It falls when runs share a CPU.",
    Query(f"max by ({BY_RUN}) ({metric('samples_per_second')})", "{{run_name}}", RUN),
    unit="short",
    min=0,
)
CPU = curves(
    "CPU of runs",
    "What each run uses; 100% is one CPU.",
    Query(
        f"sum by ({BY_RUN}) (rate(process_cpu_seconds_total{{{CHOSEN}}}[$__rate_interval]))",
        "{{run_name}}",
        RUN,
    ),
    unit="percentunit",
    min=0,
)
MEMORY = curves(
    "Memory of runs",
    "Resident memory of each run. At what the job asks for, the run is killed.",
    Query(f"max by ({BY_RUN}) (process_resident_memory_bytes{{{CHOSEN}}})", "{{run_name}}", RUN),
    unit="bytes",
    min=0,
)
AGE = timeseries(
    "Age of the checkpoint",
    "What a crash now would cost: the time since the last checkpoint.",
    Query(
        f"time() - max by ({BY_RUN}) ({metric('checkpoint_timestamp_seconds')})",
        "{{run_name}}",
        CHECKPOINT,
    ),
    unit="s",
    none="no checkpoint in this time",
    steps=up_to(300, 900),
    min=0,
)
STATES = state_timeline(
    "State of runs",
    "Each run from its start until it is no longer scraped, a short while after its end.",
    Query(short(f"max by ({BY_RUN}) ({metric('state')})"), "{{run_name}} {{run}}", RUN),
    mapping=shared.TRAINING_STATES,
    none="no run in this time",
    width=12,
    height=8,
)
BEST = bargauge(
    "Best runs",
    "The ten best validation accuracies of the time shown.",
    Query(short(f"topk(10, {ever('accuracy', VAL)})"), "{{run_name}} {{run}}", RUN),
    steps=((None, "red"), (0.5, "yellow"), (0.9, "green")),
    none="no run in this time",
    height=8,
    min=0,
    max=1,
    decimals=1,
    link="Only this run|/d/mlops-training?var-run_id=${__field.labels.run_id}",
)
ELAPSED = (
    f"max by ({BY_RUN}) (max_over_time((time() - process_start_time_seconds{{{CHOSEN}}})"
    "[$__range:5s]))"
)
COMPARISON = table(
    "Comparison of runs",
    "The runs of the time shown with their parameters and what came of them. The link leads to the "
    "run's allocation and log in Nomad.",
    (
        Column("run_name", "Run"),
        Column(
            "run_id",
            "Run id",
            link="Logs in Nomad|${nomad}/ui/jobs/ml-training%2F${__value.raw:percentencode}",
        ),
        Column("Value #A", "State", mapping=shared.TRAINING_STATES, width=90),
        Column("Value #B", "Best accuracy", unit="percentunit", decimals=1, width=120),
        Column("Value #C", "Lowest loss", decimals=3, width=110),
        Column("Value #D", "Epochs", width=80),
        Column("Value #E", "Samples/s", unit="short", width=100),
        Column("Value #F", "Took", unit="s", width=100),
        Column("learning_rate", "Learning rate", width=110),
        Column("batch_size", "Batch", width=80),
        Column("hidden_units", "Hidden", width=80),
        Column("seed", "Seed", width=70),
    ),
    Query(STATE, "", RUN, ("run_name", "run_id")),
    Query(ever("accuracy", VAL), "", RUN, ("run_name", "run_id")),
    Query(
        f"{ever('loss', VAL, 'min')} {shared.CONVERGES}",
        "",
        RUN,
        ("run_name", "run_id"),
    ),
    Query(ever("epoch"), "", RUN, ("run_name", "run_id")),
    Query(ever("samples_per_second", how="avg"), "", RUN, ("run_name", "run_id")),
    Query(ELAPSED, "", RUN, ("run_name", "run_id")),
    Query(
        ever("run_info", by=f"{BY_RUN}, learning_rate, batch_size, hidden_units, seed"),
        "",
        RUN,
        ("run_name", "run_id", "learning_rate", "batch_size", "hidden_units", "seed"),
    ),
    sort="Best accuracy",
    none="no run in this time",
    height=10,
)

BOARD = Board(
    uid="mlops-training",
    title="MLOps: training",
    description="How the runs learn, how fast, what came of them, and which was best.",
    rows=(
        Row("Last run", (LAST_STATE, LAST_ACCURACY, LAST_LOSS, LEFT, ALIVE)),
        Row("Curves", (CURVES_LOSS, CURVES_ACCURACY, GAP, RATE, PROGRESS)),
        Row("Comparison", (COMPARISON, BEST, STATES)),
        Row("Pace", (PACE, AGE, CPU, MEMORY)),
    ),
    variables=(NAME, ID, shared.NOMAD_UI),
    annotations=shared.ANNOTATIONS,
)
