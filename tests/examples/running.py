# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the examples of modules and lookups as people copy them, each document's in a play of its own.

What they need besides is in the file with the server's name, with the reason for each that is left out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

Json = dict[str, t.Any]


def needs(server: str) -> Json:
    return t.cast(Json, yaml.safe_load((HERE / f"{server}.yml").read_text()))


def documents(server: str) -> list[Path]:
    """In an order in which one makes what the next one reads, without those that are left out as a whole."""
    needed = needs(server)
    first, left_out = needed["order"], needed["left_out"]
    modules = sorted(ROOT.glob(f"plugins/modules/{server}_*.py"))
    modules.sort(key=lambda p: first.index(p.stem) if p.stem in first else len(first))
    both = modules + sorted(ROOT.glob(f"plugins/lookup/{server}_*.py"))
    return [path for path in both if not isinstance(left_out.get(path.stem), str)]


def examples(path: Path, needed: Json, address: str, simulated: bool) -> list[Json]:
    text = path.read_text().split('EXAMPLES = r"""')[1].split('"""')[0]
    for elsewhere in needed["addresses"]:
        text = text.replace(elsewhere, address)
    for place, here in needed["places"].items():
        text = text.replace(place, here)
    tasks: list[Json] = yaml.safe_load(text)
    left_out = set(needed["left_out"].get(path.stem, {}))
    if simulated:
        left_out |= set(needed.get("not_simulated", {}).get(path.stem, {}))
    unknown = left_out - {task["name"] for task in tasks}
    assert not unknown, f"{path.stem} has no example {unknown}"
    return [task for task in tasks if task["name"] not in left_out]


def play(tasks: list[Json], needed: Json, address: str) -> list[Json]:
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    return [
        {
            "hosts": "localhost",
            "gather_facts": True,
            "gather_subset": ["!all", "date_time"],
            "environment": needed["environment"],
            "vars": {**local, **needed["vars"], "server": address},
            "tasks": needed["before"] + tasks,
        }
    ]


def run(
    path: Path, server: str, address: str, folder: Path, *, simulated: bool, **known: str
) -> str:
    """What was printed. C(folder) is where the play is, with the files that the examples name."""
    needed = needs(server)
    shutil.copytree(HERE / "files", folder, dirs_exist_ok=True)
    tasks = examples(path, needed, address, simulated)
    (folder / "play.yml").write_text(json.dumps(play(tasks, needed, address)))
    command = ["ansible-playbook", "--inventory=localhost,", "play.yml", "-e", json.dumps(known)]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return done.stdout
