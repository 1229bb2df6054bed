# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A plan as text, as the command C(nomad job plan) shows it."""

from __future__ import annotations

import json
import typing as t

Json = t.Dict[str, t.Any]

_MARKS = {"Added": "+", "Deleted": "-", "Edited": "+/-"}


def annotated(plan: Json, forgotten: t.Mapping[str, tuple[t.Any, t.Any]], unplaceable: str) -> str:
    """The plan's diff with the scheduler's notes, then what its dry run says."""
    diff = plan.get("Diff") or {}
    lines = [_headed(diff, "Job", str(diff.get("ID", "")), "")]
    if diff.get("Type") == "Edited":
        lines += _content(diff, 0)
    for name, (before, after) in forgotten.items():
        lines.append(f"+/- {name}: {_compact(before)} => {_compact(after)}")
    for group in _changed(diff.get("TaskGroups")):
        lines += _group(group)
    lines += ["", "Scheduler dry-run:", *_dry_run(plan, unplaceable)]
    return "\n".join(lines) + "\n"


def _compact(data: t.Any) -> str:
    return json.dumps(data, sort_keys=True)


def _dry_run(plan: Json, unplaceable: str) -> t.Iterator[str]:
    yield f"- {unplaceable or 'All tasks successfully allocated.'}"
    if plan.get("NextPeriodicLaunch"):
        yield f"- If registered now, the next periodic launch is at {plan['NextPeriodicLaunch']}."
    warnings = str(plan.get("Warnings") or "").split()
    if warnings:
        yield f"- Warnings: {' '.join(warnings)}"
    yield f"- Job Modify Index: {plan.get('JobModifyIndex') or 0}"


def _headed(node: Json, kind: str, name: str, notes: str) -> str:
    mark = _MARKS.get(str(node.get("Type")), "")
    return f"{mark} {kind}: {json.dumps(name)}{notes}".strip()


def _group(group: Json) -> t.Iterator[str]:
    updates = [f"{count} {kind}" for kind, count in sorted((group.get("Updates") or {}).items())]
    yield _headed(group, "Task Group", group["Name"], f" ({', '.join(updates)})" if updates else "")
    if group.get("Type") == "Edited":
        yield from _content(group, 2)
    for task in _changed(group.get("Tasks")):
        notes = task.get("Annotations") or []
        yield "  " + _headed(task, "Task", task["Name"], f" ({', '.join(notes)})" if notes else "")
        if task.get("Type") == "Edited":
            yield from _content(task, 4)


def _changed(nodes: list[Json] | None) -> list[Json]:
    return [node for node in nodes or [] if node.get("Type") != "None"]


def _content(node: Json, depth: int) -> t.Iterator[str]:
    for entry in _changed(node.get("Fields")):
        yield " " * depth + _field(entry)
    for entry in _changed(node.get("Objects")):
        yield f"{' ' * depth}{_MARKS[entry['Type']]} {entry['Name']} {{"
        yield from _content(entry, depth + 4)
        yield f"{' ' * depth}}}"


def _field(entry: Json) -> str:
    old, new = json.dumps(entry.get("Old", "")), json.dumps(entry.get("New", ""))
    value = {"Added": new, "Deleted": old}.get(entry["Type"], f"{old} => {new}")
    notes = entry.get("Annotations") or []
    note = f" ({', '.join(notes)})" if notes else ""
    return f"{_MARKS[entry['Type']]} {entry['Name']}: {value}{note}"
