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
Containers = dict[str, dict[str, str]]


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
    def __init__(self, inventory: Path, secrets: Path, record: Path | None) -> None:
        self.inventory, self.secrets, self.record = inventory, secrets, record
        self.plays = 0

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
            [*command, *(["-vvv", "--diff"] if self.record else []), *arguments],
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.plays += 1
        if self.record:
            self.record.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.record / f"convergence-{self.plays}.log").write_text(done.stdout)
        return done.returncode, done.stdout

    def purge(self) -> None:
        """Nothing of the platform is left but the images."""
        how = ("--extra-vars=mlops_purge=true", "--extra-vars=docker_purge_images=false")
        code, output = self.play("down.yml", *how)
        assert code == 0, output[-3000:]

    def snapshot(self) -> Snapshot:
        files = (path for path in self.secrets.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.secrets)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }

    def containers(self) -> Containers:
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


def left_over(platform: Platform, name: str, before: Containers) -> list[str]:
    """Containers that were not there before and are not the platform's, or do not run."""
    return [
        f"{host}: {container} is {state}"
        for host, found in platform.containers().items()
        for container, state in found.items()
        if container not in before[host]
        if state != "running" or not container.startswith(f"{name}-")
    ]


def changed(output: str) -> int:
    return sum(int(count) for count in re.findall(r"changed=(\d+)", output))


def faults(platform: Platform, attempts: list[Attempt]) -> t.Iterator[str]:
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
    parser.add_argument("--record", type=Path, help="directory for all that -vvv --diff tells")
    parser.add_argument("--remove", action="store_true", help="remove the platform in the end")
    parser.add_argument("--tasks", type=int, default=400, help="among the first so many tasks")
    return parser.parse_args()


def numbers(sample: int, tasks: int) -> t.Iterable[int]:
    if not sample:
        return itertools.count(1)
    today = random.Random(time.strftime("%Y-%m-%d"))
    return sorted(today.sample(range(1, tasks + 1), sample))


def main() -> int:
    asked = arguments()
    platform = Platform(asked.inventory.absolute(), asked.secrets, asked.record)
    platform.purge()
    before = platform.containers()
    attempts = list(killed(platform, numbers(asked.sample, asked.tasks)))
    print(table(attempts))
    found = [*faults(platform, attempts), *left_over(platform, asked.name, before)]
    print(
        "\n".join(found) or "it converged; nothing was left to change, no container was left over"
    )
    if asked.remove:
        platform.purge()
    return len(found) > 0


if __name__ == "__main__":
    sys.exit(main())
