# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan's diff says of its effect: counts by group, and what a change forces."""

from __future__ import annotations

import typing as t

from .shapes import Data

COUNTS = {
    "Ignore": "ignore", "Place": "create", "Migrate": "migrate", "Stop": "destroy",
    "Canary": "canary", "InPlaceUpdate": "in-place update",
    "DestructiveUpdate": "create/destroy update",
}  # fmt: skip


def annotate(diff: Data, updates: t.Mapping[str, Data]) -> Data:
    for group in diff["TaskGroups"]:
        counts = updates.get(group["Name"], {})
        shown = {text: counts[key] for key, text in COUNTS.items() if counts.get(key)}
        group["Updates"] = shown if group["Name"] in updates else None
        for field in group["Fields"] or []:
            if field["Name"] == "Count":
                _count(field)
        for task in group["Tasks"] or []:
            if task["Type"] != "None":
                task["Annotations"] = [_forces(task, group["Type"])]
    return diff


def _count(field: Data) -> None:
    old, new = (int(field[k] or 0) for k in ("Old", "New"))
    if old != new:
        field["Annotations"] = ["forces create" if new > old else "forces destroy"]


def _forces(task: Data, group: str) -> str:
    if group in ("Added", "Deleted") and task["Type"] == group:
        return "forces create" if group == "Added" else "forces destroy"
    gentle = all(f["Name"] == "KillTimeout" for f in task["Fields"] or [])
    if gentle and all(_in_place(o) for o in task["Objects"] or []):
        return "forces in-place update"
    return "forces create/destroy update"


def _in_place(changed: Data) -> bool:
    if changed["Name"] == "LogConfig":
        edited = [f["Name"] for f in changed["Fields"] or [] if f["Type"] != "None"]
        return "Disabled" not in edited
    return changed["Name"] in ("Service", "Constraint")
