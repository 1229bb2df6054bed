# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of a job's JSON, checked as Go's decoder does: the first wrong one is named."""

from __future__ import annotations

import typing as t

from .errors import ApiError
from .shapes import Data, words

DURATIONS = frozenset(
    words(
        "Delay Interval MaxDelay KillTimeout ShutdownDelay Timeout Stagger MinHealthyTime "
        "HealthyDeadline ProgressDeadline"
    )
)
OBJECTS = {
    "RestartPolicy": "RestartPolicy", "ReschedulePolicy": "ReschedulePolicy",
    "Update": "UpdateStrategy", "Checks": "ServiceCheck", "Tasks": "Task",
    "TaskGroups": "TaskGroup", "Migrate": "MigrateStrategy", "Services": "Service",
}  # fmt: skip
COUNTS = words("Count CPU MemoryMB Priority Attempts MaxFiles MaxFileSizeMB")
FREE = frozenset({"Config", "Meta", "Env"})


def check_types(body: Data) -> None:
    _walk(body, "", [])


def _walk(data: t.Any, kind: str, path: list[str]) -> None:
    if isinstance(data, list):
        for item in data:
            _walk(item, kind, path)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in FREE:
                continue
            _check(key, value, kind, path)
            _walk(value, OBJECTS.get(key) or str(key), [*path, key])


def _check(key: str, value: t.Any, kind: str, path: list[str]) -> None:
    wanted = "time.Duration" if key in DURATIONS else "int" if key in COUNTS else ""
    if wanted and isinstance(value, str):
        place = ".".join([kind, *path, key])
        raise ApiError(
            400, f"json: cannot unmarshal string into Go struct field {place} of type {wanted}"
        )
