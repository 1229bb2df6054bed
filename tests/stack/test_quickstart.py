# SPDX-License-Identifier: GPL-3.0-or-later
"""QUICKSTART.md is followed on the platform that is running: its commands for make, its playbook and its play.

What a command says of itself is read, and what became of it is asked of the servers.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import subprocess
import typing as t
from pathlib import Path

import platform_state as platform
import pytest
from markdown_it import MarkdownIt

PAGE = platform.ROOT / "QUICKSTART.md"
OURS = ("make ", "ansible-playbook playbooks/")
# The instance is removed by who made it.
NOT_HERE = {"make up", "make down", "make clean"}
HERE = {**os.environ, "ANSIBLE_INVENTORY": "molecule/inventory"}


@functools.cache
def linux() -> tuple[list[str], str]:
    """The commands for make and our playbooks, in their order, and the play of the part about Linux."""
    commands: list[str] = []
    plays: list[str] = []
    title = ""
    tokens = MarkdownIt("commonmark").parse(PAGE.read_text(encoding="utf-8"))
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and after:
            title = after.content
        elif title == "Linux" and token.type == "code_block":
            commands += [line for line in token.content.splitlines() if line.startswith(OURS)]
        elif title == "Linux" and token.type == "fence" and token.info == "yaml":
            plays.append(token.content)
    (play,) = plays
    return commands, play


def shell(command: str) -> str:
    done = subprocess.run(
        command,
        shell=True,
        cwd=platform.ROOT,
        env=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def records(name: str) -> list[dict[str, t.Any]]:
    """The runs of that name in Consul, the newest last; of a sweep all whose name begins so."""
    rows = platform.call(f"{platform.CONSUL}/v1/kv/mlops/runs/?recurse")
    found = [json.loads(base64.b64decode(row["Value"])) for row in rows]
    return sorted(
        (run for run in found if run["run_name"].startswith(name)), key=lambda run: run["started"]
    )


def trained(_said: str, _out: Path) -> None:
    run = records("demo")[-1]
    assert (run["status"], run["params"]["epochs"]) == ("done", 20)


def listed(said: str, _out: Path) -> None:
    assert records("demo")[-1]["run_id"] in said


def told(said: str, _out: Path) -> None:
    assert "Epoch 20: loss" in said


def copied(_said: str, out: Path) -> None:
    run = records("demo")[-1]["run_id"]
    summary = json.loads((out / run / "summary.json").read_text())
    assert summary["run_id"] == run


def widened(_said: str, _out: Path) -> None:
    run = records("wide")[-1]
    params = (run["params"]["learning_rate"], run["params"]["hidden_units"])
    assert (run["status"], params) == ("done", (0.05, 64))


def swept(said: str, _out: Path) -> None:
    runs = records("sweep")[-4:]
    points = {(run["params"]["learning_rate"], run["params"]["hidden_units"]) for run in runs}
    assert points == {(0.05, 16), (0.05, 32), (0.1, 16), (0.1, 32)}
    assert {run["status"] for run in runs} == {"done"}
    assert all(run["run_name"] in said for run in runs)


def served(_said: str, _out: Path) -> None:
    found = platform.call(f"{platform.CONSUL}/v1/health/service/ml-serving?passing=true")
    assert [entry["Service"]["Port"] for entry in found] == [9106]


def well(said: str, _out: Path) -> None:
    assert "FAIL" not in said
    assert "Consul" in said


BECAME: dict[str, t.Callable[[str, Path], None]] = {
    "status": well,
    "train": trained,
    "runs": listed,
    "logs": told,
    "artifacts": copied,
    "playbooks/train.yml": widened,
    "sweep": swept,
    "serve": served,
}


@pytest.fixture(scope="module", autouse=True)
def _nothing_of_it_stays() -> t.Iterator[None]:
    yield
    platform.call(f"{platform.NOMAD}/v1/job/ml-serving?purge=true", "DELETE")


@pytest.mark.parametrize("command", [c for c in linux()[0] if c not in NOT_HERE])
def test_a_command_does_what_it_says(command: str, tmp_path: Path) -> None:
    said = shell(command.replace("OUT=/tmp", f"OUT={tmp_path}"))
    BECAME[command.split()[1]](said, tmp_path)


def test_the_play_does_what_it_says(tmp_path: Path) -> None:
    text = linux()[1]
    for ours, theirs in ((platform.CONSUL, "8500"), (platform.NOMAD, "4646")):
        assert f"http://127.0.0.1:{theirs}" in text
        text = text.replace(f"http://127.0.0.1:{theirs}", ours)
    play = tmp_path / "play.yml"
    play.write_text(text)
    said = shell(f"ansible-playbook {play}")
    assert "exit code 0" in said
    params = records("from-a-play")[-1]["params"]
    assert (params["epochs"], params["learning_rate"]) == (10, 0.05)
    shell("make up")  # which puts the default back
    row = platform.call(f"{platform.CONSUL}/v1/kv/mlops/config/training/epochs")[0]
    assert base64.b64decode(row["Value"]) != b"10"
