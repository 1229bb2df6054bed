# SPDX-License-Identifier: GPL-3.0-or-later
"""One helper for each type of panel, with the settings that our boards want of it."""

from __future__ import annotations

import typing as t

from .model import SOURCE, Json, Panel, Query

Steps = tuple[tuple[float | None, str], ...]
Mapping = dict[float | tuple[float, float | None], tuple[str, str]]
NEUTRAL: Steps = ((None, "blue"),)
FRACTION: Steps = ((None, "green"), (0.8, "yellow"), (0.9, "red"))
ANY_IS_BAD: Steps = ((None, "green"), (1, "red"))
NONE_IS_BAD: Steps = ((None, "red"), (1, "green"))


def up_to(warning: float, critical: float) -> Steps:
    return ((None, "green"), (warning, "yellow"), (critical, "red"))


def at_least(warning: float, good: float) -> Steps:
    return ((None, "red"), (warning, "yellow"), (good, "green"))


def stat(
    title: str,
    description: str,
    *queries: Query,
    unit: str = "none",
    steps: Steps = NEUTRAL,
    mapping: Mapping | None = None,
    none: str = "none",
    width: int = 4,
    height: int = 4,
    spark: bool = False,
    link: str = "",
    names: bool = False,
    **more: t.Any,
) -> Panel:
    """A number that is read from across the room; C(names) shows the legend beside it."""
    options = {
        "colorMode": "background",
        "graphMode": "area" if spark else "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "textMode": "value_and_name" if names or len(queries) > 1 else "value",
    }
    defaults = _defaults(unit, steps, none, mapping, link, **more)
    body = _body(queries, defaults, options, instant=not spark)
    return Panel("stat", title, description, queries, width, height, body)


def timeseries(
    title: str,
    description: str,
    *queries: Query,
    unit: str = "short",
    steps: Steps = (),
    none: str = "no data",
    width: int = 12,
    height: int = 8,
    stacked: bool = False,
    dashed: str = "",
    colors: t.Mapping[str, str] | None = None,
    steady: bool = False,
    log: bool = False,
    **more: t.Any,
) -> Panel:
    """Lines over time. With C(steps), what is out of bounds lies in a coloured area; C(dashed) is
    the name of the lines that are limits; C(steady) draws counts as steps; C(colors) gives lines that
    mean something good or bad the colour of it."""
    filled = 25 if stacked else 8 if more.get("min") == 0 else 0
    custom = {
        "axisPlacement": "auto",
        "drawStyle": "line",
        "fillOpacity": filled,
        "gradientMode": "none",
        "lineInterpolation": "stepAfter" if steady else "linear",
        "lineWidth": 1 if stacked else 2,
        "pointSize": 4,
        "scaleDistribution": {"log": 10, "type": "log"} if log else {"type": "linear"},
        "showPoints": "never",
        "spanNulls": 60_000,  # one scrape that failed is no gap
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        "thresholdsStyle": {"mode": "dashed+area" if steps else "off"},
    }
    defaults = _defaults(unit, steps or ((None, "green"),), none, None, "", custom=custom, **more)
    defaults["color"] = {"mode": "palette-classic"}
    body = _body(queries, defaults, _WITH_LEGEND, instant=False)
    body["fieldConfig"]["overrides"] = list(_lines(dashed, colors or {}))
    return Panel("timeseries", title, description, queries, width, height, body)


_WITH_LEGEND: Json = {
    "legend": {
        "calcs": ["lastNotNull", "max"],
        "displayMode": "table",
        "placement": "bottom",
        "showLegend": True,
        "sortBy": "Last *",
        "sortDesc": True,
    },
    "tooltip": {"mode": "multi", "sort": "desc"},
}


def _lines(dashed: str, colors: t.Mapping[str, str]) -> t.Iterator[Json]:
    if dashed:
        line = {"id": "custom.lineStyle", "value": {"dash": [8, 6], "fill": "dash"}}
        yield _override("byRegexp", dashed, line, {"id": "custom.fillOpacity", "value": 0})
    for name, color in colors.items():
        fixed = {"id": "color", "value": {"fixedColor": color, "mode": "fixed"}}
        yield _override("byName", name, fixed)


def bargauge(
    title: str,
    description: str,
    *queries: Query,
    unit: str = "percentunit",
    steps: Steps = FRACTION,
    none: str = "none",
    width: int = 12,
    height: int = 8,
    link: str = "",
    **more: t.Any,
) -> Panel:
    """One bar a series, the longest first."""
    options = {
        "displayMode": "gradient",
        "minVizHeight": 16,
        "minVizWidth": 8,
        "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showUnfilled": True,
        "valueMode": "color",
    }
    defaults = _defaults(unit, steps, none, None, link, **more)
    body = _body(queries, defaults, options, instant=True)
    return Panel("bargauge", title, description, queries, width, height, body)


def state_timeline(
    title: str,
    description: str,
    *queries: Query,
    mapping: Mapping,
    unit: str = "none",
    none: str = "nothing in this time",
    width: int = 24,
    height: int = 7,
) -> Panel:
    """One band a series, coloured by its state."""
    custom = {"fillOpacity": 75, "lineWidth": 0}
    steps: Steps = ((None, "text"),)
    options = {
        "alignValue": "left",
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
        "mergeValues": True,
        "rowHeight": 0.8,
        "showValue": "auto",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    defaults = _defaults(unit, steps, none, mapping, "", custom=custom)
    body = _body(queries, defaults, options, instant=False)
    return Panel("state-timeline", title, description, queries, width, height, body)


class Column(t.NamedTuple):
    """A column of a table: what the field is called, what it is shown as, and how."""

    field: str
    title: str
    unit: str = "none"
    steps: Steps = ()
    mapping: Mapping | None = None
    bar: bool = False
    link: str = ""
    width: int = 0
    decimals: int | None = None


def table(
    title: str,
    description: str,
    columns: t.Sequence[Column],
    *queries: Query,
    sort: str = "",
    none: str = "none",
    width: int = 24,
    height: int = 9,
) -> Panel:
    """The answers of several queries, joined by the labels that they share. A column whose field is
    C(Value #A) is the number of the query A; columns come in the order given, all others are hidden."""
    defaults = _defaults("none", ((None, "text"),), none, None, "")
    defaults["custom"] = {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False}
    options: Json = {
        "cellHeight": "sm",
        "showHeader": True,
        "sortBy": [{"desc": True, "displayName": sort}] if sort else [],
    }
    body = _body(queries, defaults, options, instant=True, table=True)
    body["fieldConfig"]["overrides"] = [_column(column) for column in columns]
    # When only one query has an answer, Grafana calls its number Value.
    shown = {column.field: column.title for column in columns}
    names = {**shown, **({"Value": shown["Value #A"]} if "Value #A" in shown else {})}
    others = ["Time", "Value", *(f"Value #{chr(ord('A') + n)}" for n in range(len(queries)))]
    body["transformations"] = [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {name: True for name in others if name not in names},
                "indexByName": {column.field: n for n, column in enumerate(columns)},
                "renameByName": names,
            },
        },
    ]
    return Panel("table", title, description, queries, width, height, body)


def _column(column: Column) -> Json:
    properties: list[Json] = [{"id": "unit", "value": column.unit}]
    if column.steps:
        properties.append({"id": "thresholds", "value": _thresholds(column.steps)})
        properties.append({"id": "custom.cellOptions", "value": {"type": "color-text"}})
    if column.bar:
        cell = {"mode": "basic", "type": "gauge", "valueDisplayMode": "text"}
        properties[-1:] = [{"id": "custom.cellOptions", "value": cell}]
        properties += [{"id": "min", "value": 0}, {"id": "max", "value": 1}]
    if column.mapping:
        properties.append({"id": "mappings", "value": _mappings(column.mapping)})
        properties.append({"id": "custom.cellOptions", "value": {"type": "color-text"}})
    if column.link:
        properties.append({"id": "links", "value": [_link(column.link)]})
    if column.width:
        properties.append({"id": "custom.width", "value": column.width})
    if column.decimals is not None:
        properties.append({"id": "decimals", "value": column.decimals})
    return _override("byName", column.title, *properties)


def _body(
    queries: t.Sequence[Query], defaults: Json, options: Json, instant: bool, table: bool = False
) -> Json:
    return {
        "datasource": SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
        "targets": [
            {
                "datasource": SOURCE,
                "editorMode": "code",
                "expr": query.expr,
                "format": "table" if table else "time_series",
                "instant": instant,
                "legendFormat": query.legend or "__auto",
                "range": not instant,
                "refId": chr(ord("A") + number),
            }
            for number, query in enumerate(queries)
        ],
        "transparent": False,
    }


def _defaults(
    unit: str, steps: Steps, none: str, mapping: Mapping | None, link: str, **more: t.Any
) -> Json:
    defaults: Json = {
        "color": {"mode": "thresholds"},
        "mappings": _mappings(mapping or {}),
        "noValue": none,
        "thresholds": _thresholds(steps),
        "unit": unit,
        **more,
    }
    if link:
        defaults["links"] = [_link(link)]
    return defaults


def _thresholds(steps: Steps) -> Json:
    return {
        "mode": "absolute",
        "steps": [{"color": color, "value": value} for value, color in steps],
    }


def _mappings(mapping: Mapping) -> list[Json]:
    """A number is mapped as it is; a pair is a range, whose end may be open."""
    found: list[Json] = []
    for index, (key, (text, color)) in enumerate(mapping.items()):
        result = {"color": color, "index": index, "text": text}
        if isinstance(key, tuple):
            low, high = key
            found.append({"options": {"from": low, "result": result, "to": high}, "type": "range"})
        else:
            found.append({"options": {f"{key:g}": result}, "type": "value"})
    return found


def _link(link: str) -> Json:
    title, _bar, url = link.partition("|")
    return {"targetBlank": not url.startswith("/d/"), "title": title, "url": url}


def _override(matcher: str, what: str, *properties: Json) -> Json:
    return {"matcher": {"id": matcher, "options": what}, "properties": list(properties)}
