# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the artifacts of runs are, and what is said there of a run that has ended.

Read before everything else, so nothing here needs numpy.
"""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Mapping
from pathlib import Path

SUMMARY = "summary.json"
FINAL = (0, 2, 3, 4)  # the exit codes after which another attempt would end in the same way
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")


def root(env: Mapping[str, str]) -> Path | None:
    """The directory for artifacts: the one that is set, else the allocation's own."""
    if env.get("MLOPS_ARTIFACTS_DIR"):
        return Path(env["MLOPS_ARTIFACTS_DIR"])
    if env.get("NOMAD_ALLOC_DIR"):
        return Path(env["NOMAD_ALLOC_DIR"], "data")
    return None


def run_path(artifacts: Path, run_id: str) -> Path | None:
    """The directory of a run; None for an id that cannot be the name of one."""
    return artifacts / "runs" / run_id if _ID.fullmatch(run_id) else None


def read_summary(run: Path) -> dict[str, t.Any] | None:
    """What the run has said of itself last; None where that is missing or no summary."""
    try:
        summary = json.loads((run / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return summary if isinstance(summary, dict) and summary.get("run_id") == run.name else None


def verdict(env: Mapping[str, str], run_id: str) -> dict[str, t.Any] | None:
    """The summary of a run that is over for good; None if there is something left to do."""
    artifacts = root(env)
    path = run_path(artifacts, run_id) if artifacts else None
    summary = read_summary(path) if path else None
    if summary is None or summary.get("status") not in ("done", "failed"):
        return None
    return summary if summary.get("exit_code") in FINAL else None
