# SPDX-License-Identifier: GPL-3.0-or-later
"""What several boards ask or show alike.

Nomad's own label job arrives as exported_job; job is the scrape job. Its series vanish a minute after
their last update, so nothing here takes the increase of a Nomad counter that is born with an event.
What only the leader reports overlaps for a minute after an election, hence max and never sum.
"""

from __future__ import annotations

import functools

from .model import Annotation, Query, Variable, after
from .panels import FRACTION, Mapping, stat, timeseries

# A share of a whole, as one number and as lines.
share = functools.partial(stat, unit="percentunit", spark=True, decimals=0, min=0, max=1)
shares = functools.partial(timeseries, unit="percentunit", steps=FRACTION, min=0, max=1)

RUN_STATES: Mapping = {
    0: ("queued", "purple"),
    1: ("running", "blue"),
    2: ("complete", "green"),
    3: ("failed", "red"),
    4: ("lost", "orange"),
}
TRAINING_STATES: Mapping = {
    0: ("pending", "purple"),
    1: ("running", "blue"),
    2: ("done", "green"),
    3: ("failed", "red"),
    4: ("stopped", "orange"),
    5: ("lost from sight", "orange"),
}
UP: Mapping = {0: ("down", "red"), 1: ("up", "green")}

LEADER: Mapping = {
    0: ("no leader", "red"),
    1: ("elected", "green"),
    (2, None): ("more than one", "red"),
}

# More than that is a run that has diverged; drawn with the others, it would make one flat line of them.
CONVERGES = "< 1e9"

RUNS = 'parent_id!=""'
A_RUN = after("a run is dispatched")
A_WRITE = after("Nomad's state changes")
A_FAILURE = after("a run fails")


def summary(state: str, matchers: str = RUNS, by: str = "exported_job") -> str:
    return f'max by ({by}) (nomad_nomad_job_summary_{state}{{job="nomad", {matchers}}})'


def run_state(matchers: str = RUNS, by: str = "exported_job") -> str:
    """One number a job, see RUN_STATES. An attempt that failed counts only when nothing is left to
    run and nothing was completed: what is restarted has not failed yet."""
    return (
        f"({summary('running', matchers, by)} > 0) * 0 + 1"
        f" or ({summary('starting', matchers, by)} + {summary('queued', matchers, by)} > 0) * 0"
        f" or ({summary('complete', matchers, by)} > 0) * 0 + 2"
        f" or ({summary('failed', matchers, by)} > 0) * 0 + 3"
        f" or ({summary('lost', matchers, by)} > 0) * 0 + 4"
    )


def runs_in_state(number: int, matchers: str = RUNS) -> str:
    """How many are; 0 as long as there is none, which is an answer and not a gap."""
    return f"count(({run_state(matchers)}) == {number}) or vector(0)"


def failed_lately(matchers: str = RUNS) -> str:
    """Of the time shown: those that had failed before it began are old news, until Nomad forgets them."""
    before = f'nomad_nomad_job_summary_failed{{job="nomad", {matchers}}} offset $__range'
    return (
        f"count((({run_state(matchers)}) == 3) unless on (exported_job)"
        f" (max by (exported_job) ({before}) > 0)) or vector(0)"
    )


def gauge(name: str, matchers: str = 'job="nomad"', by: str = "instance") -> str:
    """Of Nomad's clients, whose labels change with the status of the node."""
    return f"max by ({by}) (nomad_client_{name}{{{matchers}}})"


def reserved(kind: str) -> str:
    """The share of each node that jobs have asked for."""
    taken, left = gauge(f"allocated_{kind}"), gauge(f"unallocated_{kind}")
    return f"{taken} / ({taken} + {left})"


def average_ms(timer: str, by: str = "instance", job: str = "nomad") -> str:
    """Of a timer in milliseconds, over five minutes. Its quantiles cover ten seconds and are NaN when
    nothing happens; one that is born with an event has no rate, so its mean since then is taken."""
    total, count = f'{timer}_sum{{job="{job}"}}', f'{timer}_count{{job="{job}"}}'
    return (
        f"sum by ({by}) (rate({total}[5m])) / sum by ({by}) (rate({count}[5m])) >= 0"
        f" or sum by ({by}) ({total}) / sum by ({by}) ({count})"
    )


DEPLOYMENTS = Annotation(
    "Deployments",
    "orange",
    Query(
        'max by (instance) (nomad_nomad_job_register_count{job="nomad"}) > 0',
        when=after("a job is registered"),
    ),
    "a job was registered",
)
RUN_MARKS = Annotation(
    "Runs",
    "blue",
    Query(f"{summary('running')} > 0", "", A_RUN, ("exported_job",)),
    "{{exported_job}} ran",
)
ANNOTATIONS = (DEPLOYMENTS, RUN_MARKS)

NODE = Variable("instance", "Node", 'label_values(nomad_client_uptime{job="nomad"}, instance)')
NODES = 'job="nomad", instance=~"$instance"'
NOMAD_UI = Variable("nomad", "Nomad's address", "http://127.0.0.1:4646", constant=True)
