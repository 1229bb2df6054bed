# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of `make report`, of the platform that is running and of one of which nothing answers."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

import platform_state as platform


def report(page: Path, *arguments: str) -> str:
    command = ["ansible-playbook", "--inventory=molecule/inventory", "playbooks/report.yml"]
    told = f"--extra-vars=mlops_report_file={page}"
    subprocess.run([*command, told, *arguments], cwd=platform.ROOT, check=True, capture_output=True)
    return page.read_text(encoding="utf-8")


def test_it_has_health_images_runs_and_boards(tmp_path: Path) -> None:
    page = report(tmp_path / "report.html")
    assert 'class="bad"' not in page
    assert page.count('class="ok"') >= 12
    for service in platform.SERVICES:
        assert f"<td>{platform.NAME}-{service}</td>" in page
    runs = platform.call(f"{platform.CONSUL}/v1/kv/mlops/runs/?keys")
    assert all(run.rpartition("/")[2] in page for run in runs)
    (boards,) = re.findall(r'srcdoc="([^"]*)"', page)
    assert html.unescape(boards).count("<section id=") == 7
    assert platform.GRAFANA_LOGIN.decode().partition(":")[2] not in page


def test_it_is_written_when_nothing_answers(tmp_path: Path) -> None:
    page = report(tmp_path / "report.html", "--extra-vars=mlops_port_offset=20000")
    assert page.count('class="ok"') == 1  # Docker still runs the containers
    assert page.count('class="bad"') >= 12
    assert "Consul does not answer" in page
