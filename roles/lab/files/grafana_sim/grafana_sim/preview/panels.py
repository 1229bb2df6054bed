# SPDX-License-Identifier: GPL-3.0-or-later
"""One function for each type of panel: its queries are asked, and its HTML comes back."""

from __future__ import annotations

import html
import json
import typing as t

from . import charts, looks, tables, units
from .asking import Asking, Series, UnansweredError
from .looks import Json


def text(value: t.Any) -> str:
    return html.escape(str(value))


def draw(panel: Json, asking: Asking, marks: t.Sequence[charts.Mark]) -> str:
    """The inside of a panel; what cannot be drawn says why."""
    drawer = _DRAWERS.get(panel.get("type", ""))
    if drawer is None:
        return _note(f"a preview of {panel.get('type')} panels is not there")
    try:
        return drawer(panel, asking, marks)
    except UnansweredError as error:
        return _note(str(error))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        return _note(f"not of the kind that can be previewed: {error!r}")


def _note(what: str) -> str:
    return f'<div class="note">{text(what)}</div>'


def _lines(panel: Json, asking: Asking, over_time: bool) -> list[charts.Line]:
    """Every series of every query, by its legend."""
    found = []
    for target in panel["targets"]:
        ask = asking.over_time if over_time else asking.now
        for series in ask(target["expr"]):
            name = looks.legend(series.labels, target.get("legendFormat", ""))
            found.append(charts.Line(name, series))
    return found


def _nothing(panel: Json) -> str:
    value = panel["fieldConfig"]["defaults"].get("noValue", "No data")
    return f'<div class="nothing">{text(value)}</div>'


def stat(panel: Json, asking: Asking, _marks: t.Sequence[charts.Mark]) -> str:
    spark = panel["options"].get("graphMode") == "area"
    lines = _lines(panel, asking, over_time=spark)
    if not lines:
        return _nothing(panel)
    cells = "".join(_number(line, panel, spark) for line in lines)
    return f'<div class="stats">{cells}</div>'


def _number(line: charts.Line, panel: Json, spark: bool) -> str:
    config = panel["fieldConfig"]["defaults"]
    shown, color = looks.shown(line.series.last, config)
    filled = panel["options"].get("colorMode") == "background"
    style = f"background:{color};color:#111217" if filled else f"color:{color}"
    named = panel["options"].get("textMode") in ("value_and_name", "name")
    name = f"<small>{text(line.name)}</small>" if named else ""
    size = "long" if len(shown) > 9 else ""
    graph = _spark(line.series, config) if spark else ""
    return f'<div class="stat {size}" style="{style}">{name}<b>{text(shown)}</b>{graph}</div>'


def _spark(series: Series, config: Json) -> str:
    values = [value for _at, value in series.points]
    low = config.get("min", min(values))
    high = max([*values, config.get("max", values[0])])
    height = (high - low) or 1
    step = 100 / max(1, len(values) - 1)
    path = " ".join(
        f"{number * step:.1f},{30 - 28 * (value - low) / height:.1f}"
        for number, value in enumerate(values)
    )
    return (
        '<svg viewBox="0 0 100 30" preserveAspectRatio="none">'
        f'<polygon points="0,30 {path} 100,30"/><polyline points="{path}"/></svg>'
    )


def timeseries(panel: Json, asking: Asking, marks: t.Sequence[charts.Mark]) -> str:
    lines = sorted(_lines(panel, asking, over_time=True), key=lambda line: line.name)
    if not lines:
        return _nothing(panel)
    figure = json.dumps(charts.figure(lines, marks, panel, asking.window)).replace("<", "\\u003c")
    legend = _legend(lines, panel["fieldConfig"])
    if not panel["options"]["legend"].get("showLegend"):
        legend = ""
    return (
        f'<div class="chart"><script type="application/json">{figure}</script></div>'
        f'<div class="legend">{legend}</div>'
    )


def _legend(lines: t.Sequence[charts.Line], field_config: Json) -> str:
    defaults = field_config["defaults"]
    unit, decimals = defaults["unit"], defaults.get("decimals")

    def color(number: int, name: str) -> str:
        return looks.line_color(number, looks.overridden(name, field_config))

    rows = [
        f'<tr><td><i style="background:{color(number, line.name)}"></i>'
        f"{text(line.name)}</td><td>{units.text(line.series.last, unit, decimals)}</td>"
        f"<td>{units.text(max(v for _at, v in line.series.points), unit, decimals)}</td></tr>"
        for number, line in sorted(enumerate(lines), key=lambda one: -one[1].series.last)
    ]
    return f"<table><tr><th>Name</th><th>Last</th><th>Max</th></tr>{''.join(rows)}</table>"


def bargauge(panel: Json, asking: Asking, _marks: t.Sequence[charts.Mark]) -> str:
    lines = _lines(panel, asking, over_time=False)
    if not lines:
        return _nothing(panel)
    lines.sort(key=lambda line: -line.series.last)
    config = panel["fieldConfig"]["defaults"]
    most = max(config.get("max", 0), 0) or max(line.series.last for line in lines) or 1
    return f'<div class="bars">{"".join(_bar(line, config, most) for line in lines)}</div>'


def _bar(line: charts.Line, config: Json, most: float) -> str:
    shown, color = looks.shown(line.series.last, config)
    share = max(0.0, min(1.0, line.series.last / most)) * 100
    return (
        f'<div class="bar"><span>{text(line.name)}</span><div><div style="width:{share:.1f}%;'
        f'background:{color}"></div></div><b style="color:{color}">{text(shown)}</b></div>'
    )


def state_timeline(panel: Json, asking: Asking, _marks: t.Sequence[charts.Mark]) -> str:
    lines = sorted(_lines(panel, asking, over_time=True), key=lambda line: line.name)
    if not lines:
        return _nothing(panel)
    config = panel["fieldConfig"]["defaults"]
    bands = "".join(
        f'<div class="band"><span title="{text(line.name)}">{text(line.name)}</span>'
        f"<div>{_segments(line.series, config, asking)}</div></div>"
        for line in lines
    )
    return f'<div class="bands">{bands}{_clock(asking)}</div>'


def _segments(series: Series, config: Json, asking: Asking) -> str:
    """Equal values that follow each other are one segment; a gap ends it."""
    window, found = asking.window, ""
    start, value = series.points[0]
    last = start
    for at, other in [*series.points[1:], (float("inf"), float("nan"))]:
        if other == value and at - last <= 2.5 * window.step:
            last = at
            continue
        end = at if at - last <= 2.5 * window.step else last + window.step
        left = (start - window.start) / window.seconds * 100
        width = (min(end, window.end) - start) / window.seconds * 100
        name, color = looks.shown(value, config)
        shown = text(name) if width > 5 else ""
        found += (
            f'<i style="left:{left:.2f}%;width:{max(width, 0.3):.2f}%;background:{color}" '
            f'title="{text(name)}">{shown}</i>'
        )
        start, value, last = at, other, at
    return found


def _clock(asking: Asking) -> str:
    window = asking.window
    marks = "".join(
        f"<em>{charts.clock(window.start + window.seconds * share / 4)}</em>" for share in range(5)
    )
    return f'<div class="band clock"><span></span><div>{marks}</div></div>'


def table(panel: Json, asking: Asking, _marks: t.Sequence[charts.Mark]) -> str:
    answers = [(target["refId"], asking.now(target["expr"])) for target in panel["targets"]]
    columns, found = tables.shaped(tables.rows(answers), panel)
    if not found:
        return _nothing(panel)
    configs = {name: looks.overridden(name, panel["fieldConfig"]) for name in columns}
    head = "".join(f"<th>{text(name)}</th>" for name in columns)
    body = "".join(
        f"<tr>{''.join(_cell(row.get(name), configs[name]) for name in columns)}</tr>"
        for row in found
    )
    return f'<div class="table"><table><tr>{head}</tr>{body}</table></div>'


def _cell(value: t.Any, config: Json) -> str:
    if value is None:
        return "<td></td>"
    if not isinstance(value, float):
        linked = ' class="link"' if config.get("links") else ""
        return f"<td{linked}>{text(value)}</td>"
    shown, color = looks.shown(value, config)
    cell = (config.get("custom.cellOptions") or {}).get("type", "auto")
    if cell == "gauge":
        share = max(0.0, min(1.0, value / config.get("max", 1))) * 100
        return (
            f'<td><div class="cell"><div style="width:{share:.1f}%;background:{color}"></div></div>'
            f'<b style="color:{color}">{text(shown)}</b></td>'
        )
    style = f' style="color:{color}"' if cell == "color-text" else ""
    return f"<td{style}>{text(shown)}</td>"


_DRAWERS: dict[str, t.Callable[[Json, Asking, t.Sequence[charts.Mark]], str]] = {
    "bargauge": bargauge,
    "stat": stat,
    "state-timeline": state_timeline,
    "table": table,
    "timeseries": timeseries,
}
