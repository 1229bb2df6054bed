# SPDX-License-Identifier: GPL-3.0-or-later
"""Training runs, asked of Nomad and seen in what they leave on the hosts."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import typing as t
import uuid
from urllib.parse import quote

import requests

from .hosts import Host, inventory
from .servers import Server, members, until

JOB = "ml-training"


def payload(**parameters: int) -> str:
    return base64.b64encode(json.dumps(parameters).encode()).decode()


def dispatched(server: Server, name: str, **parameters: int) -> str:
    """The id of the new job."""
    body = {"Meta": {"run_name": name}, "Payload": payload(**parameters)}
    return t.cast(str, server.ask("POST", f"job/{JOB}/dispatch", body)["DispatchedJobID"])


def dispatched_in_any_case(servers: list[Server], name: str) -> str:
    """Asked of one server after the other, always under the same token, until one answers."""
    body = {"Meta": {"run_name": name}, "Payload": payload(epochs=1, linger_seconds=0)}
    asked = itertools.cycle(servers)
    token = str(uuid.uuid4())

    def answer() -> str | None:
        server = next(asked)
        try:
            done = server.request("POST", f"job/{JOB}/dispatch", body, idempotency_token=token)
        except requests.RequestException:
            return None
        return t.cast(str, done.json()["DispatchedJobID"]) if done.ok else None

    return t.cast(str, until(answer, "a dispatch is answered"))


def named(server: Server, name: str) -> list[str]:
    """The ids of all runs of that name."""
    jobs = server.get("jobs", prefix=f"{JOB}/", meta="true")
    return [job["ID"] for job in jobs if (job.get("Meta") or {}).get("run_name") == name]


def allocations(server: Server, job: str) -> list[dict[str, t.Any]]:
    path = f"job/{quote(job, safe='')}/allocations"
    return t.cast(list[dict[str, t.Any]], server.get(path))


def over(server: Server, job: str) -> int:
    """The exit code of its last attempt, once there is none to come."""

    def codes() -> list[int]:
        newest = [one for one in allocations(server, job) if not one["NextAllocation"]]
        if not newest or any(o["ClientStatus"] not in ("complete", "failed") for o in newest):
            return []
        events = [e for o in newest for s in o["TaskStates"].values() for e in s["Events"]]
        return [event["ExitCode"] for event in events if event["Type"] == "Terminated"]

    return t.cast(int, until(codes, f"{job} ends", 240)[-1])


def nodes(server: Server) -> dict[str, dict[str, t.Any]]:
    """By the address of their host."""
    return {node["Address"]: node for node in server.get("nodes")}


def runs_on(server: Server, job: str, host: Host) -> bool:
    node = nodes(server)[host.address]["ID"]
    found = allocations(server, job)
    return any(one["NodeID"] == node and one["ClientStatus"] == "running" for one in found)


def ready(server: Server, host: Host) -> bool:
    return t.cast(str, nodes(server)[host.address]["Status"]) == "ready"


@contextlib.contextmanager
def only_on(server: Server, host: Host) -> t.Iterator[None]:
    """While the block runs, no other node is given work."""
    others = [node["ID"] for address, node in nodes(server).items() if address != host.address]
    eligible(server, others, "ineligible")
    try:
        yield
    finally:
        eligible(server, others, "eligible")


def eligible(server: Server, ids: list[str], state: str) -> None:
    for node in ids:
        body = {"NodeID": node, "Eligibility": state}
        server.ask("POST", f"node/{node}/eligibility", body)


def epochs(host: Host, job: str) -> list[int]:
    """Those that the run has trained, by what it has left in the directory that all hosts share."""
    home = inventory()["_meta"]["hostvars"][host.name]["ml_trainer_artifacts_dir"]
    history = f"{home}/runs/{job.rpartition('/')[2]}/metrics.jsonl"
    lines = host.run("sh", "-c", f"cat {history} 2> /dev/null; true").splitlines()
    return [json.loads(line)["epoch"] for line in lines if line.endswith("}")]


def record(job: str) -> dict[str, t.Any]:
    """What the run has written of itself to Consul."""
    server = members("consul")[0]
    key = f"kv/mlops/runs/{job.rpartition('/')[2]}"
    return t.cast(dict[str, t.Any], server.get(key, raw="true"))
