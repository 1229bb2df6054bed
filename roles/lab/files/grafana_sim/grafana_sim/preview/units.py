# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as a person reads them: Grafana's units, those that our boards use."""

from __future__ import annotations

SHORT = ((1e12, " T"), (1e9, " B"), (1e6, " Mil"), (1e3, " K"))
BYTES = ((2**40, " TiB"), (2**30, " GiB"), (2**20, " MiB"), (2**10, " KiB"))
TIMES = ((86400, " d"), (3600, " h"), (60, " min"), (1, " s"), (1e-3, " ms"), (1e-6, " µs"))
SUFFIXES = {"reqps": " req/s", "ops": " ops/s"}


def text(value: float, unit: str, decimals: int | None = None) -> str:
    if unit == "percentunit":
        return f"{number(value * 100, decimals)}%"
    if unit in ("bytes", "Bps"):
        return _scaled(value, BYTES, decimals, " B") + ("/s" if unit == "Bps" else "")
    if unit in ("s", "ms"):
        return _scaled(value / (1000 if unit == "ms" else 1), TIMES, decimals, " s")
    if unit == "rotmhz":
        return f"{number(value, decimals)} MHz" if value < 1000 else f"{value / 1000:.2f} GHz"
    if unit == "none":
        return number(value, decimals)
    return _scaled(value, SHORT, decimals, "") + SUFFIXES.get(unit, "")


def number(value: float, decimals: int | None) -> str:
    """With the decimals asked for, else three digits that say something."""
    size = abs(value)
    if size >= 1e21:
        return f"{value:.3g}"
    if decimals is not None:
        return f"{value:.{decimals}f}"
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def _scaled(
    value: float, steps: tuple[tuple[float, str], ...], decimals: int | None, rest: str
) -> str:
    for size, name in steps:
        if abs(value) >= size:
            return number(value / size, decimals) + name
    return number(value, decimals) + rest
