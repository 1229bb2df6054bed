# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user has it who never saw the clone: built, installed elsewhere, run by its full names.

Ansible promises that a collection works with nothing but these four folders of it, so all else is removed first.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import typing as t
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = {"meta", "playbooks", "plugins", "roles"}

Run = t.Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs Ansible's programs away from the clone and its settings."""
    away = tmp_path_factory.mktemp("away")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
    environment["ANSIBLE_COLLECTIONS_PATH"] = str(away / "collections")
    environment["ANSIBLE_HOME"] = str(away / "home")

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=away, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("ansible-galaxy", "collection", "build", "--output-path", away, ROOT)
    tarball = next(away.glob("mlops-infra-*.tar.gz"))
    run("ansible-galaxy", "collection", "install", "--offline", tarball)
    for path in (away / "collections" / "ansible_collections" / "mlops" / "infra").iterdir():
        if path.name not in NEEDED:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copy(Path(__file__).parent / "hosts.yml", away)
    return run


@pytest.fixture(scope="module")
def consul(run: Run, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[str]:
    left_behind = [sys.executable, ROOT / "tests" / "stack" / "left_behind.py"]
    listing = tmp_path_factory.mktemp("host") / "listing.json"
    run(*left_behind, "note", listing)
    try:
        yield run("ansible-playbook", "--inventory=hosts.yml", "mlops.infra.site")
    finally:
        run(
            "ansible-playbook",
            "--inventory=hosts.yml",
            "--extra-vars=mlops_purge=true",
            "mlops.infra.down",
        )
    run(*left_behind, "check", listing)


def test_it_is_the_installed_one_that_runs(run: Run) -> None:
    shown = json.loads(run("ansible-doc", "--json", "--type", "module", "mlops.infra.consul_kv"))
    assert "/away" in shown["mlops.infra.consul_kv"]["doc"]["filename"]


def test_an_inventory_of_consul_alone_gets_consul_alone(consul: str) -> None:
    with urllib.request.urlopen("http://127.0.0.1:18500/v1/status/leader", timeout=10) as answer:
        assert json.load(answer) == "172.30.0.10:8300"
    listed = ["docker", "ps", "--filter=name=mlops-test-", "--format={{.Names}}"]
    running = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    assert sorted(running) == ["mlops-test-consul", "mlops-test-node-exporter"]


def test_it_changes_nothing_when_it_runs_again(run: Run, consul: str) -> None:
    again = run("ansible-playbook", "--inventory=hosts.yml", "mlops.infra.site")
    assert "changed=0" in again
    assert "changed=0" not in consul
