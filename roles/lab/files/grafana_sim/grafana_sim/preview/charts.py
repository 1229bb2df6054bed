# SPDX-License-Identifier: GPL-3.0-or-later
"""A time series panel as data for Plotly."""

from __future__ import annotations

import datetime
import itertools
import math
import typing as t

from . import looks, units
from .asking import Series, Window
from .looks import Json

GRID = "rgba(204,204,220,0.10)"
TICKS = 5


class Line(t.NamedTuple):
    """One line and what it is called."""

    name: str
    series: Series


class Mark(t.NamedTuple):
    """A region of an annotation."""

    title: str
    color: str
    start: float
    end: float


def figure(lines: t.Sequence[Line], marks: t.Sequence[Mark], panel: Json, window: Window) -> Json:
    config = panel["fieldConfig"]
    traces = [_traces(number, line, config, window) for number, line in enumerate(lines)]
    layout = _layout(lines, marks, config["defaults"], window)
    return {"data": list(itertools.chain.from_iterable(traces)), "layout": layout}


def _traces(number: int, line: Line, field_config: Json, window: Window) -> list[Json]:
    """One for each stretch without a gap, since Plotly would fill the gaps as well; stacks have to be whole."""
    trace = _trace(number, line, field_config, window)
    if "fill" not in trace:
        return [trace]
    ends = [-1, *(at for at, value in enumerate(trace["y"]) if value is None), len(trace["y"])]
    return [
        {**trace, **{axis: trace[axis][start + 1 : end] for axis in ("x", "y", "text")}}
        for start, end in itertools.pairwise(ends)
    ]


def _trace(number: int, line: Line, field_config: Json, window: Window) -> Json:
    config = looks.overridden(line.name, field_config)
    custom = config.get("custom") or {}
    color = looks.line_color(number, config)
    stacked = (custom.get("stacking") or {}).get("mode") == "normal"
    opacity = config.get("custom.fillOpacity", custom.get("fillOpacity", 0)) / 100
    times, values = _with_gaps(line.series, window.step)
    shape = "hv" if custom.get("lineInterpolation") == "stepAfter" else "linear"
    dashed = "custom.lineStyle" in config
    trace = {
        "x": times,
        "y": values,
        "name": line.name,
        "type": "scatter",
        "mode": "lines",
        "line": {
            "color": color,
            "width": custom.get("lineWidth", 1),
            "shape": shape,
            "dash": "dash" if dashed else "solid",
        },
        "fillcolor": _transparent(color, opacity),
        "hovertemplate": "%{text}",
        "text": [
            "" if value is None else units.text(value, config["unit"], config.get("decimals"))
            for value in values
        ],
    }
    if stacked:
        trace["stackgroup"] = "A"
    elif opacity and not dashed:
        trace["fill"] = "tozeroy"
    return trace


def _with_gaps(series: Series, step: int) -> tuple[list[str], list[float | None]]:
    """Where a point is missing, the line ends."""
    times: list[str] = []
    values: list[float | None] = []
    before = None
    for at, value in series.points:
        if before is not None and at - before > max(60, 1.5 * step):
            times.append(_iso(before + step))
            values.append(None)
        times.append(_iso(at))
        values.append(value)
        before = at
    return times, values


def _iso(at: float) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")


def _transparent(color: str, opacity: float) -> str:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def _layout(lines: t.Sequence[Line], marks: t.Sequence[Mark], config: Json, window: Window) -> Json:
    custom = config.get("custom") or {}
    log = (custom.get("scaleDistribution") or {}).get("type") == "log"
    low, high = _bounds(lines, config, stacked=custom.get("stacking", {}).get("mode") == "normal")
    axis: Json = {"gridcolor": GRID, "zeroline": False, "fixedrange": True}
    shapes = [_mark(mark) for mark in marks]
    if log:
        ticks = _powers(lines)
        names = [units.text(tick, config["unit"]) for tick in ticks]
        axis |= {"type": "log", "tickvals": ticks, "ticktext": names}
    else:
        scale = _scale(high) if config["unit"] in ("bytes", "Bps") else 1.0
        whole = config.get("decimals") == 0
        ticks = [tick * scale for tick in _ticks(low / scale, high / scale, whole)]
        names = [units.text(tick, config["unit"]) for tick in ticks]
        axis |= {"range": [low, high + (high - low) * 0.02], "tickvals": ticks, "ticktext": names}
        if custom.get("thresholdsStyle", {}).get("mode", "off") != "off":
            shapes += list(_areas(config["thresholds"]["steps"], low, high))
    return {
        "margin": {"l": 72, "r": 12, "t": 6, "b": 30},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "#ccccdc", "size": 11},
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "#22252b", "font": {"size": 11}},
        "shapes": shapes,
        "xaxis": {
            "range": [_iso(window.start), _iso(window.end)],
            "gridcolor": GRID,
            "fixedrange": True,
            "nticks": 7,
            "ticks": "outside",
            "ticklen": 4,  # away from the lowest number of the other axis
            "tickcolor": "rgba(0,0,0,0)",
        },
        "yaxis": axis,
    }


def _bounds(lines: t.Sequence[Line], config: Json, stacked: bool) -> tuple[float, float]:
    values = [value for line in lines for _at, value in line.series.points]
    low, high = min(values, default=0), max(values, default=1)
    if stacked:
        low, high = 0, sum(max(v for _at, v in line.series.points) for line in lines)
    low, high = config.get("min", low), config.get("max", high)
    margin = (high - low) * 0.08 or abs(high) * 0.1 or 1
    return low - margin * ("min" not in config), high + margin * ("max" not in config)


def _ticks(low: float, high: float, whole: bool) -> list[float]:
    """Round numbers between the two, about five of them."""
    if high <= low:
        return [low]
    rough = max((high - low) / TICKS, 1 if whole else 0)
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    first = -(-low // step) * step
    found = []
    while first <= high + step / 1000:
        found.append(round(first, 12) + 0.0)
        first += step
    return found


def _scale(high: float) -> float:
    """The power of 1024 in whose multiples bytes are counted."""
    return 1024.0 ** max(0, int(math.log(max(high, 1), 1024)))


def _powers(lines: t.Sequence[Line]) -> list[float]:
    """1, 2 and 5 of each power of ten that a line goes through; of many powers only some."""
    values = [value for line in lines for _at, value in line.series.points if value > 0]
    if not values:
        return []
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    factors, step = ((1, 2, 5), 1) if high - low <= 3 else ((1,), -(-(high - low) // 6))
    found = [f * 10.0**power for power in range(low, high + 1, step) for f in factors]
    return [one for one in found if min(values) / 2 <= one <= max(values) * 2]


def _areas(steps: list[Json], low: float, high: float) -> t.Iterator[Json]:
    """What lies above a threshold, in its colour, with a dashed line where it begins."""
    bounds = [*(step["value"] for step in steps[1:]), None]
    for step, end in zip(steps[1:], bounds[1:], strict=True):
        start, color = step["value"], looks.color(step["color"])
        if start >= high:
            continue
        yield {
            "type": "rect",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": max(start, low),
            "y1": high if end is None else min(end, high),
            "fillcolor": _transparent(color, 0.08),
            "line": {"width": 0},
            "layer": "below",
        }
        line = {"color": _transparent(color, 0.7), "width": 1, "dash": "dash"}
        yield {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": start,
            "y1": start,
            "line": line,
        }


def _mark(mark: Mark) -> Json:
    """A band at the foot of the chart for as long as it lasts."""
    color = looks.color(mark.color)
    return {
        "type": "rect",
        "yref": "paper",
        "x0": _iso(mark.start),
        "x1": _iso(mark.end),
        "y0": 0,
        "y1": 0.025,
        "fillcolor": _transparent(color, 0.8),
        "line": {"width": 0},
        "layer": "below",
    }


def clock(at: float) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%H:%M")
