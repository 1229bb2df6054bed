# SPDX-License-Identifier: GPL-3.0-or-later
"""A board as a page: its panels where gridPos puts them, its annotations, its links."""

from __future__ import annotations

import datetime
import pathlib
import typing as t

from . import charts, looks, units
from .asking import Asking, UnansweredError
from .looks import Json
from .panels import draw, text

HERE = pathlib.Path(__file__).parent
SAYS = "A preview by mlops.infra, not Grafana"


def style() -> str:
    return (HERE / "preview.css").read_text(encoding="utf-8")


def script() -> str:
    return (HERE / "preview.js").read_text(encoding="utf-8")


def section(board: Json, asking: Asking) -> str:
    """One board, as it goes between the head and the foot of a page."""
    marks = list(regions(board, asking))
    panels = "".join(_panel(panel, asking, marks) for panel in board.get("panels") or [])
    return (
        f'<section id="{text(board.get("uid"))}"><h1>{text(board.get("title"))}</h1>'
        f"<p>{text(board.get('description') or '')} {_when(asking)}{_choices(asking)}</p>"
        f'<div class="grid">{panels}</div></section>'
    )


def _when(asking: Asking) -> str:
    end = datetime.datetime.fromtimestamp(asking.window.end, datetime.UTC)
    return f"<em>{units.text(asking.window.seconds, 's')} until {end:%Y-%m-%d %H:%M} UTC</em>"


def _choices(asking: Asking) -> str:
    chosen = [(name, value) for name, value in asking.values.items() if value != ".*"]
    return "".join(f" <em>{text(name)} = {text(value)}</em>" for name, value in chosen)


def _panel(panel: Json, asking: Asking, marks: t.Sequence[charts.Mark]) -> str:
    place = panel.get("gridPos") or {"x": 0, "y": 0, "w": 24, "h": 4}
    where = f"grid-column:{place['x'] + 1}/span {place['w']};grid-row:{place['y'] + 1}/span {place['h']}"
    title = text(panel.get("title", ""))
    if panel.get("type") == "row":
        return f'<h2 style="{where}">{title}</h2>'
    about = text(panel.get("description") or "")
    return (
        f'<article class="panel" style="{where}"><h3 title="{about}">{title}</h3>'
        f'<div class="body">{draw(panel, asking, marks)}</div></article>'
    )


def regions(board: Json, asking: Asking) -> t.Iterator[charts.Mark]:
    """Samples of an annotation that follow each other are one region."""
    for mark in (board.get("annotations") or {}).get("list") or []:
        if not mark.get("expr") or not mark.get("enable"):
            continue
        try:
            found = asking.over_time(mark["expr"])
        except UnansweredError:
            continue
        for series in found:
            title = looks.legend(series.labels, mark.get("titleFormat", ""))
            for start, end in _spans([at for at, _value in series.points], asking.window.step):
                yield charts.Mark(title, mark["iconColor"], start, end)


def _spans(times: list[float], step: int) -> t.Iterator[tuple[float, float]]:
    start = last = times[0]
    for at in times[1:]:
        if at - last > 1.5 * step:
            yield start, last + step
            start = at
        last = at
    yield start, last + step


def page(
    title: str,
    sections: t.Sequence[str],
    scripts: t.Sequence[str],
    links: str = "",
    says: str = "",
) -> str:
    """Scripts are whole elements, so that a file can bring them and a server can point at them."""
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{text(title)}</title>"
        f'<style>{style()}</style><p class="notice"><strong>{SAYS}.</strong> {text(says)}</p>'
        f"<nav>{links}</nav>{''.join(sections)}{''.join(scripts)}</html>"
    )
