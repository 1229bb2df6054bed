# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes on beside a block, and ends with it."""

from __future__ import annotations

import threading
import typing as t
from collections.abc import Callable


class Background:
    """Each of C(works) is done in a thread of its own, until C(_over) is set."""

    def __init__(self, *works: Callable[[], None]) -> None:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]

    def __enter__(self) -> t.Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
