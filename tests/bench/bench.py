# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the platform takes, printed and never asserted: machines differ, and are busy.

    python tests/bench/bench.py [--runs 5] [--cold]

Without --cold it measures what is up: a run that has nothing to do. With it, it also builds the
tests' instance from nothing, images included, and removes it again. nomad_job.py, consul_kv.py and
grafana_dashboards.py, which compare our modules with those of the community's collections, are
called last; they run by themselves too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

import consul_kv
import grafana_dashboards
import nomad_job

ROOT = Path(__file__).parents[2]
SITE = ["ansible-playbook", "playbooks/site.yml"]
DOWN = ["ansible-playbook", "playbooks/down.yml"]
TEST = ["--inventory=molecule/inventory"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="runs of what is repeated (default: 5)")
    parser.add_argument("--cold", action="store_true", help="build the test instance from nothing")
    options = parser.parse_args()
    if options.cold:
        cold()
    row("site.yml, nothing to do", timed(SITE, options.runs))
    row("make up, nothing to do", timed(["make", "up"], options.runs))
    ran = module_runs()
    print(f"{'module runs of such a site.yml':<42} {ran['modules']:>4}")
    print(f"{'changed tasks of such a site.yml':<42} {ran['changed']:>4}")
    nomad_job.tell(4 * options.runs)
    consul_kv.tell(options.runs)
    grafana_dashboards.tell(100, 10)


def cold() -> None:
    purge = [*DOWN, *TEST, "-e", "mlops_purge=true", "-e", "docker_purge_images=true"]
    quiet(purge)
    with tempfile.TemporaryDirectory() as folder:
        row("a new environment with requirements.txt", [environment(Path(folder) / "venv")])
    row("site.yml from nothing to the first metric", timed([*SITE, *TEST], 1))
    row("the same again, nothing to do", timed([*SITE, *TEST], 1))
    quiet([*DOWN, *TEST, "-e", "mlops_purge=true"])


def environment(path: Path) -> float:
    begun = time.monotonic()
    quiet(["python3", "-m", "venv", str(path)])
    quiet([str(path / "bin/pip"), "install", "-q", "--no-compile", "-r", "requirements.txt"])
    return time.monotonic() - begun


def timed(command: list[str], runs: int) -> list[float]:
    seconds = []
    for _run in range(runs):
        begun = time.monotonic()
        quiet(command)
        seconds.append(time.monotonic() - begun)
    return seconds


def quiet(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")


def row(what: str, seconds: list[float]) -> None:
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    spread = f"  ({low:.1f} to {high:.1f}, {len(seconds)} runs)" if len(seconds) > 1 else ""
    print(f"{what:<42} {middle:6.1f} s{spread}", flush=True)


def module_runs() -> dict[str, int]:
    """Count what was sent to a host as a module; tasks of the controller alone cost next to nothing."""
    env = {**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
    done = subprocess.run(SITE, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout[done.stdout.index("{") :])
    results = [
        result
        for play in report["plays"]
        for task in play["tasks"]
        for host in task["hosts"].values()
        for result in host.get("results", [host])
    ]
    return {
        "modules": sum(1 for result in results if ran_a_module(result)),
        "changed": sum(1 for result in results if result.get("changed")),
    }


def ran_a_module(result: dict[str, t.Any]) -> bool:
    shown = "invocation" in result or "censored" in result
    return shown and not result.get("skipped")


if __name__ == "__main__":
    main()
