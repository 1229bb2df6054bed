# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a task, in the words that Nomad uses for it."""

from __future__ import annotations

import typing as t

from .durations import show_duration
from .shapes import Data
from .store import now

EMPTY: Data = {
    "DiskLimit": 0, "DownloadError": "", "DriverError": "", "DriverMessage": "", "ExitCode": 0,
    "FailedSibling": "", "FailsTask": False, "GenericSource": "", "KillError": "",
    "KillReason": "", "KillTimeout": 0, "Message": "", "RestartReason": "", "SetupError": "",
    "Signal": 0, "StartDelay": 0, "TaskSignal": "", "TaskSignalReason": "",
    "ValidationError": "", "VaultError": "",
}  # fmt: skip


def event(kind: str, message: str, details: Data | None = None, **more: t.Any) -> Data:
    return {
        **EMPTY,
        "Details": details or {},
        "DisplayMessage": message,
        "Time": now(),
        "Type": kind,
        **more,
    }


def received() -> Data:
    return event("Received", "Task received by client")


def setup() -> Data:
    text = "Building Task Directory"
    return event("Task Setup", text, {"message": text}, Message=text)


def downloading(image: str) -> Data:
    text = "Downloading image"
    return event("Driver", text, {"image": image}, DriverMessage=text)


def driver_failure(error: str) -> Data:
    return event("Driver Failure", error, {"driver_error": error}, DriverError=error)


def started() -> Data:
    return event("Started", "Task started by client")


def terminated(code: int, oom: bool) -> Data:
    details = {"exit_code": str(code), "oom_killed": str(oom).lower(), "signal": "0"}
    text, message = f"Exit Code: {code}", ""
    if oom:
        message = "OOM Killed"
    elif code:
        message = f"Docker container exited with non-zero exit code: {code}"
    if message:
        details["exit_message"] = message
        text += f', Exit Message: "{message}"'
    return event("Terminated", text, details, ExitCode=code, Message=message)


def restarting(delay: int, reason: str = "Restart within policy") -> Data:
    details = {"restart_reason": reason, "start_delay": str(delay)}
    text = f"Task restarting in {show_duration(delay)}"
    return event("Restarting", text, details, StartDelay=delay, RestartReason=reason)


def restart_signaled(reason: str) -> Data:
    return event("Restart Signaled", reason, {"restart_reason": reason}, RestartReason=reason)


def not_restarting(reason: str) -> Data:
    details = {"fails_task": "true", "restart_reason": reason}
    return event("Not Restarting", reason, details, FailsTask=True, RestartReason=reason)


def killing(timeout: int) -> Data:
    text = f"Sent interrupt. Waiting {show_duration(timeout)} before force killing"
    details = {"kill_timeout": show_duration(timeout)}
    return event("Killing", text, details, KillTimeout=timeout)


def killed() -> Data:
    return event("Killed", "Task successfully killed")


def exceeded(attempts: int, interval: int) -> str:
    if attempts == 0:
        return "Policy allows no restarts"
    shown = show_duration(interval)
    return f'Exceeded allowed attempts {attempts} in interval {shown} and mode is "fail"'
