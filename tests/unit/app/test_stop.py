# SPDX-License-Identifier: GPL-3.0-or-later
"""A run hears a signal at whatever moment it comes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from trainer.errors import StoppedError
from trainer.stop import Stop

from tests.unit.app.conftest import APP

# The signal comes at about the moment at which a wait begins: a lock that the wait takes, and the
# handler too, would be held for ever by a thread that waits for itself.
_MANY_STOPS = f"""
import random, signal, sys
sys.path.insert(0, {str(APP)!r})
from trainer.stop import Stop

for _ in range(3000):
    stop = Stop()
    signal.signal(signal.SIGALRM, stop._request)
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 60e-6))
    while not stop.wait(1e-6):
        pass
"""


def test_a_signal_that_comes_as_a_wait_begins_is_heard() -> None:
    subprocess.run([sys.executable, "-c", _MANY_STOPS], check=True, timeout=120)


def test_a_stop_ends_every_wait_from_then_on() -> None:
    stop = Stop()
    assert not stop.wait(0.01)
    stop.check()
    stop._request(signal.SIGINT, None)
    stop._request(signal.SIGTERM, None)  # the first is the one that counts
    assert stop.wait(60)
    assert stop.wait(60)
    with pytest.raises(StoppedError, match="SIGINT"):
        stop.check()
