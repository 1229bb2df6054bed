# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which node is meant, what is to change on it, and when a drain is over: pure judgements."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .._errors import UserError

Json = t.Dict[str, t.Any]

DEADLINE = 3600  # seconds, as the CLI's
SECOND = 1_000_000_000  # Nomad counts in nanoseconds
ELIGIBLE, INELIGIBLE = "eligible", "ineligible"
DONE, DRAINING, STOPPING, ENDED = "done", "draining", "stopping", "ended"

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SHORTEST = 4  # digits of an ID
_SHOWN = 10  # names in a message


# Which node


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def chosen(nodes: list[Json], wanted: str) -> str:
    """The ID of the one node with this name, or whose ID begins so."""
    found = [node for node in nodes if node["Name"] == wanted]
    if not found and len(wanted) >= _SHORTEST:
        found = [node for node in nodes if node["ID"].startswith(wanted)]
    # A host that was set up anew leaves a node of its name behind, which is down for ever.
    alive = [node for node in found if node["Status"] != "down"] or found
    if len(alive) == 1:
        return str(alive[0]["ID"])
    if alive:
        several = ", ".join(f"{node['Name']} ({node['ID']})" for node in alive[:_SHOWN])
        raise UserError(f"node: {wanted!r} fits {len(alive)} nodes: {several}. Give the ID of one.")
    there = ", ".join(sorted(str(node["Name"]) for node in nodes)[:_SHOWN]) or "none at all"
    raise UserError(
        f"node: there is no node named {wanted}, and none whose ID begins so. Nomad has {there}."
    )


# What is to change


@dataclass(frozen=True)
class Change:
    """C(strategy) is a drain to start or to change, C(end) one to end; nothing set is no change."""

    strategy: Json | None = None
    end: bool = False
    eligibility: str = ""
    meta: Json = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.strategy or self.end or self.eligibility or self.meta)


def change(node: Json, left: list[Json], meta: Json, params: t.Mapping[str, t.Any]) -> Change:
    """What the task asks for beyond what there is. C(left) is what a drain would still stop."""
    check(params)
    wanted = {str(key): _text(value) for key, value in (params["meta"] or {}).items()}
    differing = {key: value for key, value in wanted.items() if meta.get(key) != value}
    if params["drain"]:
        return Change(strategy=_strategy(node, left, params), meta=differing)
    current, eligibility = node["SchedulingEligibility"], params["eligibility"]
    if params["drain"] is False:
        eligibility = eligibility or ELIGIBLE
        if node["DrainStrategy"]:
            return Change(end=True, eligibility=eligibility, meta=differing)
    elif node["DrainStrategy"] and eligibility == ELIGIBLE:
        raise UserError(
            f"eligibility: node {node['Name']} is being drained, and not eligible until that is over"
            " or ended. Set drain: false to end it."
        )
    return Change(eligibility="" if eligibility in (None, current) else eligibility, meta=differing)


def check(params: t.Mapping[str, t.Any]) -> None:
    if params["drain"] and params["eligibility"] == ELIGIBLE:
        raise UserError(
            "eligibility: a drain makes a node ineligible. Leave it out, or set drain: false."
        )
    if params["deadline"] is not None and params["deadline"] < -1:
        raise UserError(
            f"deadline is {params['deadline']}: write seconds, 0 for none, or -1 to stop everything"
            " at once."
        )


def _text(value: t.Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _strategy(node: Json, left: list[Json], params: t.Mapping[str, t.Any]) -> Json | None:
    current, deadline = node["DrainStrategy"], params["deadline"]
    if deadline is None:
        deadline = current["Deadline"] // SECOND if current else DEADLINE
    wanted = {"Deadline": deadline * SECOND, "IgnoreSystemJobs": params["ignore_system_jobs"]}
    if current:
        return None if {name: current[name] for name in wanted} == wanted else wanted
    return None if drained(node, left) else wanted


def drained(node: Json, left: list[Json]) -> bool:
    """Whether another drain would find nothing to do."""
    last = (node.get("LastDrain") or {}).get("Status")
    ineligible = node["SchedulingEligibility"] == INELIGIBLE
    return ineligible and last == "complete" and not any(a["DesiredStatus"] == "run" for a in left)


def standing(node: Json, meta: Json, change: Change | None = None) -> Json:
    """What a diff shows: the node as it is, or as a change makes it."""
    strategy, eligibility = node["DrainStrategy"], node["SchedulingEligibility"]
    if change:
        strategy = None if change.end else change.strategy or strategy
        eligibility = INELIGIBLE if strategy else change.eligibility or eligibility
        meta = {k: v for k, v in {**meta, **change.meta}.items() if v is not None}
    drain = strategy and {
        "deadline": strategy["Deadline"] // SECOND,
        "ignore_system_jobs": strategy["IgnoreSystemJobs"],
    }
    shown = {"drain": drain or False, "eligibility": eligibility}
    return {**shown, "meta": meta} if meta else shown


# When a drain is over


def left(allocations: list[Json], ignore_system_jobs: bool) -> list[Json]:
    """The allocations that a drain stops and that have not ended yet."""
    alive = [a for a in allocations if a["ClientStatus"] in ("pending", "running")]
    if not ignore_system_jobs:
        return alive
    return [a for a in alive if (a.get("Job") or {}).get("Type") not in ("system", "sysbatch")]


def phase(node: Json, left: list[Json]) -> str:
    """How far a drain has come. That it is complete does not mean that all tasks have ended."""
    if node["DrainStrategy"]:
        return DRAINING
    if (node.get("LastDrain") or {}).get("Status") != "complete":
        return ENDED
    return STOPPING if left else DONE


def summary(allocation: Json) -> Json:
    return {
        "id": allocation["ID"],
        "name": allocation["Name"],
        "namespace": allocation["Namespace"],
        "job_id": allocation["JobID"],
        "desired": allocation["DesiredStatus"],
        "status": allocation["ClientStatus"],
    }


def listed(left: list[Json]) -> str:
    names = ", ".join(sorted(str(allocation["Name"]) for allocation in left)[:_SHOWN])
    more = len(left) - _SHOWN
    return f"{len(left)} allocations are left: {names}{f' and {more} more' if more > 0 else ''}"
