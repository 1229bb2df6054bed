# SPDX-License-Identifier: GPL-3.0-or-later
"""What an unchanged job costs: nomad_job beside community.general's, on the same server.

    python tests/bench/nomad_job.py [--runs 20]

The server is that of NOMAD_ADDR, else the inventory's. Both modules take turns in one play, so that
both meet the same machine; what is told is the whole task, from its start to its result. Requests
are counted in a play of their own, so that the proxy costs no time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import typing as t
import urllib.parse
import urllib.request

import plays

sys.path.append(str(plays.ROOT))
from tests.corpus.shared.proxy import counting

Json = dict[str, t.Any]
JOB = "nb-unchanged"
# Nothing of it ever runs: what is measured is the module, not the scheduler.
HCL = f"""
job "{JOB}" {{
  type = "batch"

  parameterized {{
    meta_optional = ["epochs"]
  }}

  group "train" {{
    task "train" {{
      driver = "docker"

      config {{
        image = "mlops-lab/debian:bookworm"
      }}

      resources {{
        cpu    = 20
        memory = 32
      }}
    }}
  }}
}}
"""
OURS, THEIRS = "mlops.infra.nomad_job", "community.general.nomad_job"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20, help="unchanged runs of each (default: 20)")
    tell(parser.parse_args().runs)


def tell(runs: int) -> None:
    address = os.environ.get("NOMAD_ADDR") or plays.inventorys("nomad_servers", "mlops_nomad_addr")
    version = answers(address)
    if not version:
        print(f"nomad_job is not measured: no Nomad answers at {address}")
        return
    print(f"an unchanged job on Nomad {version}, {runs} runs of each module")
    try:
        seconds = played(runs + 1, {OURS: address, THEIRS: address})
        with counting(address) as ours, counting(address) as theirs:
            played(1, {OURS: ours.address, THEIRS: theirs.address})
            seen = {OURS: ours.seen, THEIRS: theirs.seen}
    finally:
        asked(address, f"job/{JOB}?purge=true", "DELETE")
    for name in (OURS, THEIRS):
        # The first run is left out: it registers the job, and builds what is sent to the host.
        steady = seconds[name][1:]
        low, middle, high = min(steady), statistics.median(steady), max(steady)
        print(
            f"  {name:<40} {middle:6.2f} s  ({low:.2f} to {high:.2f}), {len(seen[name])} requests"
        )


def answers(address: str) -> str:
    """The server's version, empty where none answers."""
    try:
        version = asked(address, "agent/self")["config"]["Version"]["Version"]
    except (OSError, ValueError, KeyError):
        return ""
    return str(version)


def asked(address: str, path: str, method: str = "GET") -> Json:
    headers = {"X-Nomad-Token": os.environ.get("NOMAD_TOKEN", "")}
    request = urllib.request.Request(f"{address}/v1/{path}", method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        found: Json = json.load(answer)
    return found


def played(rounds: int, addresses: dict[str, str]) -> dict[str, list[float]]:
    """The seconds of each task, of a play in which the modules take turns."""
    tasks = [
        {"name": name, name: parameters(name, address)}
        for _round in range(rounds)
        for name, address in addresses.items()
    ]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
    seconds: dict[str, list[float]] = {name: [] for name in addresses}
    # NOMAD_ADDR would win over community.general's host and port, and pass by the proxy.
    done = plays.report(play, *plays.LOCAL, without="NOMAD_ADDR")["plays"][0]["tasks"]
    for task in done:
        name = task["task"]["name"]
        if task["hosts"]["localhost"]["changed"] and task is not done[0]:
            raise SystemExit(f"{name} changed a job that was there already")
        seconds[name].append(plays.seconds(task))
    return seconds


def parameters(name: str, address: str) -> Json:
    if name == OURS:
        return {"jobspec": HCL, "address": address}
    url = urllib.parse.urlsplit(address)
    token = {"token": os.environ["NOMAD_TOKEN"]} if os.environ.get("NOMAD_TOKEN") else {}
    where = {"host": url.hostname, "port": url.port or 4646, "use_ssl": url.scheme == "https"}
    return {"state": "present", "content": HCL, **where, **token}


if __name__ == "__main__":
    main()
