# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays as users run them, in a process of their own."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

ROOT = pathlib.Path(__file__).parents[3]
COMMAND = ["ansible-playbook", "-i", "localhost,", "-c", "local", "-vvv", "--diff"]
BEGINNING = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/mlops.infra.{server}: {{address: "{{{{ {server} }}}}"}}
  tasks:
"""


def played(folder: pathlib.Path, tasks: str, server: str, address: str, **known: t.Any) -> str:
    """All that was printed. C(server) is nomad or consul, and the variable that has C(address)."""
    folder.joinpath("play.yml").write_text(BEGINNING.format(server=server) + tasks)
    facts = {
        "ansible_python_interpreter": sys.executable,
        "folder": str(folder),
        server: address,
        **known,
    }
    folder.joinpath("vars.json").write_text(json.dumps(facts))
    done = subprocess.run(
        [*COMMAND, "-e", f"@{folder}/vars.json", folder / "play.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout + done.stderr
