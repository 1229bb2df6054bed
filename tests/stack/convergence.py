# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills site.yml after one task after the other, beginning with nothing, and tells what became of it.

    python tests/stack/convergence.py --inventory DIR --secrets DIR --sample 4

Each run goes on where the one before was killed, so each task has been carried out for the first time when
the kill comes: in every other run between two tasks, else when one host has done with the task and the others
are in the midst of it. At no time may a secret change or be lost that was there before; in the end the
platform is there, nothing more is left to change, and nothing is left over. A table of it is printed.

With --begin nothing comes after the kills: whoever asks goes on from there, as Molecule's converge does.
With --change, runs that change the platform are killed after that, while hosts are changed in their turn.
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
HEADING = re.compile(r"^(PLAY|TASK) \[(.*)\] \**$", re.MULTILINE)
IN_TURN = " due"  # in the names of the plays that change running hosts one after the other
Snapshot = dict[str, str]
Containers = dict[str, dict[str, str]]


@dataclasses.dataclass
class Attempt:
    """One run: after which task it was killed, and what it has left of secrets."""

    number: int
    amid: bool
    play: str
    task: str
    code: int
    secrets: int
    broken: list[str]
    output: str = dataclasses.field(repr=False, default="")


class Platform:
    def __init__(self, asked: argparse.Namespace) -> None:
        self.inventory, self.secrets, self.record = asked.inventory, asked.secrets, asked.record
        self.name = asked.name
        self.plays = 0

    def play(
        self,
        playbook: str,
        *arguments: str,
        cut_off: int | str = "",
        plays: str = "",
        amid: bool = False,
    ) -> tuple[int, str]:
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        if cut_off:
            environment |= {
                "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
                "ANSIBLE_CALLBACKS_ENABLED": "cut_off",
                "MLOPS_CUT_OFF_AFTER": str(cut_off),
                "MLOPS_CUT_OFF_IN": plays,
                "MLOPS_CUT_OFF_AMID": "1" if amid else "",
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
            start_new_session=True,  # all of it may be killed, and nothing else
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
        listed = self.everywhere("docker", "ps", "--all", f"--format={shown}")
        return {host: dict(services(text)) for host, text in listed.items()}

    def archives(self) -> dict[str, str]:
        """By host, the copies of images that were to be loaded: each is as large as its image."""
        directory = "{{ mlops_data_dir | default('/var/lib/' ~ (mlops_name | default('mlops'))) }}"
        return self.everywhere("find", directory, "-name", "*.tar")

    def everywhere(self, *command: str) -> dict[str, str]:
        """By host, what a command says that cannot fail."""
        done = subprocess.run(
            [
                *("ansible", "all", f"--inventory={self.inventory}", "--become"),
                "--module-name=ansible.builtin.command",
                f"--args={json.dumps({'argv': command})}",
            ],
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
        return {host: answer["stdout"] for host, answer in answers.items()}


def services(listed: str) -> t.Iterator[tuple[str, str]]:
    for line in listed.splitlines():
        name, state, *allocation = line.split()
        if not allocation:
            yield name, state


def broken(before: Snapshot, now: Snapshot) -> list[str]:
    """Secrets that were there before, and are another one now, or none."""
    return [name for name, digest in before.items() if now.get(name) != digest]


def begun(output: str) -> list[tuple[str, str]]:
    """Each task in the order in which they began, with the play it is in."""
    play, tasks = "", []
    for kind, name in HEADING.findall(output):
        if kind == "PLAY":
            play = name
        else:
            tasks.append((play, name))
    return tasks


def attempt(
    platform: Platform, where: int | str, amid: bool, before: Snapshot, plays: str, *arguments: str
) -> tuple[Attempt, Snapshot]:
    """The tasks of those plays are counted that have this in their names."""
    code, output = platform.play("site.yml", *arguments, cut_off=where, plays=plays, amid=amid)
    now = platform.snapshot()
    tasks = [(play, task) for play, task in begun(output) if plays in play]
    named = (number for number, (_, name) in enumerate(tasks, 1) if name.endswith(str(where)))
    number = where if isinstance(where, int) else next(named, len(tasks) + 1)
    play, name = tasks[number - 1] if len(tasks) >= number else ("", "(it was over before)")
    return Attempt(number, amid, play, name, code, len(now), broken(before, now), output), now


def killed(
    platform: Platform, tasks: t.Iterable[int | str], changes: t.Sequence[str] = (), plays: str = ""
) -> t.Iterator[Attempt]:
    """One attempt after the other, by a task's number or name, until one is over before it can be killed."""
    seen = platform.snapshot()
    options = [f"--extra-vars={change}" for change in changes]
    for place, task in enumerate(tasks):
        option = options[place % len(options) :][:1] if options else []
        amid = place % 2 == 1 or isinstance(task, str)
        made, now = attempt(platform, task, amid, seen, plays, *option)
        seen |= now
        yield made
        if made.code != -signal.SIGKILL:
            return


def left_over(platform: Platform, before: Containers) -> list[str]:
    """Containers that were not there before and are not the platform's, or do not run; archives."""
    return [
        *(
            f"{host}: {container} is {state}"
            for host, found in platform.containers().items()
            for container, state in found.items()
            if container not in before[host]
            if state != "running" or not container.startswith(f"{platform.name}-")
        ),
        *(
            f"{host}: {file}"
            for host, found in platform.archives().items()
            for file in found.splitlines()
        ),
    ]


def changed(output: str) -> int:
    return sum(int(count) for count in re.findall(r"changed=(\d+)", output))


def on_the_way(attempts: list[Attempt]) -> t.Iterator[str]:
    """What was not as it has to be when runs were killed."""
    if not any(made.code == -signal.SIGKILL for made in attempts):
        yield "no run was killed: each was over before"
    for made in attempts:
        yield from (f"after task {made.number}, {one} was another" for one in made.broken)
        if made.code not in (0, -signal.SIGKILL):
            yield f"the run up to task {made.number} failed by itself: {made.output[-3000:]}"


def faults(platform: Platform, attempts: list[Attempt], containers: Containers) -> t.Iterator[str]:
    """What is not as it has to be, in the end and on the way there."""
    yield from on_the_way(attempts)
    yield from converged(platform)
    code, output = platform.play("site.yml")
    if code or changed(output):
        yield f"a further run changed something: {output[-3000:]}"
    yield from left_over(platform, containers)


def converged(platform: Platform) -> t.Iterator[str]:
    before = platform.snapshot()
    code, output = platform.play("site.yml")
    if code:
        yield f"the run to the end failed: {output[-3000:]}"
    yield from (f"in the end, {one} was another" for one in broken(before, platform.snapshot()))


def table(attempts: list[Attempt]) -> str:
    lines = ["| killed | play | task | secrets kept | lost or changed |", "|---" * 5 + "|"]
    for a in attempts:
        lost = ", ".join(a.broken) or "-"
        when = "amid" if a.amid else "after"
        lines.append(f"| {when} {a.number} | {a.play} | {a.task} | {a.secrets} | {lost} |")
    return "\n".join(lines)


def arguments(given: t.Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--inventory", type=Path, required=True)
    parser.add_argument("--secrets", type=Path, required=True, help="mlops_secrets_dir")
    parser.add_argument("--name", default="mlops", help="mlops_name")
    parser.add_argument("--sample", type=int, default=0, help="so many tasks only, others each day")
    parser.add_argument(
        "--amid",
        action="append",
        default=[],
        metavar="TASK",
        help="the first runs are killed amid the task of this name, or of one that ends so",
    )
    parser.add_argument("--begin", action="store_true", help="leave the platform as it was killed")
    parser.add_argument("--tasks", type=int, default=160, help="the sample is of the first so many")
    parser.add_argument(
        "--change",
        action="append",
        default=[],
        metavar="VARIABLES",
        help="as for --extra-vars; several are made in turn, so that each run has hosts to change",
    )
    parser.add_argument("--turns", type=int, default=3, help="so many runs are killed then")
    parser.add_argument("--turn-tasks", type=int, default=100, help="in the first so many tasks")
    parser.add_argument("--record", type=Path, help="directory for all that -vvv --diff tells")
    parser.add_argument("--remove", action="store_true", help="remove the platform in the end")
    return parser.parse_args(given)


def drawn(sample: int, tasks: int) -> t.Iterable[int]:
    """All numbers from 1 on, or one from each of so many equal parts of them."""
    if not sample:
        return itertools.count(1)
    today = random.Random(time.strftime("%Y-%m-%d"))
    edges = [round(part * tasks / sample) for part in range(sample + 1)]
    return [today.randint(low + 1, high) for low, high in itertools.pairwise(edges)]


def main(given: t.Sequence[str] | None = None) -> int:
    asked = arguments(given)
    platform = Platform(asked)
    platform.purge()
    before = platform.containers()
    found: list[str] = []
    tasks = itertools.chain(asked.amid, drawn(asked.sample, asked.tasks))
    attempts = list(killed(platform, tasks))
    print(table(attempts), flush=True)
    if asked.begin:
        found += on_the_way(attempts)
        print("\n".join(found))
        return len(found) > 0
    if asked.change:
        found += converged(platform)
        numbers = drawn(asked.turns, asked.turn_tasks)
        turns = list(killed(platform, numbers, asked.change, plays=IN_TURN))
        print(table(turns), flush=True)
        attempts += turns
    found += faults(platform, attempts, before)
    print("\n".join(found) or "it converged; nothing was left to change, nothing was left over")
    if asked.remove:
        platform.purge()
    return len(found) > 0


if __name__ == "__main__":
    sys.exit(main())
