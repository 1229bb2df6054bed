# SPDX-License-Identifier: GPL-3.0-or-later
"""What every board keeps to, asked of its JSON. Each rule yields what is wrong, in one sentence."""

from __future__ import annotations

import itertools
import re
import typing as t

import promql_parser

from . import promql
from .model import LABEL, SOURCE, Json

TYPES = {"bargauge", "stat", "state-timeline", "table", "timeseries"}
UNITS = {
    "none", "short", "percentunit", "bytes", "Bps", "s", "ms", "ops", "reqps", "rotmhz",
}  # fmt: skip
# What Prometheus adds to every scrape job, so that there is nothing to name.
OF_EVERY_JOB = re.compile(r"up|scrape_\w+")
COUNTER = re.compile(r"(?!nomad_client_host_memory_total)\w+_(total|sum|count|bucket)")
# Born with an event at their first value, and gone a minute after it: an increase of them is 0.
EVENT_COUNTER = re.compile(r"nomad_client_allocs_(complete|failed|oom_killed|restart|running)")
# Reported by the leader; by two servers in the minute after an election.
LEADERS = re.compile(
    r"nomad_nomad_(blocked_evals|broker|plan_queue|heartbeat|job_status|autopilot)_?\w*"
)
# Consul has a second series of each, without labels and always 0.
TWINS = re.compile(r"consul_(state|members)_\w+")
RATES = {"rate", "increase", "irate"}
Problems = t.Iterator[str]


def panels(board: Json) -> list[Json]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(board: Json) -> t.Iterator[tuple[str, str]]:
    for panel in panels(board):
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", target["expr"]
    for mark in board["annotations"]["list"]:
        if "expr" in mark:
            yield f"annotation {mark['name']}", mark["expr"]


def identity(board: Json) -> Problems:
    if not board["uid"].startswith("mlops-") or board["schemaVersion"] != 38 or board["editable"]:
        yield "needs a uid mlops-*, schemaVersion 38, editable false"
    if board["tags"] != ["managed", "mlops"]:
        yield "needs the tags managed and mlops"
    for name in sorted({"id", "version", "iteration", "__inputs", "__requires"} & set(board)):
        yield f"{name} is of one server, not of the board"


def numbers(board: Json) -> Problems:
    for what, among in (("id", board["panels"]), ("title", panels(board))):
        seen = [panel[what] for panel in among]
        for twice in sorted({str(one) for one in seen if seen.count(one) > 1}):
            yield f"{what} {twice} is there twice"


def layout(board: Json) -> Problems:
    for one in board["panels"]:
        place = one["gridPos"]
        if place["x"] < 0 or place["w"] < 1 or place["x"] + place["w"] > 24:
            yield f"{one['title']} is not inside the 24 columns"
    for a, b in itertools.combinations(board["panels"], 2):
        if _overlap(a["gridPos"], b["gridPos"]):
            yield f"{a['title']} and {b['title']} overlap"


def _overlap(a: Json, b: Json) -> bool:
    beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
    return not beside and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]


def complete(board: Json) -> Problems:
    for panel in panels(board):
        defaults = panel["fieldConfig"]["defaults"]
        if panel["type"] not in TYPES:
            yield f"{panel['title']}: type {panel['type']} is not one of ours"
        if not panel["title"] or not panel["description"].endswith("."):
            yield f"{panel['title']}: needs a title and a description in sentences"
        if defaults["unit"] not in UNITS:
            yield f"{panel['title']}: unit {defaults['unit']} is not known"
        if not defaults["noValue"]:
            yield f"{panel['title']}: needs a text for when there is no value"


def thresholds(board: Json) -> Problems:
    for panel in panels(board):
        values = [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
        rest = values[1:]
        if values[0] is not None or None in rest or rest != sorted(rest):
            yield f"{panel['title']}: thresholds begin with none and rise"


def sources(board: Json) -> Problems:
    for panel in panels(board):
        for part in (panel, *panel["targets"]):
            if part["datasource"] != SOURCE:
                yield f"{panel['title']}: not on the datasource {SOURCE['uid']}"


def targets(board: Json) -> Problems:
    for panel in panels(board):
        letters = [target["refId"] for target in panel["targets"]]
        if not letters or len(set(letters)) < len(letters):
            yield f"{panel['title']}: each query needs a letter of its own"
        for target in panel["targets"]:
            if target["instant"] is target["range"]:
                yield f"{panel['title']}: a query is instant or a range"


def parses(board: Json) -> Problems:
    for where, expr in queries(board):
        try:
            promql.parsed(expr)
        except ValueError as error:
            yield f"{where}: {error}"


def jobs(board: Json) -> Problems:
    """A metric of the same name in another job would be counted in; Nomad's job label is exported."""
    for where, expr in queries(board):
        for selector in promql.selectors(expr):
            job = promql.matchers(selector).get("job")
            if job is None and not OF_EVERY_JOB.fullmatch(selector.name or ""):
                yield f"{where}: {selector.name} does not name its scrape job"
            if (selector.name or "").startswith("nomad_") and job != "nomad":
                yield f'{where}: Nomad\'s own label job is exported_job; job is "nomad"'


def counters(board: Json) -> Problems:
    for where, expr in queries(board):
        rated, counted = _rated(expr), _counted(expr)
        for name in promql.metrics(expr):
            if EVENT_COUNTER.fullmatch(name) and name in rated:
                yield f"{where}: {name} has no increase, it is born with its event"
            sound = name in rated | counted or _presence(expr, name)
            if COUNTER.fullmatch(name) and not sound:
                yield f"{where}: {name} only grows; take its rate"


def _rated(expr: str) -> set[str]:
    calls = [call for call in promql.calls(expr) if call.func.name in RATES]
    return {name for call in calls for name in promql.metrics(str(call.prettify()))}


def _counted(expr: str) -> set[str]:
    """What is asked only for how many series there are."""
    asked = [node for node in promql.aggregations(expr) if promql.operator(node) == "count"]
    return {name for node in asked for name in promql.metrics(str(node.expr.prettify()))}


def _presence(expr: str, name: str) -> bool:
    """Whether the query asks only if the counter is there at all."""
    return expr.endswith("> 0") and promql.metrics(expr) == [name]


def windows(board: Json) -> Problems:
    """Four scrapes of ten seconds at least, so that one that fails leaves no gap."""
    for where, expr in queries(board):
        for found in re.findall(r"(?:rate|deriv)\([^\[]*\[(\d+)([sm])\]", expr):
            if int(found[0]) * {"s": 1, "m": 60}[found[1]] < 40:
                yield f"{where}: {found[0]}{found[1]} is less than four scrapes"


def leaders(board: Json) -> Problems:
    for where, expr in queries(board):
        for node in promql.aggregations(expr):
            inner = promql.metrics(str(node.expr.prettify()))
            direct = isinstance(node.expr, promql_parser.VectorSelector)
            if (
                direct
                and promql.operator(node) == "sum"
                and any(LEADERS.fullmatch(one) for one in inner)
            ):
                yield f"{where}: {inner[0]} is the leader's, of which there may be two: take max"


def twins(board: Json) -> Problems:
    for where, expr in queries(board):
        for selector in promql.selectors(expr):
            if TWINS.fullmatch(selector.name or "") and "datacenter" not in promql.matchers(
                selector
            ):
                yield f"{where}: {selector.name} has a series without labels that is always 0"


def legends(board: Json) -> Problems:
    """Labels that an aggregation has dropped would show as nothing."""
    for panel in panels(board):
        for target in panel["targets"]:
            kept = promql.labels_kept(target["expr"])
            lost = set(LABEL.findall(target["legendFormat"])) - kept if kept is not None else set()
            for name in sorted(lost):
                yield f"{panel['title']} {target['refId']}: no label {name} is left for the legend"


def choices(board: Json) -> Problems:
    defined = {one["name"] for one in board["templating"]["list"]}
    asked = {name for _where, expr in queries(board) for name in promql.variables(expr)}
    for one in board["templating"]["list"]:
        asked |= promql.variables(one.get("definition", ""))
    asked |= {name for link in _links(board) for name in promql.variables(link)}
    for name in sorted(asked - defined):
        yield f"there is no variable {name}"
    for name in sorted(defined - asked):
        yield f"variable {name} is not used"


def links(board: Json, others: t.Mapping[str, Json]) -> Problems:
    for link in _links(board):
        path, _mark, query = link.partition("?")
        target = others.get(path.removeprefix("/d/")) if path.startswith("/d/") else board
        if target is None:
            yield f"{link} leads to no board of ours"
            continue
        known = {one["name"] for one in target["templating"]["list"]}
        for name in re.findall(r"\bvar-(\w+)=", query):
            if name not in known:
                yield f"{link}: the board has no variable {name}"


def _links(board: Json) -> t.Iterator[str]:
    for panel in panels(board):
        config = panel["fieldConfig"]
        properties = [p for override in config["overrides"] for p in override["properties"]]
        given = [p["value"] for p in properties if p["id"] == "links"]
        for one in itertools.chain(config["defaults"].get("links", []), *given):
            yield one["url"]


RULES: tuple[t.Callable[[Json], Problems], ...] = (
    identity, numbers, layout, complete, thresholds, sources, targets, parses, jobs, counters,
    windows, leaders, twins, legends, choices,
)  # fmt: skip


def problems(board: Json, others: t.Mapping[str, Json]) -> list[str]:
    found = [problem for rule in RULES for problem in rule(board)]
    return found + list(links(board, others))
