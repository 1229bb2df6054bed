# SPDX-License-Identifier: GPL-3.0-or-later
"""The boards that the role ships: in canonical form, complete, laid out without overlap, accepted."""

from __future__ import annotations

import itertools
import json
import pathlib
import re
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._grafana import model

DIRECTORY = pathlib.Path(__file__).parents[3] / "roles/grafana/files/dashboards"
FILES = sorted(DIRECTORY.glob("*.json"))
SOURCE = {"type": "prometheus", "uid": "prometheus"}
TYPES = {"row", "stat", "timeseries", "table", "bargauge", "gauge", "state-timeline", "heatmap"}
UNITS = {"none", "short", "percent", "percentunit", "bytes", "s", "ms", "reqps", "ops"}
Panel = dict[str, t.Any]


def board(path: pathlib.Path) -> dict[str, t.Any]:
    data: dict[str, t.Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def panels(path: pathlib.Path) -> list[Panel]:
    return [panel for panel in board(path)["panels"] if panel["type"] != "row"]


every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
every_panel = pytest.mark.parametrize(
    "panel",
    [panel for path in FILES for panel in panels(path)],
    ids=lambda panel: panel["title"],
)


def test_the_overview_is_there() -> None:
    assert "mlops-overview" in [path.stem for path in FILES]


@every_file
def test_canonical_form(path: pathlib.Path) -> None:
    text = json.dumps(board(path), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert path.read_text(encoding="utf-8") == text


@every_file
def test_identity_and_settings(path: pathlib.Path) -> None:
    data = board(path)
    assert data["uid"] == path.stem
    assert data["schemaVersion"] == 38
    assert data["tags"] == ["managed", "mlops"]
    assert data["editable"] is False
    assert not {"id", "version", "iteration", "__inputs"} & set(data)
    assert model.desired_board(data, None) == data


@every_file
def test_panel_ids_are_unique(path: pathlib.Path) -> None:
    numbers = [panel["id"] for panel in board(path)["panels"]]
    assert len(set(numbers)) == len(numbers)


@every_file
def test_layout(path: pathlib.Path) -> None:
    places = [panel["gridPos"] for panel in board(path)["panels"]]
    assert all(p["x"] >= 0 and p["w"] >= 1 and p["x"] + p["w"] <= 24 for p in places)
    for a, b in itertools.combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above, (a, b)


@every_panel
def test_panel_is_complete(panel: Panel) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["type"] in TYPES
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["datasource"] == SOURCE
    assert defaults["unit"] in UNITS
    assert defaults["noValue"]
    assert defaults["thresholds"]["steps"][0]["value"] is None


@every_panel
def test_queries(panel: Panel) -> None:
    refs = [target["refId"] for target in panel["targets"]]
    assert refs
    assert len(set(refs)) == len(refs)
    for target in panel["targets"]:
        assert target["datasource"] == SOURCE
        assert target["instant"] is not target["range"]
        assert "job=" in target["expr"] or re.search(r"\bup\b", target["expr"])
        # Nomad's own label job arrives as exported_job; job is the scrape job.
        assert not re.search(r'nomad_\w+\{[^}]*\bjob="(?!nomad")', target["expr"])


@every_file
def test_the_server_stores_it_as_it_is(path: pathlib.Path, client: t.Any) -> None:
    data = board(path)
    answer = client.post("/api/dashboards/db", json={"dashboard": data, "folderUid": ""})
    assert answer.status_code == 200
    stored = client.get(f"/api/dashboards/uid/{data['uid']}").json()["dashboard"]
    assert model.same(stored, data)
