# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks against the cluster, recorded with all that ansible-playbook can tell."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from .background import Background
from .hosts import HOME, ROOT

RECORDS = HOME / "records"


class Sampling(Background):
    """What the command lines and environments of all processes say, hosts' too, while the block runs."""

    def __init__(self) -> None:
        super().__init__(self._look)
        self.seen: set[bytes] = set()

    def _look(self) -> None:
        known: set[str] = set()
        while not self._over.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                if process.name not in known:
                    known.add(process.name)
                    self._read(process)
            time.sleep(0.1)

    def _read(self, process: Path) -> None:
        for part in ("cmdline", "environ"):
            try:
                self.seen.add((process / part).read_bytes())
            except OSError:
                continue  # it has ended


def play(
    record: str,
    playbook: str,
    *arguments: str,
    inventory: Path = HOME / "hosts",
    code: int = 0,
    **environment: str,
) -> str:
    """Its output, and in C(RECORDS) that and the processes that it started; it ends with that code."""
    RECORDS.mkdir(mode=0o700, exist_ok=True)
    command = ["ansible-playbook", f"--inventory={inventory}", "-vvv", "--diff"]
    output = RECORDS / f"{record}.log"
    with Sampling() as sampling, output.open("w") as file:
        done = subprocess.run(
            [*command, f"playbooks/{playbook}", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
                "MOLECULE_EPHEMERAL_DIRECTORY": str(HOME),  # the inventory asks for it
                **environment,
            },
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    (RECORDS / f"{record}.processes").write_bytes(b"\n".join(sorted(sampling.seen)))
    told = output.read_text()
    assert done.returncode == code, told[-6000:]
    return told
