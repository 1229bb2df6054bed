# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why something did not come up, in words: pure functions of what Nomad answered."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from .health import Unwell

Json = t.Dict[str, t.Any]

# The events that tell a cause, the most telling first; the last one of the best kind is quoted.
_CAUSES = (
    "Failed Validation",
    "Failed Artifact Download",
    "Setup Failure",
    "Task hook failed",
    "Driver Failure",
    "Terminated",
    "Template",
    "Restart Signaled",
    "Alloc Unhealthy",
    "Sibling Task Failed",
    "Killing",
)
_RESTARTED, _UNHEALTHY = (_CAUSES.index(kind) for kind in ("Restart Signaled", "Alloc Unhealthy"))
_EVENTS = 8  # as many as a report quotes


# Deployments


def deployment_progress(deployment: Json) -> str:
    return "; ".join(
        f"group {name}: {group.get('HealthyAllocs', 0)} of {group.get('DesiredTotal', 0)} healthy"
        for name, group in sorted((deployment.get("TaskGroups") or {}).items())
    )


# Allocations


def summary(allocation: Json) -> Json:
    """What the result says of an allocation."""
    return {
        "id": allocation["ID"],
        "name": allocation["Name"],
        "group": allocation["TaskGroup"],
        "node": allocation.get("NodeName") or "",
        "job_version": allocation["JobVersion"],
        "status": allocation["ClientStatus"],
        "desired_status": allocation["DesiredStatus"],
        "exit_codes": {
            task: code
            for task, state in (allocation.get("TaskStates") or {}).items()
            for code in [exit_code(state)]
            if code is not None
        },
    }


def exit_code(state: Json) -> int | None:
    """The exit code of a task's last end, or None while it has not ended."""
    ends = [e for e in state.get("Events") or [] if e["Type"] == "Terminated"]
    return int(ends[-1]["ExitCode"]) if ends else None


def failures(
    allocations: list[Json], limit: int, unwell: t.Mapping[str, Unwell] | None = None
) -> list[Json]:
    """The tasks that went wrong, those that tell most first.

    C(unwell) is by the allocations' IDs: where no task went wrong by itself, all did by these.
    """
    known = unwell or {}
    found = []
    for allocation in sorted(allocations, key=lambda a: -a["CreateIndex"]):
        states = sorted((allocation.get("TaskStates") or {}).items())
        wrong = [(task, state) for task, state in states if _went_wrong(state)]
        because = known.get(allocation["ID"])
        for task, state in wrong or (states if because else []):
            found.append(_failure(allocation, task, state, because or Unwell()))
    found.sort(key=lambda f: f["cause_rank"])
    return [{k: v for k, v in f.items() if k != "cause_rank"} for f in found[:limit]]


def _went_wrong(state: Json) -> bool:
    return bool(state.get("Failed") or state.get("Restarts")) or any(
        _rank(event) < len(_CAUSES) for event in state.get("Events") or []
    )


def _rank(event: Json) -> int:
    kind = event["Type"]
    if kind == "Terminated" and not event.get("ExitCode") and not event.get("Signal"):
        return len(_CAUSES)
    return _CAUSES.index(kind) if kind in _CAUSES else len(_CAUSES)


def _unasked(events: list[Json]) -> list[Json]:
    """Without the ends of a process that Nomad brought about since a check had failed."""
    # Nomad keeps the last ten events, so the signal that goes with the first end may be gone.
    found, signaled = [], any(map(_by_check, events))
    for event in events:
        if event["Type"] in ("Started", "Restart Signaled"):
            signaled = _by_check(event)
        if event["Type"] != "Terminated" or not signaled:
            found.append(event)
    return found


def _by_check(event: Json) -> bool:
    message = str(event.get("DisplayMessage") or "")
    return event["Type"] == "Restart Signaled" and message.startswith("healthcheck:")


def _failure(allocation: Json, task: str, state: Json, unwell: Unwell) -> Json:
    events = state.get("Events") or []
    cause = min(reversed(_unasked(events)), key=_rank, default=None)
    ends = [e for e in events if e["Type"] == "Terminated"]
    details = (ends[-1].get("Details") or {}) if ends else {}
    rank = _rank(cause) if cause else len(_CAUSES)
    text = _cause(cause, details)
    if rank > _UNHEALTHY and unwell:
        rank, text = _UNHEALTHY, "it is not healthy"
    return {
        "cause_rank": rank,
        "allocation": allocation["ID"],
        "node": allocation.get("NodeName") or "",
        "group": allocation["TaskGroup"],
        "task": task,
        "status": allocation["ClientStatus"],
        "cause": unwell.cause(text) if rank >= _RESTARTED else text,
        "checks": unwell.failing,
        "exit_code": exit_code(state),
        "signal": int(ends[-1].get("Signal") or 0) if ends else 0,
        "oom_killed": details.get("oom_killed") == "true",
        "restarts": int(state.get("Restarts") or 0),
        "events": [_event(event) for event in events[-_EVENTS:]],
    }


def _cause(event: Json | None, details: Json) -> str:
    if event is None:
        return "no event tells why"
    if event["Type"] == "Terminated":
        return _ended(event, details.get("oom_killed") == "true")
    text = str(event.get("DisplayMessage") or event["Type"])
    return text if event["Type"] in text else f"{event['Type']}: {text}"


def _ended(event: Json, oom_killed: bool) -> str:
    if oom_killed:
        return f"it was killed for want of memory (exit code {event['ExitCode']})"
    signal = f", signal {event['Signal']}" if event.get("Signal") else ""
    return f"it ended with exit code {event['ExitCode']}{signal}"


def _event(event: Json) -> Json:
    moment = datetime.fromtimestamp(int(event.get("Time") or 0) / 1e9, tz=timezone.utc)
    return {
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "type": event["Type"],
        "message": str(event.get("DisplayMessage") or ""),
    }


def sentence(failed: list[Json]) -> str:
    """The first failure, with its last line of output where it had one."""
    if not failed:
        return ""
    first = failed[0]
    text = f"task {first['task']} of group {first['group']}"
    text += f" on node {first['node']}" if first["node"] else ""
    text += f": {first['cause'].rstrip('.')}"
    last = _last_line(first)
    return f"{text}; last log line: {last}" if last else text


def _last_line(failure: Json) -> str:
    for stream in ("stderr", "stdout"):
        lines = [line for line in failure.get(stream) or [] if line.strip()]
        if lines:
            return str(lines[-1]).strip()[:300]
    return ""


def tail(text: str, lines: int) -> list[str]:
    return text.splitlines()[-lines:] if lines > 0 else []


def run_seconds(allocations: list[Json]) -> float | None:
    """From the first start of a task to the last end of one."""
    states = [s for a in allocations for s in (a.get("TaskStates") or {}).values()]
    starts = [moment(s["StartedAt"]) for s in states if s.get("StartedAt")]
    ends = [moment(s["FinishedAt"]) for s in states if s.get("FinishedAt")]
    if not starts or not ends:
        return None
    return round(max(0.0, max(ends) - min(starts)), 3)


def moment(text: str) -> float:
    """RFC 3339 with nanoseconds, which datetime does not read."""
    whole, _dot, fraction = text.rstrip("Z").partition(".")
    seconds = datetime.strptime(whole + "+0000", "%Y-%m-%dT%H:%M:%S%z").timestamp()
    return seconds + float(f"0.{fraction or 0}")
