# SPDX-License-Identifier: GPL-3.0-or-later
"""The boards on the platform that is running: every query is asked, every board is drawn."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import platform_state as platform
import pytest
from boards import BOARDS, documented, prove
from boards.model import Board

SIMULATOR = platform.ROOT / "roles/lab/files/grafana_sim"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def image(service: str) -> str:
    form = "{{.Config.Image}}"
    return platform.docker("inspect", f"--format={form}", f"{platform.NAME}-{service}").strip()


def simulated(service: str) -> bool:
    return image(service).startswith("mlops-lab/")


def test_every_query_is_answered() -> None:
    """The simulator of Nomad lacks some metrics; what they feed is named, and proven on a real one."""
    server = prove.Prometheus(platform.PROMETHEUS, hours=1)
    proof = prove.Proof(server, events=False, simulated=simulated("nomad"))
    found = list(proof.findings())
    assert [f"{one.where}: {one.why}" for one in found if one.verdict == "FAILED"] == []
    assert sum(one.verdict == "answered" for one in found) > 100


def test_what_this_platform_lacks_is_answered_on_documented_metrics() -> None:
    found = documented.findings(image=image("prometheus"))
    assert found
    assert [one.where for one in found if one.verdict != "answered"] == []


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_board_is_drawn_with_live_data(board: Board, tmp_path: Path) -> None:
    page = preview(tmp_path, board).read_text(encoding="utf-8")
    assert re.findall('class="note">([^<]*)', page) == []
    assert page.count('class="panel"') == sum(len(row.panels) for row in board.rows)
    if simulated("grafana"):
        served = platform.text(f"{platform.GRAFANA}/d/{board.uid}")
        assert re.findall('class="note">([^<]*)', served) == []
        assert served.count('class="panel"') == page.count('class="panel"')


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")
def test_a_browser_shows_them(tmp_path: Path) -> None:
    page = preview(tmp_path, *BOARDS)
    charts = page.read_text(encoding="utf-8").count('class="chart"')
    assert charts > 20
    drawn = re.search(r'data-drawn="(\d+)"', browse(page, "--dump-dom"))
    assert drawn is not None
    assert int(drawn[1]) == charts
    picture = tmp_path / "boards.png"
    browse(page, f"--screenshot={picture}")
    assert picture.stat().st_size > 100_000  # a page with nothing on it has a tenth of that


def preview(directory: Path, *boards: Board) -> Path:
    shipped = platform.ROOT / "roles/grafana/files/dashboards"
    sources = [str(shipped / f"{board.uid}.json") for board in boards]
    page = directory / "preview.html"
    command = [sys.executable, "-m", "grafana_sim.preview", platform.PROMETHEUS, *sources]
    subprocess.run([*command, "--out", str(page)], cwd=SIMULATOR, check=True, capture_output=True)
    return page


def browse(page: Path, *options: str) -> str:
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    settings = ["--headless=new", "--disable-gpu", "--window-size=1500,12000", *as_root]
    command = [str(CHROMIUM), *settings, "--virtual-time-budget=8000", *options, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout
