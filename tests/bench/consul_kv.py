# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tree of keys costs: consul_kv, the limit, and the ways that it takes the place of.

    python tests/bench/consul_kv.py [--runs 5] [--write docs/benchmarks.md]

The server is that of CONSUL_HTTP_ADDR, else the inventory's. All ways meet the same server in the
same run. Each run of a way is a process of its own, for its memory; whole tasks are those of a play.
community.general's loop is measured on 100 keys and extrapolated.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import dataclasses
import http.client
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
import typing as t
import urllib.parse
from pathlib import Path
from unittest import mock

import plays

sys.path[:0] = [str(plays.ROOT), str(plays.ROOT / ".collections")]

Json = dict[str, t.Any]
PREFIX = "bench-kv"
SIZES = (100, 1_000, 10_000)
LOOP = 100  # what community.general's is measured on
WORDS = ("one", "two")  # in turn the values of all keys
OURS, THEIRS = "mlops.infra.consul_kv", "community.general.consul_kv"
RAW, PUTS = "transactions that are packed already", "a PUT for each key"
HEAD = """# Benchmarks

What a tree of keys costs, on one Consul {version} on the loopback address, {cpus} processors, {date}, with a load of
{load:.0f} to begin with. Keys of {key} characters have values of {value} bytes. Made by

    CONSUL_HTTP_ADDR=http://127.0.0.1:8500 python tests/bench/consul_kv.py --write docs/benchmarks.md

and printed by `make bench` as well. Seconds are the median of {runs} runs; "HTTP" is the time in which requests were
under way, "Task" the whole task of a play, and "Memory" the most that a process of its own took. Transactions that are
packed already are the limit: one read and then bodies that were made before the clock started, over one connection.
The loop of `community.general.consul_kv` was measured on {loop} keys, its task once; ~ marks what is extrapolated from
that. Whole tasks take longer where the load is more than the processors, and a loop's longest.
"""


@dataclasses.dataclass
class Cost:
    """C(task) is None where a way is no task. C(guessed): extrapolated."""

    requests: int
    http: float
    memory: int
    task: float | None = None
    guessed: bool = False

    def times(self, factor: int) -> Cost:
        task = None if self.task is None else self.task * factor
        return Cost(self.requests * factor, self.http * factor, self.memory, task, factor > 1)


Step = tuple[str, bool]  # a way, and whether the keys change
Costs = dict[int, dict[Step, Cost]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="runs of each way (default: 5)")
    parser.add_argument("--write", type=Path, help="write the table to this file as well")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured(**json.loads(options.measure))))
        return
    tell(options.runs, options.write)


def tell(runs: int, write: Path | None = None) -> None:
    address = os.environ.get("CONSUL_HTTP_ADDR") or plays.inventorys(
        "consul_servers", "mlops_consul_addr"
    )
    version = answers(address)
    if not version:
        print(f"consul_kv is not measured: no Consul answers at {address}")
        return
    print(f"a tree of keys on Consul {version}, {runs} runs of each way", flush=True)
    costs: Costs = {}
    load = os.getloadavg()[0]
    try:
        looped = loop(address, runs)
        for size in SIZES:
            more = {step: cost.times(size // LOOP) for step, cost in looped.items()}
            costs[size] = {**ways(address, size, runs), **more}
            print("\n".join(table(costs, [size])), flush=True)
    finally:
        clear(address)
    print("\n".join(verdict(costs)))
    if write:
        write.write_text(page(version, runs, load, costs), encoding="utf-8")


def ways(address: str, size: int, runs: int) -> dict[Step, Cost]:
    """What each way costs, for keys that all change and for keys that do not."""
    words = [f"{WORDS[1]}_{run}" for run in range(runs)]
    steps = [(OURS, changed, word) for word in words for changed in (True, False)]
    seconds = tasks(address, size, steps)
    found: dict[Step, list[Cost]] = {}
    for _run in range(runs):  # in turn, so that all meet the same machine
        for changed in (True, False):
            for way in (RAW, OURS, PUTS):
                found.setdefault((way, changed), []).append(once(address, way, size, changed))
    return {step: median(costs, seconds.get(step)) for step, costs in found.items()}


def loop(address: str, runs: int) -> dict[Step, Cost]:
    """What community.general's loop costs; its whole task, which takes long, is measured once."""
    seconds = tasks(address, LOOP, [(THEIRS, True, WORDS[1]), (THEIRS, False, WORDS[1])])
    costs = {}
    for changed in (True, False):
        found = [once(address, THEIRS, LOOP, changed) for _run in range(runs)]
        costs[THEIRS, changed] = median(found, seconds[THEIRS, changed])
    return costs


def once(address: str, way: str, amount: int, changed: bool) -> Cost:
    """A process of its own, on a tree that was made anew."""
    fill(address, amount, WORDS[0])
    asked = {"address": address, "way": way, "amount": amount, "word": WORDS[changed]}
    command = [sys.executable, __file__, "--measure", json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way}: {done.stdout[-1000:]}{done.stderr[-2000:]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def median(costs: list[Cost], task: float | None) -> Cost:
    assert len({cost.requests for cost in costs}) == 1, "the same each time"
    http = statistics.median(cost.http for cost in costs)
    return Cost(costs[0].requests, http, max(cost.memory for cost in costs), task)


# In the process of its own


def measured(address: str, way: str, amount: int, word: str) -> Json:
    times = {RAW: raw, PUTS: puts, OURS: ours, THEIRS: theirs}[way](address, amount, word)
    return {"requests": len(times), "http": sum(times), "memory": peak()}


def peak() -> int:
    """Of this process alone; what getrusage says includes the parent that it was forked from."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def raw(address: str, amount: int, word: str) -> list[float]:
    """One read, and where something changes bodies that were made before."""
    bodies = [] if word == WORDS[0] else packed(amount, word)
    connection, times = connect(address), []
    times.append(timed(connection, "GET", f"/v1/kv/{PREFIX}/?recurse&consistent"))
    times += [timed(connection, "PUT", "/v1/txn", body) for body in bodies]
    return times


def puts(address: str, amount: int, word: str) -> list[float]:
    connection = connect(address)
    keys = tree(amount, word).items()
    return [timed(connection, "PUT", f"/v1/kv/{PREFIX}/{k}", v.encode()) for k, v in keys]


def ours(address: str, amount: int, word: str) -> list[float]:
    from tests.corpus.shared import runner

    with clocked() as times:
        result = runner.run(
            f"{runner.OURS}consul_kv", address=address, prefix=PREFIX, tree=tree(amount, word)
        )
    check(result, word)
    return times


def theirs(address: str, amount: int, word: str) -> list[float]:
    from tests.corpus.shared import runner

    with clocked() as times:
        for key, value in tree(amount, word).items():
            params = {"key": f"{PREFIX}/{key}", "value": value, **place(address)}
            check(runner.run(f"{runner.THEIRS}consul_kv", **params), word)
    return times


def check(result: Json, word: str) -> None:
    if result.get("failed") or result["changed"] != (word == WORDS[1]):
        raise SystemExit(f"not what was to be measured: {str(result)[:500]}")


@contextlib.contextmanager
def clocked() -> t.Iterator[list[float]]:
    """The seconds of each request, be it by requests or, as newer ones of theirs, by open_url."""
    import requests

    times: list[float] = []

    def timing(function: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        def timer(*args: t.Any, **kwargs: t.Any) -> t.Any:
            begun = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                times.append(time.perf_counter() - begun)

        return timer

    module = importlib.import_module(
        f"ansible_collections.{THEIRS.replace('.c', '.plugins.modules.c')}"
    )
    util = getattr(module, "_ConsulModule", None)
    newer = sys.modules[util.__module__] if util else None
    with contextlib.ExitStack() as stack:
        send = timing(requests.Session.send)
        stack.enter_context(mock.patch.object(requests.Session, "send", send))
        if newer:
            stack.enter_context(
                mock.patch.object(newer, "open_url", timing(vars(newer)["open_url"]))
            )
        yield times


# What all of them use


def tree(amount: int, word: str) -> dict[str, str]:
    """Keys of a hundred to a directory; with the prefix they have 40 characters."""
    return {
        f"service-{number // 100:05}/settings/n-{number:06}": f"{word}-{number:06}".ljust(100, ".")
        for number in range(amount)
    }


def packed(amount: int, word: str) -> list[bytes]:
    operations = [
        {
            "KV": {
                "Verb": "set",
                "Key": f"{PREFIX}/{key}",
                "Value": base64.b64encode(value.encode()).decode(),
            }
        }
        for key, value in tree(amount, word).items()
    ]
    return [json.dumps(operations[n : n + 64]).encode() for n in range(0, amount, 64)]


def connect(address: str) -> http.client.HTTPConnection:
    url = urllib.parse.urlsplit(address)
    return http.client.HTTPConnection(url.hostname or "", url.port or 8500, timeout=60)


def timed(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> float:
    token = os.environ.get("CONSUL_HTTP_TOKEN")
    headers = {"X-Consul-Token": token} if token else {}
    begun = time.perf_counter()
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    seconds = time.perf_counter() - begun
    if answer.status != 200:
        raise SystemExit(f"{method} {path}: {answer.status} {text[:300]!r}")
    return seconds


def place(address: str) -> Json:
    """Where the server is, in community.general's options."""
    url = urllib.parse.urlsplit(address)
    token = os.environ.get("CONSUL_HTTP_TOKEN")
    where = {"host": url.hostname, "port": url.port or 8500, "scheme": url.scheme}
    return {**where, **({"token": token} if token else {})}


def answers(address: str) -> str:
    """The server's version, empty where none answers."""
    connection = connect(address)
    token = os.environ.get("CONSUL_HTTP_TOKEN", "")
    try:
        connection.request("GET", "/v1/agent/self", headers={"X-Consul-Token": token})
        return str(json.load(connection.getresponse())["Config"]["Version"])
    except (OSError, ValueError, KeyError):
        return ""


def clear(address: str) -> None:
    timed(connect(address), "DELETE", f"/v1/kv/{PREFIX}/?recurse")


def fill(address: str, amount: int, word: str) -> None:
    clear(address)
    connection = connect(address)
    for body in packed(amount, word):
        timed(connection, "PUT", "/v1/txn", body)


# Whole tasks


def tasks(address: str, size: int, steps: t.Sequence[tuple[str, bool, str]]) -> dict[Step, float]:
    """The median seconds of the tasks of a play: way, whether it will change something, and to what."""
    fill(address, size, WORDS[0])
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {word: tree(size, word) for _way, _changed, word in steps},
        "tasks": [task(address, way, word) for way, _changed, word in steps],
    }
    done = plays.report(play, *plays.LOCAL, without="CONSUL_HTTP_ADDR")["plays"][0]["tasks"]
    seconds: dict[Step, list[float]] = {}
    for (way, changed, _word), told in zip(steps, done, strict=True):
        if told["hosts"]["localhost"]["changed"] != changed:
            raise SystemExit(f"{way}: not what was to be measured")
        seconds.setdefault((way, changed), []).append(plays.seconds(told))
    return {step: statistics.median(found) for step, found in seconds.items()}


def task(address: str, way: str, word: str) -> Json:
    if way == OURS:
        return {way: {"address": address, "prefix": PREFIX, "tree": f"{{{{ vars['{word}'] }}}}"}}
    items = f"{{{{ vars['{word}'] | dict2items }}}}"
    one = {"key": f"{PREFIX}/{{{{ item.key }}}}", "value": "{{ item.value }}", **place(address)}
    return {way: one, "loop": items}


# What is told


def table(costs: Costs, sizes: t.Sequence[int]) -> list[str]:
    lines = [
        "| Keys | | By | Requests | HTTP | Task | Memory |",
        "|--:|---|---|--:|--:|--:|--:|",
    ]
    for size in sizes:
        for changed in (True, False):
            for way in (THEIRS, PUTS, OURS, RAW):
                lines.append(line(size, changed, way, costs[size][way, changed]))
    return lines


def line(size: int, changed: bool, way: str, cost: Cost) -> str:
    about = "~" if cost.guessed else ""
    http, task = (".1f", ",.0f") if cost.guessed else (".3f", ".2f")
    name = f"`{way}`" + (", looped" if way == THEIRS else "") if "." in way else way
    cells = (
        f"{size:,}",
        "all changed" if changed else "unchanged",
        name,
        f"{about}{cost.requests:,}",
        f"{about}{cost.http:{http}} s",
        "" if cost.task is None else f"{about}{cost.task:{task}} s",
        f"{cost.memory / 2**20:.0f} MiB",
    )
    return f"| {' | '.join(cells)} |"


def verdict(costs: Costs) -> list[str]:
    """The aims, and what came of them in this run."""
    lines = ["| Aim | Measured |", "|---|---|"]
    for size in SIZES:
        ratio = costs[size][OURS, True].http / costs[size][RAW, True].http
        lines.append(f"| {size:,} changed: at most 2 times the limit's HTTP | {ratio:.2f} times |")
    for size, requests, seconds in ((1_000, 17, 1.5), (10_000, 158, 3.0)):
        cost = costs[size][OURS, True]
        lines.append(
            f"| {size:,} changed: at most {requests} requests and {seconds} s a task "
            f"| {cost.requests} requests, {cost.task or 0:.2f} s |"
        )
    for size in SIZES:
        lines.append(f"| {size:,} unchanged: 1 request | {costs[size][OURS, False].requests} |")
    return lines


def page(version: str, runs: int, load: float, costs: Costs) -> str:
    key, value = next(iter(tree(1, WORDS[0]).items()))
    head = HEAD.format(
        version=version,
        cpus=os.cpu_count(),
        date=time.strftime("%Y-%m-%d"),
        key=len(f"{PREFIX}/{key}"),
        value=len(value),
        runs=runs,
        loop=LOOP,
        load=load,
    )
    return "\n".join([head, *table(costs, SIZES), "", *verdict(costs), ""])


if __name__ == "__main__":
    main()
