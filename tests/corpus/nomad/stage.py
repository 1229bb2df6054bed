# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a case plays: a real server by MLOPS_NOMAD_ADDR, or what one answered earlier."""

from __future__ import annotations

import contextlib
import functools
import os
import time
import typing as t

import requests

from ..shared import runner

Json = t.Any


@functools.cache
def address() -> str:
    return os.environ.get("MLOPS_NOMAD_ADDR", "").rstrip("/")


@functools.cache
def version() -> str:
    """That of the real server."""
    answer = requests.get(f"{address()}/v1/agent/self", timeout=10)
    answer.raise_for_status()
    return str(answer.json()["config"]["Version"]["Version"])


class Stage:
    """Runs modules against a server and looks itself at what became of it."""

    def __init__(self, server: str) -> None:
        self.server = server

    def run(self, module: str, check: bool = False, **params: t.Any) -> runner.Result:
        full = module if "." in module else runner.OURS + module
        if full.startswith(runner.OURS):
            params = {"address": self.server, **params}
        return runner.run(full, check, **params)

    def ask(self, method: str, path: str, body: Json = None) -> Json:
        answer = requests.request(method, f"{self.server}/v1/{path}", json=body, timeout=30)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.json()

    def get(self, path: str) -> Json:
        return self.ask("GET", path)

    def settle(self, job: str) -> None:
        """Until the scheduler has looked at all that it was told of this job."""
        for _ in range(100):
            found = self.get(f"job/{job}/evaluations") or []
            if all(e["Status"] != "pending" for e in found):
                return
            time.sleep(0.1)
        raise AssertionError(f"the scheduler does not come to job {job}")

    @contextlib.contextmanager
    def paused(self) -> t.Iterator[None]:
        """The scheduler looks at nothing meanwhile, at no other job either."""
        path = "operator/scheduler/configuration"
        found = self.get(path)["SchedulerConfig"]
        self.ask("POST", path, {**found, "PauseEvalBroker": True})
        try:
            yield
        finally:
            self.ask("POST", path, {**found, "PauseEvalBroker": False})

    def registrations(self, job: str) -> set[str]:
        """The evaluations that registering this job made."""
        found = self.get(f"job/{job}/evaluations") or []
        return {e["ID"] for e in found if e["TriggeredBy"] == "job-register"}


def idle(job: str) -> Json:
    """A job of which nothing runs, as the API has it."""
    config = {"image": "mlops-lab/debian:bookworm"}
    tasks = [{"Name": "t", "Driver": "docker", "Config": config}]
    groups = [{"Name": "g", "Count": 0, "Tasks": tasks}]
    return {"ID": job, "Name": job, "Type": "batch", "Datacenters": ["dc1"], "TaskGroups": groups}


def purge(server: str, job: str) -> None:
    """Remove a job and wait until nothing of it runs; outside of what is recorded."""
    where = f"{server}/v1/job/{job}"
    requests.delete(where, params={"purge": "true"}, timeout=30).raise_for_status()
    for _ in range(100):
        found = requests.get(f"{where}/allocations", params={"all": "true"}, timeout=30).json()
        if all(a["ClientStatus"] not in ("pending", "running") for a in found or []):
            return
        time.sleep(0.2)
    raise AssertionError(f"job {job} still runs on {server}")
