# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays that are timed: what their tasks took, and where the inventory has a server."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCAL = ("--inventory=localhost,", "--connection=local")

Json = dict[str, t.Any]


def inventorys(group: str, variable: str) -> str:
    """What a variable of the platform is for the first host of a group."""
    play = {
        "hosts": f"{group}[0]",
        "gather_facts": False,
        "roles": ["mlops.infra.mlops"],
        "tasks": [{"ansible.builtin.debug": {"var": variable}}],
    }
    (result,) = report(play)["plays"][0]["tasks"][-1]["hosts"].values()
    return str(result[variable])


def report(play: Json, *options: str, without: str = "") -> Json:
    """What ansible-playbook says of a play, run where the variables C(without) are not set."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not (without and name.startswith(without))
    }
    env["ANSIBLE_STDOUT_CALLBACK"] = "ansible.posix.json"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "play.yml"
        path.write_text(json.dumps([play]), encoding="utf-8")
        python = ["-e", f"ansible_python_interpreter={sys.executable}"]
        command = ["ansible-playbook", str(path), *options, *python]
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(f"{play['hosts']}: {done.stdout[-3000:]}{done.stderr[-1000:]}")
    found: Json = json.loads(done.stdout[done.stdout.index("{") :])
    return found


def seconds(task: Json) -> float:
    """From the start of a task to its result."""
    duration = task["task"]["duration"]
    begun, ended = (datetime.datetime.fromisoformat(duration[end]) for end in ("start", "end"))
    return (ended - begun).total_seconds()
