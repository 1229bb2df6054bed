# SPDX-License-Identifier: GPL-3.0-or-later
"""All boards saved twice: the second time nothing changes. Writers at once: nobody loses unseen."""

from __future__ import annotations

import concurrent.futures
import json
import os
import pathlib
import threading
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import ConflictError
from ansible_collections.mlops.infra.plugins.module_utils._grafana import saving
from ansible_collections.mlops.infra.plugins.module_utils._grafana.client import GrafanaClient
from ansible_collections.mlops.infra.plugins.module_utils._grafana.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._grafana.plan import (
    Observed,
    Wanted,
    plan_present,
)
from ansible_collections.mlops.infra.plugins.modules import grafana_dashboard, grafana_dashboards
from ansible_collections.mlops.infra.tests.unit.plugins.modules.grafana_in_process import (
    PASSWORD,
    Grafana,
    Run,
)

from ..shared.report import HOW
from .boards import COUNT, Board, generated, of_the_repository

REAL = os.environ.get("MLOPS_GRAFANA_ADDR")
PROFILES = ["server"] if REAL else ["10.1", "11.6", "13.x-409"]
BOARDS = [*generated(), *of_the_repository()]
WRITERS = 8
ROUNDS = 10


@pytest.fixture(scope="module", params=PROFILES)
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> t.Iterator[Connection]:
    if REAL:
        password = os.environ["GRAFANA_PASSWORD"]
        yield Connection(REAL, os.environ.get("GRAFANA_USER", "admin"), password)
        return
    grafana = Grafana(tmp_path_factory.mktemp("grafana"), request.param)
    with grafana.running():
        yield Connection(grafana.url, "admin", PASSWORD)


@pytest.fixture(autouse=True)
def told(request: pytest.FixtureRequest) -> None:
    request.node.stash[HOW] = "a real server of Grafana's API" if REAL else "simulated Grafanas"


@pytest.fixture
def client(connection: Connection) -> t.Iterator[GrafanaClient]:
    client = GrafanaClient(connection)
    yield client
    for board in [*BOARDS, {"uid": "corpus-writers"}]:
        client.delete_dashboard(board["uid"])
    client.close()


def runner(
    module: t.Any, connection: Connection, capfd: pytest.CaptureFixture[str]
) -> t.Callable[..., Board]:
    run = Run(module, connection.url, capfd)
    login = {"username": connection.username, "password": connection.password}
    return lambda **params: run(**{**login, **params})


def test_there_are_enough() -> None:
    assert COUNT >= 50
    assert len({board["uid"] for board in BOARDS}) == len(BOARDS) > COUNT


@pytest.mark.parametrize("compare", ["exact", "subset"])
def test_saved_twice_is_unchanged(
    connection: Connection,
    client: GrafanaClient,
    tmp_path: pathlib.Path,
    capfd: pytest.CaptureFixture[str],
    compare: str,
) -> None:
    for board in BOARDS:
        text = json.dumps(board, ensure_ascii=False)
        (tmp_path / f"{board['uid']}.json").write_text(text, encoding="utf-8")
    run = runner(grafana_dashboards, connection, capfd)
    first = run(path=str(tmp_path), compare=compare)
    assert [found["action"] for found in first["dashboards"]] == ["created"] * len(BOARDS)
    assert "not stored as it was sent" not in json.dumps(first.get("warnings", []))
    again = run(path=str(tmp_path), compare=compare)
    assert [found for found in again["dashboards"] if found["action"] != "unchanged"] == []


def test_what_is_exported_is_what_is_there(
    connection: Connection,
    client: GrafanaClient,
    tmp_path: pathlib.Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = runner(grafana_dashboard, connection, capfd)
    for board in BOARDS[::10]:
        dest = str(tmp_path / f"{board['uid']}.json")
        run(dashboard=board)
        assert run(state="exported", uid=board["uid"], dest=dest)["changed"]
        assert not run(state="exported", uid=board["uid"], dest=dest)["changed"]
        assert not run(src=dest)["changed"]


def test_of_writers_at_once_nobody_loses_unseen(
    connection: Connection, client: GrafanaClient
) -> None:
    """On SQLite a server may take two writers of one version; then one of them is told so."""
    for _round in range(ROUNDS):
        client.delete_dashboard("corpus-writers")
        board = {"uid": "corpus-writers", "title": "Corpus writers", "panels": []}
        saving.save(Wanted(board), plan_present(Wanted(board), None), client, None)
        observed = Observed.from_answer(client.find_dashboard("corpus-writers"))
        assert observed is not None
        together = threading.Barrier(WRITERS)
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            tasks = [
                pool.submit(write, connection, board, observed, number, together)
                for number in range(WRITERS)
            ]
            warnings = {n: task.result() for n, task in enumerate(tasks)}
        saved = {number for number, told in warnings.items() if told is not None}
        last = client.find_dashboard("corpus-writers")
        assert last is not None
        lost = {number for number in saved if last["dashboard"]["description"] != f"of {number}"}
        assert len(saved - lost) == 1
        assert not lost or any(warnings[number] for number in saved)


def write(
    connection: Connection,
    board: Board,
    observed: Observed,
    number: int,
    together: threading.Barrier,
) -> list[str] | None:
    """The warnings of a save, None where it was refused as it has to be."""
    wanted = Wanted({**board, "description": f"of {number}"})
    client = GrafanaClient(connection)
    together.wait(30)
    try:
        return saving.save(wanted, plan_present(wanted, observed), client, observed)[1]
    except ConflictError:
        return None
    finally:
        client.close()
