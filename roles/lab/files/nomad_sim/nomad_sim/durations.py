# SPDX-License-Identifier: GPL-3.0-or-later
"""Go's durations: "1h30m" to nanoseconds and back."""

from __future__ import annotations

import re

UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
ONE = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)")


def parse_duration(value: str) -> int:
    sign, rest = (-1, value[1:]) if value.startswith("-") else (1, value.removeprefix("+"))
    if rest == "0":
        return 0
    if re.fullmatch(r"\d+\.?\d*", rest):
        raise ValueError(f'missing unit in duration "{value}"')
    if not rest or ONE.sub("", rest):
        raise ValueError(f'invalid duration "{value}"')
    return sign * round(sum(float(n) * UNITS[unit] for n, unit in ONE.findall(rest)))


def show_duration(nanoseconds: int) -> str:
    """As Go prints it: 1.5s, 5m0s, 1h0m0s, 0s."""
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < UNITS["s"]:
        unit = next(u for u in ("ms", "µs", "ns") if nanoseconds >= UNITS[u])
        return f"{_number(nanoseconds / UNITS[unit])}{unit}"
    hours, rest = divmod(nanoseconds, UNITS["h"])
    minutes, rest = divmod(rest, UNITS["m"])
    seconds = f"{_number(rest / UNITS['s'])}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def _number(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")
