# SPDX-License-Identifier: GPL-3.0-or-later
"""The wish of somebody outside that the run should end."""

from __future__ import annotations

import signal
import threading

from trainer.errors import StoppedError


class Stop:
    """Remembers the first SIGTERM or SIGINT."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._signal = 0

    def listen(self) -> None:
        """Call this first: a process that is number 1 of its container ignores both signals."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request)

    def check(self) -> None:
        """Raise StoppedError if the run should end."""
        if self._event.is_set():
            raise StoppedError(self._signal)

    def wait(self, seconds: float) -> bool:
        """Do nothing for so long, or until the run should end; whether it should."""
        return self._event.wait(max(0.0, seconds))

    def _request(self, number: int, _frame: object) -> None:
        self._signal = self._signal or number
        self._event.set()
