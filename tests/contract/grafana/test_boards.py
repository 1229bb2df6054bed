# SPDX-License-Identifier: GPL-3.0-or-later
"""The boards that the role ships: the server stores them as they are, and our module finds no difference."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._grafana import model

DIRECTORY = pathlib.Path(__file__).parents[3] / "roles/grafana/files/dashboards"
FILES = sorted(DIRECTORY.glob("*.json"))


def test_there_are_boards() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_server_stores_it_as_it_is(path: pathlib.Path, client: t.Any) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    assert model.desired_board(data, None) == data
    answer = client.post("/api/dashboards/db", json={"dashboard": data, "folderUid": ""})
    assert answer.status_code == 200
    stored = client.get(f"/api/dashboards/uid/{data['uid']}").json()["dashboard"]
    assert model.same(stored, data)
