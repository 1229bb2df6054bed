# SPDX-License-Identifier: GPL-3.0-or-later
"""What the contract does not cover: folders by uid, limits of the simulation, concurrency, pages."""

from __future__ import annotations

import concurrent.futures
import typing as t

import pytest
from starlette.testclient import TestClient

BOARD = {"title": "T", "uid": "t-1"}


def save(client: TestClient, dashboard: dict[str, t.Any], **more: t.Any) -> t.Any:
    return client.post("/api/dashboards/db", json={"dashboard": dashboard, **more})


def test_a_board_lives_in_the_folder_that_its_save_names(client: TestClient) -> None:
    client.post("/api/folders", json={"uid": "f", "title": "F"})
    save(client, BOARD, folderUid="f")
    meta = client.get("/api/dashboards/uid/t-1").json()["meta"]
    assert (meta["folderUid"], meta["folderTitle"]) == ("f", "F")
    assert meta["folderUrl"] == "/dashboards/f/f/f"
    hit = client.get("/api/search?type=dash-db").json()[0]
    assert (hit["uid"], hit["folderUid"]) == ("t-1", "f")

    save(client, {**BOARD, "version": 1})
    assert client.get("/api/dashboards/uid/t-1").json()["meta"]["folderUid"] == ""


def test_a_folder_takes_its_boards_along(client: TestClient) -> None:
    client.post("/api/folders", json={"uid": "f", "title": "F"})
    save(client, BOARD, folderUid="f")
    assert client.delete("/api/folders/f").status_code == 200
    assert client.get("/api/dashboards/uid/t-1").status_code == 404


def test_the_same_title_in_another_folder(client: TestClient) -> None:
    client.post("/api/folders", json={"uid": "f", "title": "F"})
    assert save(client, BOARD).status_code == 200
    assert save(client, {"title": "T", "uid": "t-2"}, folderUid="f").status_code == 200
    assert save(client, {"title": "T", "uid": "t-3"}, folderUid="f").status_code == 412


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/teams/1", None),
        ("GET", "/api/dashboards/id/1/versions", None),
        ("PATCH", "/api/folders/f", None),
        ("GET", "/apis/folder.grafana.app", None),
        ("GET", "/api/search?sort=alpha-desc", None),
        ("POST", "/api/dashboards/db", {"dashboard": BOARD, "isFolder": True}),
        ("POST", "/api/dashboards/db", {"dashboard": BOARD, "folderId": 3}),
        ("POST", "/api/admin/provisioning/plugins/reload", None),
        ("GET", "/explore", None),
    ],
)
def test_what_is_not_simulated_says_so(
    client: TestClient, method: str, path: str, body: t.Any
) -> None:
    answer = client.request(method, path, json=body)
    assert answer.status_code == 501
    assert answer.json()["message"].startswith("not simulated: ")


def test_another_organisation_is_not_simulated(client: TestClient) -> None:
    answer = client.get("/api/org", headers={"X-Grafana-Org-Id": "2"})
    assert answer.status_code == 501
    assert client.get("/api/org", headers={"X-Grafana-Org-Id": "1"}).json()["id"] == 1


def test_one_of_many_writers_wins(client: TestClient) -> None:
    save(client, BOARD)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: save(client, {**BOARD, "x": n, "version": 1}), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 15
    winner = next(n for n, answer in enumerate(answers) if answer.status_code == 200)
    stored = client.get("/api/dashboards/uid/t-1").json()["dashboard"]
    assert (stored["x"], stored["version"]) == (winner, 2)


def test_content_comes_back_as_it_was_sent(client: TestClient) -> None:
    board = {
        **BOARD,
        "panels": [{"id": 7, "x": None, "y": 0.25, "z": "Ü <b> \u2028"}, {}],
        "big": 12345678901234567890,
        "meta": {"a": [True, False, []]},
        "__inputs": [{"name": "X"}],
    }
    save(client, board)
    stored = client.get("/api/dashboards/uid/t-1").json()["dashboard"]
    assert {**board, "id": stored["id"], "version": 1} == stored


def test_start_page_says_what_it_is_and_names_no_board(client: TestClient) -> None:
    save(client, {"title": "Secret plan", "uid": "t-1"})
    client.auth = None
    page = client.get("/")
    assert "It is not Grafana" in page.text
    assert "Boards</td><td>1</td>" in page.text
    assert "Secret plan" not in page.text
    for path in ("/dashboards", "/d/t-1"):
        closed = client.get(path)
        assert closed.status_code == 401
        assert closed.headers["WWW-Authenticate"].startswith("Basic")
    assert "WWW-Authenticate" not in client.get("/api/org").headers


def test_board_page_shows_panels_and_escapes(client: TestClient) -> None:
    panel = {"title": "<script>", "type": "stat", "targets": [{"expr": "up < 1"}]}
    save(client, {**BOARD, "panels": [panel]})
    page = client.get("/d/t-1/t").text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "up &lt; 1" in page
    assert "T</a>" in client.get("/dashboards").text


def test_metrics(client: TestClient) -> None:
    save(client, BOARD)
    client.get("/api/dashboards/uid/none")
    client.get("/api/nothing")
    client.auth = None
    text = client.get("/metrics").text
    assert 'grafana_build_info{branch="",edition="oss",goversion="",' in text
    assert 'mlops_lab_simulator_info{simulates="grafana/grafana:10.1.0"} 1.0' in text
    assert "grafana_stat_totals_dashboard 1.0" in text
    count = "grafana_http_request_duration_seconds_count"
    row = 'handler="/api/dashboards/uid/{uid}",method="GET",status_code="404"'
    assert f"{count}{{{row}}} 1.0" in text
    assert f'{count}{{handler="notfound",method="GET",status_code="501"}} 1.0' in text
