# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of the scenario, each a container of this machine: what can be done to one from outside."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import shlex
import subprocess
import typing as t
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Molecule names it; without Molecule, it is the one that Molecule has made last.
MADE = sorted(Path.home().glob(".ansible/tmp/molecule.*.cluster"), key=lambda p: p.stat().st_mtime)
HOME = Path(os.environ.get("MOLECULE_EPHEMERAL_DIRECTORY") or (MADE or [Path("/nonexistent")])[-1])
NAME = "mlops"


@dataclasses.dataclass(frozen=True)
class Host:
    name: str
    address: str

    @property
    def machine(self) -> str:
        """The container that stands for the host."""
        return f"mlops-cluster-{self.name}"

    def run(self, *command: str, given: str = "") -> str:
        """What a command says on the host; it is an error if it fails."""
        known = f"-oUserKnownHostsFile={HOME}/ssh/known_hosts"
        there = f"root@{self.address}"
        line = shlex.join(command)
        ssh = ("ssh", f"-i{HOME}/ssh/key", known, "-oConnectTimeout=10", there, line)
        return local(*ssh, given=given)

    def docker(self, *arguments: str) -> str:
        return self.run("docker", *arguments)

    def inspect(self) -> list[dict[str, t.Any]]:
        """All its containers, those that have ended too."""
        names = self.docker("ps", "--all", "--quiet").split()
        return t.cast(list[dict[str, t.Any]], json.loads(self.docker("inspect", *names)))


def local(*command: str, given: str = "") -> str:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, errors="replace", check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


@functools.cache
def inventory() -> dict[str, t.Any]:
    read = local("ansible-inventory", f"--inventory={HOME}/hosts", "--list")
    return t.cast(dict[str, t.Any], json.loads(read))


def group(name: str) -> list[Host]:
    """The hosts of a group and of the groups in it, in the inventory's order."""
    found = inventory().get(name, {})
    names = [
        *found.get("hosts", []),
        *(h.name for c in found.get("children", []) for h in group(c)),
    ]
    variables = inventory()["_meta"]["hostvars"]
    return [Host(one, variables[one]["ansible_host"]) for one in dict.fromkeys(names)]


def everyone() -> list[Host]:
    return group("all")


def nomad_is_real() -> bool:
    return len(group("nomad_servers")) > 1


@contextlib.contextmanager
def stopped(host: Host, service: str) -> t.Iterator[None]:
    """The service is killed, as by a host that loses power, and stays away until the block is left."""
    container = f"{NAME}-{service}"
    host.docker("kill", "--signal=KILL", container)
    try:
        yield
    finally:
        host.docker("start", container)


@contextlib.contextmanager
def lost(host: Host) -> t.Iterator[None]:
    """The whole host is gone, and boots again when the block is left."""
    local("docker", "kill", "--signal=KILL", host.machine)
    try:
        yield
    finally:
        local("docker", "start", host.machine)


@contextlib.contextmanager
def cut_off(host: Host, others: t.Sequence[Host]) -> t.Iterator[None]:
    """No packet passes between the host and the others; from here it can still be asked."""
    script = (Path(__file__).parent / "partition.sh").read_text()
    host.run("sh", "-s", "--", "from", *(other.address for other in others), given=script)
    try:
        yield
    finally:
        host.run("sh", "-s", "--", "heal", given=script)
