# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks against the cluster, recorded with all that ansible-playbook can tell."""

from __future__ import annotations

import os
import subprocess
import threading
import time
import types
from pathlib import Path

from .hosts import HOME, ROOT

RECORDS = HOME / "records"


class Sampling:
    """What the command lines and environments of all processes say, hosts' too, while the block runs."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Sampling:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

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


def play(record: str, playbook: str, *arguments: str, inventory: Path = HOME / "hosts") -> None:
    """Its output and the processes that it started are kept in C(RECORDS)."""
    RECORDS.mkdir(mode=0o700, exist_ok=True)
    command = ["ansible-playbook", f"--inventory={inventory}", "-vvv", "--diff"]
    output = RECORDS / f"{record}.log"
    with Sampling() as sampling, output.open("w") as file:
        done = subprocess.run(
            [*command, f"playbooks/{playbook}", *arguments],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    (RECORDS / f"{record}.processes").write_bytes(b"\n".join(sorted(sampling.seen)))
    assert done.returncode == 0, output.read_text()[-6000:]
