# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees in a browser: plainly no Grafana, and what it keeps."""

from __future__ import annotations

import contextlib
import html
import time
import typing as t

from starlette.responses import HTMLResponse, Response

from .. import NOTICE, VERSION
from ..answers import RefusedError
from ..boards import board_url, content
from ..calls import Call, Entry
from ..datasources import client, shown
from ..preview import asking, page
from ..preview.plotly import plotly_script
from ..store import Row

STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}"
    ".notice{background:#fff3cd;border:2px solid #b58900;padding:1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.3rem .6rem;"
    "text-align:left;vertical-align:top}code{white-space:pre-wrap;overflow-wrap:anywhere}"
)
KEPT = (
    "It stores what its HTTP API is given: boards, folders, data sources and one account, in one "
    f"SQLite file. It answers as Grafana {VERSION} does, and 501 to what it does not simulate. It "
    "draws a preview of boards that ask Prometheus, and has no plugins, alerts, teams or further "
    "users."
)


def _page(title: str, body: str) -> Response:
    return HTMLResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{_text(title)}</title>"
        f"<style>{STYLE}</style><p class=notice><strong>{_text(NOTICE)}</strong></p>{body}</html>"
    )


def _text(value: t.Any) -> str:
    return html.escape(str(value))


def _table(heads: tuple[str, ...], rows: t.Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def start(call: Call) -> Response:
    """Open to all, so it names nothing but numbers and settings without effect."""
    store = call.sim.store
    counts = [
        ("Boards", str(store.count("dashboard", "NOT is_folder"))),
        ("Folders", str(store.count("dashboard", "is_folder"))),
        ("Data sources", str(store.count("datasource"))),
    ]
    ignored = "".join(f"<li>{_text(name)}</li>" for name in call.sim.settings.without_effect)
    settings = f"<h2>Settings without effect here</h2><ul>{ignored}</ul>" if ignored else ""
    body = f"<h1>grafana_sim</h1><p>{_text(KEPT)}</p>{_table(('Stored', 'Number'), counts)}"
    return _page("grafana_sim", f'{body}<p><a href="/dashboards">The boards</a></p>{settings}')


def boards(call: Call) -> Response:
    rows = call.sim.store.all("SELECT * FROM dashboard WHERE NOT is_folder ORDER BY title")
    cells = [
        (
            f'<a href="{_text(board_url(row))}">{_text(row["title"])}</a>',
            _text(row["folder_uid"] or "general"),
            _text(row["version"]),
            _text(row["external_id"] or "HTTP API"),
        )
        for row in rows
    ]
    return _page(
        "Boards", f"<h1>Boards</h1>{_table(('Title', 'Folder', 'Version', 'From'), cells)}"
    )


def board(call: Call) -> Response:
    """The preview with live data, and below it what the board is made of."""
    data = content(call.sim.boards.get(call.params["uid"]))
    cells = [_panel_cells(panel) for panel in data.get("panels") or []]
    listed = _table(("Panel", "Type", "Queries", "Description"), cells)
    links = '<a href="/dashboards">The boards</a>'
    made_of = f"<details><summary>What it is made of</summary>{listed}</details>"
    scripts = [f'<script src="/preview/{name}"></script>' for name in SCRIPTS]
    whole = page.page(data["title"], [_preview(call, data), made_of], scripts, links, NOTICE)
    return HTMLResponse(whole)


def _preview(call: Call, data: dict[str, t.Any]) -> str:
    source = _prometheus(call, data)
    if source is None:
        return f"<h1>{_text(data['title'])}</h1><p>It asks no Prometheus that is stored here.</p>"
    window = asking.window(data, time.time(), call.query.get("from", ""))
    values = asking.values(data, call.query)
    with contextlib.closing(asking.Asking(client(source, asking.TIMEOUT), window, values)) as ask:
        return page.section(data, ask)


def _prometheus(call: Call, data: dict[str, t.Any]) -> Row | None:
    """The first data source that a panel names, if it is a Prometheus with an address."""
    for panel in data.get("panels") or []:
        named = panel.get("datasource")
        row = (
            call.sim.datasources.find("uid", named.get("uid")) if isinstance(named, dict) else None
        )
        if row is not None:
            source = shown(row)
            return row if source["type"] == "prometheus" and source["url"] else None
    return None


SCRIPTS: dict[str, t.Callable[[], str]] = {
    "plotly.min.js": plotly_script,
    "preview.js": page.script,
}


def script(call: Call) -> Response:
    brings = SCRIPTS.get(call.params["name"])
    if brings is None:
        raise RefusedError(404, "Not found")
    return Response(brings(), media_type="text/javascript")


def _panel_cells(panel: dict[str, t.Any]) -> tuple[str, ...]:
    queries = [f"<code>{_text(q.get('expr', ''))}</code>" for q in panel.get("targets") or []]
    return (
        _text(panel.get("title", "")),
        _text(panel.get("type", "")),
        "<br>".join(queries),
        _text(panel.get("description", "")),
    )


ROUTES = [
    Entry("GET", "/", start, open=True),
    Entry("GET", "/login", start, open=True),
    Entry("GET", "/dashboards", boards),
    Entry("GET", "/d/{uid}", board),
    Entry("GET", "/d/{uid}/{slug}", board),
    Entry("GET", "/preview/{name}", script),
]
