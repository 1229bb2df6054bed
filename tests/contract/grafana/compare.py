# SPDX-License-Identifier: GPL-3.0-or-later
"""What two answers to one request differ in, and which of it is known and has a reason."""

from __future__ import annotations

import dataclasses
import re
import typing as t

Answer = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Known:
    """A difference between two versions of Grafana: in which cases, what, and why."""

    why: str
    cases: str
    findings: tuple[str, ...]

    @classmethod
    def load(cls, entry: dict[str, t.Any]) -> Known:
        return cls(entry["why"], entry["cases"], tuple(entry["findings"]))

    def covers(self, case: str, finding: str) -> bool:
        return bool(re.fullmatch(self.cases, case)) and any(
            re.fullmatch(pattern, finding) for pattern in self.findings
        )


def findings(recorded: Answer, answered: Answer) -> list[str]:
    """One line a difference: status, what is said, and keys that are more (+), less (-), other (~)."""
    found = []
    if recorded["status"] != answered["status"]:
        found.append(f"status: {recorded['status']} -> {answered['status']}")
    for key in sorted({*recorded["says"], *answered["says"]}):
        old, new = recorded["says"].get(key), answered["says"].get(key)
        if (type(old), old) != (type(new), new):
            found.append(f"says {key}: {old} -> {new}")
    return found + _shape_findings(flat(recorded["shape"]), flat(answered["shape"]))


def _shape_findings(old: dict[str, str], new: dict[str, str]) -> list[str]:
    return (
        [f"-{path}" for path in sorted(set(old) - set(new))]
        + [f"+{path}" for path in sorted(set(new) - set(old))]
        + [f"~{path}" for path in sorted(set(old) & set(new)) if old[path] != new[path]]
    )


def flat(shape: t.Any, path: str = "") -> dict[str, str]:
    """Each path with its type; a list and a mapping count themselves, so that an empty one is seen."""
    if isinstance(shape, dict):
        paths = {path or ".": "mapping"}
        for key, item in shape.items():
            paths.update(flat(item, f"{path}.{key}" if path else key))
        return paths
    if isinstance(shape, list):
        paths = {path or ".": "list"}
        for item in shape:
            paths.update(flat(item, f"{path}[]"))
        return paths
    return {path or ".": str(shape)}


def unknown(case: str, found: list[str], known: t.Sequence[Known]) -> list[str]:
    return [finding for finding in found if not any(k.covers(case, finding) for k in known)]
