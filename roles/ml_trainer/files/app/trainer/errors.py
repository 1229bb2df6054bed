# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in which a run ends before its last epoch, each with its exit code and its status."""

from __future__ import annotations

import os
import signal
from pathlib import Path


class RunError(Exception):
    """The run cannot go on; C(str) is one sentence for whoever started it."""

    exit_code = 1
    status = "failed"


class BadParametersError(RunError):
    """A parameter is unknown or not allowed: trying again with the same ones is useless."""

    exit_code = 2


class DataError(RunError):
    """The data set is missing or not what it should be."""

    exit_code = 3


class DivergedError(RunError):
    """The loss is no longer a finite number."""

    exit_code = 4


class ArtifactsError(RunError):
    """What the run has to leave behind cannot be written."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"The artifacts of the run cannot be written to {path} ({error.strerror or error}); "
            f"MLOPS_ARTIFACTS_DIR has to be a directory with space left, where user {os.getuid()} "
            "may write."
        )


class BusyError(RunError):
    """Another process is at work on the same run."""


class StoppedError(RunError):
    """Somebody asked the run to stop."""

    status = "stopped"

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"The run was stopped by {signal.Signals(signal_number).name}.")
        self.exit_code = 128 + signal_number
