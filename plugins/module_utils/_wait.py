# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One clock for every wait; the conditions themselves are pure predicates of what a server said."""

from __future__ import annotations

import time
import typing as t


def clock(
    timeout: float,
    interval: float = 1.0,
    now: t.Callable[[], float] = time.monotonic,
    sleep: t.Callable[[float], None] = time.sleep,
) -> t.Iterator[float]:
    """Yield the seconds that are left, at once and then every C(interval) seconds.

    It ends when C(timeout) seconds have passed, after one last look at the deadline. With an
    C(interval) of 0 the pace is the caller's own, for instance a blocking query's.
    """
    deadline = now() + timeout
    left = timeout
    while left > 0:
        yield left
        left = deadline - now()
        if left > 0 and interval > 0:
            sleep(min(interval, left))
            left = max(deadline - now(), 0.0)
    yield 0.0
