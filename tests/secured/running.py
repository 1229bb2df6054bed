# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules in this process; lookups and inventories in ansible-core's own programs."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

from tests.corpus.shared import runner

Json = dict[str, t.Any]
TASK: Json = {
    "Name": "t",
    "Driver": "raw_exec",
    "Config": {"command": "/bin/sh", "args": ["-c", "echo said; exec sleep 600"]},
    "KillTimeout": 10**8,
    "Resources": {"CPU": 50, "MemoryMB": 32},
}
SHORT: Json = {**TASK, "Config": {"command": "/bin/echo", "args": ["said"]}}
HCL = 'job "nx-hcl" {\n group "g" {\n count = 0\n task "t" {\n driver = "raw_exec"\n }\n }\n}\n'


def module(name: str, /, check: bool = False, **options: t.Any) -> runner.Result:
    return runner.run(runner.OURS + name, check, **options)


def theirs(name: str, /, check: bool = False, **options: t.Any) -> runner.Result:
    """A module of community.general."""
    return runner.run(runner.THEIRS + name, check, **options)


def job(name: str, task: Json = TASK, **fields: t.Any) -> Json:
    groups = [{"Name": "g", "Count": 1, "Tasks": [task]}]
    return {"ID": name, "Name": name, "Datacenters": ["dc1"], "TaskGroups": groups, **fields}


def parameterized(name: str) -> Json:
    return job(name, SHORT, Type="batch", ParameterizedJob={"Payload": "optional"})


def _program(name: str, *arguments: str, env: dict[str, str]) -> tuple[str, str]:
    """What a program of ansible-core prints to either stream, wherever the tests were started."""
    found = subprocess.run(
        [str(pathlib.Path(sys.executable).with_name(name)), *arguments],
        cwd=pathlib.Path(__file__).parents[2],
        env={**os.environ, "ANSIBLE_FORCE_COLOR": "0", "COLUMNS": "2000", **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return found.stdout, found.stderr


def lookup(expression: str, **env: str) -> str:
    """Its value as JSON, or the sentence of the failure."""
    message = "msg={{ " + expression + " | to_json }}"
    arguments = ("-i", "localhost,", "-c", "local", "-m", "debug", "-a", message)
    return "".join(_program("ansible", "localhost", *arguments, env=env))


def playbook(path: pathlib.Path, *arguments: str, **env: str) -> str:
    """All that ansible-playbook prints, to either stream."""
    return "".join(_program("ansible-playbook", "-i", "localhost,", *arguments, str(path), env=env))


def inventory(
    path: pathlib.Path, text: str, plugin: str = "nomad_nodes", **env: str
) -> tuple[Json, str]:
    """What it knows of its hosts, and what was written to standard error."""
    source = path / f"test.{plugin}.yml"
    source.write_text(f"plugin: mlops.infra.{plugin}\n{text}")
    output, told = _program("ansible-inventory", "-i", str(source), "--list", env=env)
    return json.loads(output)["_meta"]["hostvars"] if output.startswith("{") else {}, told
