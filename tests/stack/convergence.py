# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills site.yml after one task after the other, beginning with nothing, and tells what became of it.

    python tests/stack/convergence.py --inventory DIR --secrets DIR --sample 4

Each run goes on where the one before was killed, so each task has been carried out for the first time when
the kill comes. At no time may a secret change or be lost that was there before; in the end the platform is
there, nothing more is left to change, and no container is left over. A table of it is printed.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

ROOT = Path(__file__).parents[2]
CALLBACKS = Path(__file__).parent / "callback_plugins"
TASK = re.compile(r"^TASK \[(.*)\] \**$", re.MULTILINE)
Snapshot = dict[str, str]


@dataclasses.dataclass
class Attempt:
    """One run: after which task it was killed, and what it has left of secrets."""

    number: int
    task: str
    code: int
    secrets: int
    broken: list[str]
    output: str = dataclasses.field(repr=False, default="")


class Platform:
    def __init__(self, inventory: Path, secrets: Path) -> None:
        self.inventory, self.secrets = inventory, secrets

    def play(self, playbook: str, *arguments: str, cut_off: int = 0) -> tuple[int, str]:
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        if cut_off:
            environment |= {
                "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
                "ANSIBLE_CALLBACKS_ENABLED": "cut_off",
                "MLOPS_CUT_OFF_AFTER": str(cut_off),
            }
        command = ["ansible-playbook", f"--inventory={self.inventory}", f"playbooks/{playbook}"]
        done = subprocess.run(
            [*command, *arguments],
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, done.stdout

    def snapshot(self) -> Snapshot:
        files = (path for path in self.secrets.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.secrets)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }

    def containers(self) -> dict[str, dict[str, str]]:
        """By host, the state of each container that is no task of Nomad's."""
        shown = (
            '{% raw %}{{.Names}} {{.State}} {{.Label "com.hashicorp.nomad.alloc_id"}}{% endraw %}'
        )
        asked = json.dumps({"argv": ["docker", "ps", "--all", f"--format={shown}"]})
        command = ["ansible", "all", f"--inventory={self.inventory}"]
        done = subprocess.run(
            [*command, "--module-name=ansible.builtin.command", f"--args={asked}"],
            cwd=ROOT,
            env={
                **os.environ,
                "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
                "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
                "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            },
            capture_output=True,
            text=True,
            check=True,
        )
        answers = json.loads(done.stdout)["plays"][0]["tasks"][0]["hosts"]
        return {host: dict(services(answer["stdout"])) for host, answer in answers.items()}


def services(listed: str) -> t.Iterator[tuple[str, str]]:
    for line in listed.splitlines():
        name, state, *allocation = line.split()
        if not allocation:
            yield name, state


def broken(before: Snapshot, now: Snapshot) -> list[str]:
    """Secrets that were there before, and are another one now, or none."""
    return [name for name, digest in before.items() if now.get(name) != digest]


def attempt(platform: Platform, number: int, before: Snapshot) -> tuple[Attempt, Snapshot]:
    code, output = platform.play("site.yml", cut_off=number)
    now = platform.snapshot()
    begun = TASK.findall(output)
    name = begun[number - 1] if len(begun) >= number else "(it was over before)"
    return Attempt(number, name, code, len(now), broken(before, now), output), now


def killed(platform: Platform, numbers: t.Iterable[int]) -> t.Iterator[Attempt]:
    """One attempt after the other, until one is over before it can be killed."""
    seen: Snapshot = {}
    for number in numbers:
        made, now = attempt(platform, number, seen)
        seen |= now
        yield made
        if made.code != -signal.SIGKILL:
            return


def left_over(platform: Platform, name: str) -> list[str]:
    """Containers that are not of the platform, or do not run."""
    return [
        f"{host}: {container} is {state}"
        for host, found in platform.containers().items()
        for container, state in found.items()
        if state != "running" or not container.startswith(f"{name}-")
    ]


def changed(output: str) -> int:
    return sum(int(count) for count in re.findall(r"changed=(\d+)", output))


def faults(platform: Platform, name: str, attempts: list[Attempt]) -> t.Iterator[str]:
    """What is not as it has to be, in the end and on the way there."""
    for made in attempts:
        yield from (f"after task {made.number}, {one} was another" for one in made.broken)
        if made.code not in (0, -signal.SIGKILL):
            yield f"the run up to task {made.number} failed by itself: {made.output[-3000:]}"
    before = platform.snapshot()
    code, output = platform.play("site.yml")
    if code:
        yield f"the run to the end failed: {output[-3000:]}"
    yield from (f"in the end, {one} was another" for one in broken(before, platform.snapshot()))
    code, output = platform.play("site.yml")
    if code or changed(output):
        yield f"a further run changed something: {output[-3000:]}"
    yield from left_over(platform, name)


def table(attempts: list[Attempt]) -> str:
    lines = ["| killed after | task | secrets kept | lost or changed |", "|---|---|---|---|"]
    lines += [
        f"| {a.number} | {a.task} | {a.secrets} | {', '.join(a.broken) or '-'} |" for a in attempts
    ]
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--inventory", type=Path, required=True)
    parser.add_argument("--secrets", type=Path, required=True, help="mlops_secrets_dir")
    parser.add_argument("--name", default="mlops", help="mlops_name")
    parser.add_argument("--sample", type=int, default=0, help="so many tasks only, others each day")
    parser.add_argument("--tasks", type=int, default=400, help="among the first so many tasks")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    platform = Platform(asked.inventory.absolute(), asked.secrets)
    numbers: t.Iterable[int] = itertools.count(1)
    if asked.sample:
        today = random.Random(time.strftime("%Y-%m-%d"))
        numbers = sorted(today.sample(range(1, asked.tasks + 1), asked.sample))
    platform.play(
        "down.yml", "--extra-vars=mlops_purge=true", "--extra-vars=docker_purge_images=false"
    )
    attempts = list(killed(platform, numbers))
    print(table(attempts))
    found = list(faults(platform, asked.name, attempts))
    print(
        "\n".join(found) or "it converged; nothing was left to change, no container was left over"
    )
    return len(found) > 0


if __name__ == "__main__":
    sys.exit(main())
