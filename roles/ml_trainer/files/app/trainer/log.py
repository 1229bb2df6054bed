# SPDX-License-Identifier: GPL-3.0-or-later
"""One JSON object a line on standard output."""

from __future__ import annotations

import datetime
import json
import math
import sys
import threading
import typing as t


def now() -> str:
    """The time in UTC as in every log line and record: 2026-01-31T12:00:00.123Z."""
    text = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def plain(value: t.Any) -> t.Any:
    """A number that JSON cannot hold becomes null: a reader must never choke on a line."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class Log:
    """Writes the lines of one run, or of no run in particular."""

    def __init__(self, run_id: str | None, stream: t.TextIO | None = None) -> None:
        self._run_id = run_id
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()

    def info(self, event: str, message: str, **fields: object) -> None:
        self._write("info", event, message, fields)

    def warning(self, event: str, message: str, **fields: object) -> None:
        self._write("warning", event, message, fields)

    def error(self, event: str, message: str, **fields: object) -> None:
        self._write("error", event, message, fields)

    def _write(self, level: str, event: str, message: str, fields: dict[str, object]) -> None:
        head = {"ts": now(), "level": level, "run_id": self._run_id, "event": event}
        if self._run_id is None:
            del head["run_id"]
        line = json.dumps(plain({**head, "message": message, **fields}), allow_nan=False)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()
