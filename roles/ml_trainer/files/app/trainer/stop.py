# SPDX-License-Identifier: GPL-3.0-or-later
"""The wish of somebody outside that the run should end."""

from __future__ import annotations

import select
import signal
import socket

from trainer.errors import StoppedError


class Stop:
    """Remembers the first SIGTERM or SIGINT."""

    def __init__(self) -> None:
        self._signal = 0
        # Not a threading.Event: a handler that runs as its wait() begins waits for a lock that its
        # own thread holds, for ever.
        self._heard, self._told = socket.socketpair()

    def listen(self) -> None:
        """Call this first: a process that is number 1 of its container ignores both signals."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request)

    def check(self) -> None:
        """Raise StoppedError if the run should end."""
        if self._signal:
            raise StoppedError(self._signal)

    def wait(self, seconds: float) -> bool:
        """Do nothing for so long, or until the run should end; whether it should."""
        select.select([self._heard], [], [], max(0.0, seconds))
        return bool(self._signal)

    def _request(self, number: int, _frame: object) -> None:
        if not self._signal:
            self._signal = number
            self._told.send(b"!")
