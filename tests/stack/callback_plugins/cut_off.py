# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends ansible-playbook without ceremony after a task, as a power cut would.

MLOPS_CUT_OFF_AFTER   the end of the task's name, or its number, counted from 1
MLOPS_CUT_OFF_IN      only tasks are counted of plays that have this in their names
MLOPS_CUT_OFF_AMID    not empty: as soon as one host has done with the task, and all processes with it that are
                      under way; so the others are in the midst of it
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: cut_off
type: aggregate
short_description: kill the play after a task
description: Kills ansible-playbook after the task that E(MLOPS_CUT_OFF_AFTER) names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "cut_off"

    def __init__(self) -> None:
        super().__init__()
        self.after = os.environ["MLOPS_CUT_OFF_AFTER"]
        self.plays = os.environ.get("MLOPS_CUT_OFF_IN", "")
        self.counts = False
        self.amid = bool(os.environ.get("MLOPS_CUT_OFF_AMID"))
        self.begun = 0
        self.due = False

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        self.counts = self.plays in play.get_name()

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        if self.due:
            os.kill(os.getpid(), signal.SIGKILL)
        if not self.counts:
            return
        self.begun += 1
        by_number = self.after.isdigit()
        self.due = (
            self.after == str(self.begun) if by_number else task.get_name().endswith(self.after)
        )

    def v2_runner_on_ok(self, result: t.Any) -> None:
        if self.due and self.amid:
            # Since ansible-core 2.19 each worker is in a session of its own.
            for worker in multiprocessing.active_children():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(t.cast(int, worker.pid), signal.SIGKILL)
            os.killpg(0, signal.SIGKILL)
