# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview: what is asked, how numbers read, how each type of panel is drawn, and the pages."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import pathlib
import sys
import typing as t
import urllib.parse

import httpx
import pytest
from ansible_collections.mlops.infra.tests.listening import Handler, behind_tls, listening, local
from ansible_collections.mlops.infra.tests.secured.certificates import Authority

from .running import ROOT  # puts the simulator on the path

from grafana_sim.preview import __main__ as preview  # isort: skip
from grafana_sim.preview import asking, charts, looks, page, panels, plotly, tables, units  # isort: skip

Json = dict[str, t.Any]
STEPS = {"steps": [{"color": "green", "value": None}, {"color": "red", "value": 0.9}]}
SERIES = {"metric": {"instance": "a<b"}, "values": [[0, "0.5"], [15, "0.95"], [600, "0.25"]]}


class Fake(Handler):
    """A Prometheus with one series, which keeps what it was asked."""

    asked: t.ClassVar[list[dict[str, str]]] = []
    signature = ""  # what the header of who is let in says

    def serve(self) -> None:
        body = self.content().decode()
        if self.signature and self.headers.get("Authorization") != self.signature:
            self.answer(401, b"Unauthorized\n")
            return
        form = {name: values[0] for name, values in urllib.parse.parse_qs(body).items()}
        self.asked.append(form)
        found: list[Json] = [SERIES]
        if "step" not in form:
            found = [{"metric": SERIES["metric"], "value": [600, "0.95"]}]
        answer: Json = {"status": "success", "data": {"result": found}}
        if "nothing" in form["query"]:
            answer["data"]["result"] = []
        if "broken" in form["query"]:
            answer = {"status": "error", "error": "1:1: <parse error>"}
        self.answer(200, json.dumps(answer).encode())


@pytest.fixture
def prometheus() -> t.Iterator[str]:
    Fake.asked.clear()
    with listening(local(Fake)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


class Secured(Fake):
    """One that lets in mlops with the password pass:word, by TLS."""

    signature = "Basic " + base64.b64encode(b"mlops:pass:word").decode()


@pytest.fixture
def secured(tmp_path: pathlib.Path) -> t.Iterator[tuple[str, str]]:
    """Its address, and the file of the authority that signed its certificate."""
    authority = Authority(tmp_path, "authority")
    pair = authority.signed("prometheus", "localhost", addresses=("127.0.0.1",))
    Fake.asked.clear()
    with listening(behind_tls(local(Secured), pair.cert, pair.key)) as server:
        yield f"https://127.0.0.1:{server.server_port}", authority.path


@pytest.fixture
def ask(prometheus: str) -> t.Iterator[asking.Asking]:
    client = httpx.Client(base_url=prometheus)
    found = asking.Asking(client, asking.Window(0, 3600), {"run": ".*"})
    yield found
    found.close()


def panel(kind: str, expr: str = "up", **defaults: t.Any) -> Json:
    options: Json = {"legend": {"showLegend": True}, "textMode": "value"}
    return {
        "title": "P",
        "type": kind,
        "gridPos": {"x": 12, "y": 3, "w": 12, "h": 8},
        "options": options,
        "fieldConfig": {
            "defaults": {"unit": "percentunit", "noValue": "gone", "thresholds": STEPS, **defaults},
            "overrides": [],
        },
        "targets": [{"refId": "A", "expr": expr, "legendFormat": "{{instance}}"}],
    }


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "shown"),
    [
        (0.5, "percentunit", None, "50%"),
        (0.98765, "percentunit", 1, "98.8%"),
        (0, "bytes", None, "0 B"),
        (1536, "bytes", None, "1.5 KiB"),
        (3 * 2**30, "bytes", None, "3 GiB"),
        (90, "s", None, "1.5 min"),
        (0.25, "s", None, "250 ms"),
        (2500, "ms", None, "2.5 s"),
        (0, "ms", None, "0 s"),
        (90000, "rotmhz", None, "90.00 GHz"),
        (250, "rotmhz", 0, "250 MHz"),
        (1234, "short", None, "1.23 K"),
        (0.5, "reqps", None, "0.5 req/s"),
        (12345, "none", None, "12345"),
        (-2, "none", None, "-2"),
        (3.29e230, "none", 3, "3.29e+230"),
        (2048, "Bps", None, "2 KiB/s"),
    ],
)
def test_numbers(value: float, unit: str, decimals: int | None, shown: str) -> None:
    assert units.text(value, unit, decimals) == shown


def test_every_unit_of_our_boards_is_known() -> None:
    for path in (ROOT / "roles/grafana/files/dashboards").glob("*.json"):
        for one in json.loads(path.read_text())["panels"]:
            if one["type"] != "row":
                unit = one["fieldConfig"]["defaults"]["unit"]
                bare = unit in ("none", "short")
                assert bare or units.text(0.5, unit) not in ("0.5", ""), unit
                assert one["type"] in panels._DRAWERS


def test_a_query_is_filled_as_grafana_does_it(ask: asking.Asking) -> None:
    filled = ask.filled('x{run=~"$run", job=~"${run:regex}"}[$__range] $__rate_interval $other')
    assert filled == 'x{run=~".*", job=~".*"}[3600s] 40s $other'


def test_variables_take_the_address_or_everything() -> None:
    listed = [{"name": "a", "type": "query"}, {"name": "b", "type": "constant", "query": "u"}]
    board = {"templating": {"list": listed}}
    assert asking.values(board, {}) == {"a": ".*", "b": "u"}
    assert asking.values(board, {"var-a": "x"})["a"] == "x"


@pytest.mark.parametrize(
    ("since", "seconds"), [("", 21600), ("now-30m", 1800), ("now-2d", 172800), ("1700000000", 3600)]
)
def test_the_window(since: str, seconds: int) -> None:
    found = asking.window({"time": {"from": "now-6h"}}, 1e9, since)
    assert (found.seconds, found.end) == (seconds, 1e9)


def test_thresholds_and_mappings_decide_the_colour() -> None:
    config = {
        "thresholds": STEPS,
        "unit": "none",
        "mappings": [
            {"type": "value", "options": {"1": {"text": "one", "color": "blue"}}},
            {
                "type": "range",
                "options": {"from": 2, "to": None, "result": {"text": "many", "color": "red"}},
            },
        ],
    }
    assert looks.shown(1, config) == ("one", looks.COLORS["blue"])
    assert looks.shown(7, config) == ("many", looks.COLORS["red"])
    assert looks.shown(0.5, config) == ("0.5", looks.COLORS["green"])
    assert looks.shown(1.5, config) == ("1.5", looks.COLORS["red"])


def test_rows_of_several_queries_are_joined() -> None:
    def series(value: float, **labels: str) -> asking.Series:
        return asking.Series(labels, [(0, value)])

    answers = [
        ("A", [series(1, job="x"), series(2, job="y")]),
        ("B", [series(3, job="y", seed="42")]),
    ]
    assert tables.rows(answers) == [
        {"job": "x", "Value #A": 1},
        {"job": "y", "Value #A": 2, "Value #B": 3, "seed": "42"},
    ]
    organize = {
        "id": "organize",
        "options": {
            "excludeByName": {"seed": True},
            "indexByName": {"Value #A": 0, "job": 1},
            "renameByName": {"Value #A": "Number", "job": "Job"},
        },
    }
    shaped = tables.shaped(
        tables.rows(answers),
        {
            "transformations": [{"id": "merge", "options": {}}, organize],
            "options": {"sortBy": [{"displayName": "Number", "desc": True}]},
        },
    )
    assert shaped[0] == ["Number", "Job", "Value #B"]
    assert [row["Job"] for row in shaped[1]] == ["y", "x"]


def test_a_single_query_has_one_value() -> None:
    assert tables.rows([("A", [asking.Series({"a": "b"}, [(0, 1)])]), ("B", [])]) == [
        {"a": "b", "Value": 1}
    ]


def test_a_line_ends_where_points_are_missing(ask: asking.Asking) -> None:
    [series] = ask.over_time("up")
    times, values = charts._with_gaps(series, 15)
    assert values == [0.5, 0.95, None, 0.25]
    assert len(times) == 4


@pytest.mark.parametrize(("opacity", "pieces"), [(0, [4]), (8, [2, 1])])
def test_a_gap_is_not_filled(ask: asking.Asking, opacity: int, pieces: list[int]) -> None:
    [series] = ask.over_time("up")
    drawn = panel("timeseries", custom={"fillOpacity": opacity})
    found = charts.figure([charts.Line("a", series)], [], drawn, ask.window)
    assert [len(trace["y"]) for trace in found["data"]] == pieces


def test_a_log_scale_of_many_powers_has_few_ticks() -> None:
    def ticks(*values: float) -> list[float]:
        points = list(enumerate(values))
        return charts._powers([charts.Line("a", asking.Series({}, points))])

    assert ticks(0.3, 2) == [0.2, 0.5, 1, 2]
    assert len(ticks(0.3, 1e230)) < 8


def test_what_is_not_a_number_is_left_out() -> None:
    found = asking._finite([asking.Series({}, [(0, float("nan")), (1, float("inf")), (2, 3.0)])])
    assert found[0].points == [(2, 3.0)]
    assert asking._finite([asking.Series({}, [(0, float("nan"))])]) == []


@pytest.mark.parametrize("kind", ["stat", "bargauge", "table", "timeseries", "state-timeline"])
def test_every_type_is_drawn_escaped(kind: str, ask: asking.Asking) -> None:
    drawn = panels.draw(panel(kind), ask, [charts.Mark("m", "blue", 0, 60)])
    assert 'class="note"' not in drawn
    assert "a<b" not in drawn
    names = ["a&lt;b"] if kind != "stat" else []
    assert all(name in drawn for name in [*names, "95%"] if kind != "state-timeline")
    assert panels.draw(panel(kind, "nothing"), ask, []) == '<div class="nothing">gone</div>'


def test_what_cannot_be_drawn_says_why(ask: asking.Asking) -> None:
    assert "&lt;parse error&gt;" in panels.draw(panel("stat", "broken"), ask, [])
    assert "a preview of heatmap panels is not there" in panels.draw(panel("heatmap"), ask, [])
    assert "not of the kind" in panels.draw({"type": "stat"}, ask, [])


def test_samples_that_follow_each_other_are_one_region(ask: asking.Asking) -> None:
    mark = {
        "name": "m",
        "expr": "x",
        "enable": True,
        "iconColor": "blue",
        "titleFormat": "{{instance}}",
    }
    board = {"annotations": {"list": [mark, {**mark, "expr": "broken"}, {**mark, "enable": False}]}}
    found = list(page.regions(board, ask))
    assert [(one.start, one.end) for one in found] == [(0, 30), (600, 615)]
    assert found[0].title == "a<b"


def test_a_section_puts_panels_where_the_board_has_them(ask: asking.Asking) -> None:
    row = {"type": "row", "title": "R", "gridPos": {"x": 0, "y": 2, "w": 24, "h": 1}}
    board = {"title": "B&B", "uid": "b", "panels": [row, panel("stat")]}
    drawn = page.section(board, ask)
    assert "grid-column:13/span 12;grid-row:4/span 8" in drawn
    assert "<h1>B&amp;B</h1>" in drawn
    assert '<h2 style="grid-column:1/span 24;grid-row:3/span 1">R</h2>' in drawn


def test_the_script_of_plotly_is_there() -> None:
    assert "newPlot" in plotly.plotly_script()


def test_a_secured_prometheus_is_asked(secured: tuple[str, str]) -> None:
    address, authority = secured
    client = asking.client(address, authority, "mlops:pass:word")
    with contextlib.closing(asking.Asking(client, asking.Window(0, 3600), {})) as ask:
        assert ask.now("up")[0].last == 0.95


@pytest.mark.parametrize(
    ("trusted", "login", "why"),
    [
        (True, "", "Prometheus answered 401: Unauthorized$"),
        (True, "mlops:pass", "Prometheus answered 401: Unauthorized$"),
        (False, "mlops:pass:word", "Prometheus does not answer: .*certificate verify failed"),
    ],
    ids=["no password", "another password", "another authority"],
)
def test_who_is_not_let_in_is_told(
    secured: tuple[str, str], tmp_path: pathlib.Path, trusted: bool, login: str, why: str
) -> None:
    address, authority = secured
    (tmp_path / "other").mkdir()
    known = authority if trusted else Authority(tmp_path / "other", "other").path
    client = asking.client(address, known, login)
    ask = asking.Asking(client, asking.Window(0, 3600), {})
    with contextlib.closing(ask), pytest.raises(asking.UnansweredError, match=why):
        ask.now("up")
    assert Fake.asked == []


def test_the_command_reads_the_password_and_shows_it_nowhere(
    secured: tuple[str, str],
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address, authority = secured
    board, out = tmp_path / "board.json", tmp_path / "made" / "page.html"
    board.write_text(json.dumps({"title": "B", "uid": "b", "panels": [panel("stat")]}))
    options = ["--ca-file", authority, "--login", "--since", "now-2h", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["preview", address, str(board), *options])
    monkeypatch.setattr(sys, "stdin", io.StringIO("mlops:pass:word\n"))
    preview.main()
    assert capsys.readouterr().out == f"{out}\n"
    drawn = out.read_text(encoding="utf-8")
    assert "95%" in drawn
    assert 'class="note"' not in drawn
    assert "pass:word" not in drawn


def test_the_simulator_draws_a_board_with_live_data(client: t.Any, prometheus: str) -> None:
    source = {"name": "P", "uid": "prometheus", "type": "prometheus", "url": prometheus}
    assert client.post("/api/datasources", json={**source, "access": "proxy"}).status_code == 200
    data_source = {"type": "prometheus", "uid": "prometheus"}
    drawn = {**panel("timeseries"), "datasource": data_source}
    board = {"title": "Live", "uid": "live", "panels": [drawn], "time": {"from": "now-1h"}}
    assert client.post("/api/dashboards/db", json={"dashboard": board}).status_code == 200
    shown = client.get("/d/live?from=now-2h").text
    assert "A preview by mlops.infra, not Grafana" in shown
    assert "2 h until" in shown
    assert 'class="chart"' in shown
    assert float(Fake.asked[-1]["end"]) - float(Fake.asked[-1]["start"]) == pytest.approx(7200)
    for name in ("plotly.min.js", "preview.js"):
        assert f'src="/preview/{name}"' in shown
        assert client.get(f"/preview/{name}").headers["Content-Type"].startswith("text/javascript")
    assert client.get("/preview/secret").status_code == 404


def test_a_board_whose_prometheus_is_gone_still_has_a_page(client: t.Any) -> None:
    source = {"name": "P", "uid": "gone", "type": "prometheus", "url": "http://127.0.0.1:9"}
    client.post("/api/datasources", json={**source, "access": "proxy"})
    drawn = {**panel("stat"), "datasource": {"type": "prometheus", "uid": "gone"}}
    client.post(
        "/api/dashboards/db", json={"dashboard": {"title": "X", "uid": "x", "panels": [drawn]}}
    )
    assert "Prometheus does not answer" in client.get("/d/x").text


def test_the_example_of_boards_of_ones_own_is_drawn(ask: asking.Asking) -> None:
    [path] = (ROOT / "examples/own-boards/boards").glob("*.json")
    for one in json.loads(path.read_text())["panels"]:
        assert 'class="note"' not in panels.draw(one, ask, []), one["title"]
