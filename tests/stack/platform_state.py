# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests' instance looks like from outside, read without the collection's own modules."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = "mlops-test"
DATA = Path("/var/lib") / NAME
CONSUL = "http://127.0.0.1:18500"
NOMAD = "http://127.0.0.1:14646"
PROMETHEUS = "http://127.0.0.1:19090"
GRAFANA = "http://127.0.0.1:13000"
GRAFANA_LOGIN = b"admin:mlops-test-only"
SERVICES = ("consul", "nomad", "prometheus", "alertmanager", "grafana")


def call(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: t.Mapping[str, str] | None = None,
) -> t.Any:
    return json.loads(text(url, method, body, headers) or "null")


def text(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: t.Mapping[str, str] | None = None,
) -> str:
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers or {}))
    if url.startswith(GRAFANA):
        request.add_header("Authorization", "Basic " + base64.b64encode(GRAFANA_LOGIN).decode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return t.cast(bytes, answer.read()).decode()


def refusal(url: str, method: str, body: t.Any) -> tuple[int, str]:
    """The status and the text with which a server refuses a request."""
    try:
        answer = call(url, method, json.dumps(body).encode(), {"Content-Type": "application/json"})
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    raise AssertionError(f"{method} {url} was carried out: {answer}")


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def containers() -> dict[str, dict[str, t.Any]]:
    found = json.loads(docker("inspect", *(f"{NAME}-{service}" for service in SERVICES)))
    return {
        c["Name"]: {"id": c["Id"], "started": c["State"]["StartedAt"], "up": c["State"]["Running"]}
        for c in found
    }


def files() -> dict[str, int]:
    return {
        str(path): path.stat().st_mtime_ns
        for service in SERVICES
        for path in (DATA / service / "config").rglob("*")
    }


def keys() -> dict[str, int]:
    return {row["Key"]: row["ModifyIndex"] for row in call(f"{CONSUL}/v1/kv/mlops?recurse")}


def job() -> dict[str, int]:
    found = call(f"{NOMAD}/v1/job/ml-training")
    evaluations = call(f"{NOMAD}/v1/job/ml-training/evaluations")
    return {
        "version": found["Version"],
        "index": found["JobModifyIndex"],
        "evaluations": len(evaluations),
    }


def boards() -> dict[str, int]:
    hits = call(f"{GRAFANA}/api/search?type=dash-db")
    return {
        hit["uid"]: call(f"{GRAFANA}/api/dashboards/uid/{hit['uid']}")["dashboard"]["version"]
        for hit in hits
    }


def observe() -> dict[str, t.Any]:
    return {
        "containers": containers(),
        "files": files(),
        "keys": keys(),
        "job": job(),
        "boards": boards(),
    }


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return play("playbooks/site.yml", *arguments, **environment)


def play(playbook: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ansible-playbook", "--inventory=molecule/inventory", playbook, *arguments],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def tasks(done: subprocess.CompletedProcess[str]) -> list[tuple[str, list[dict[str, t.Any]]]]:
    """What the hosts answered to each task of a run, beside the task's name."""
    assert "{" in done.stdout, done.stderr[-2000:]
    report = json.loads(done.stdout[done.stdout.index("{") :])
    return [
        (task["task"]["name"], list(task["hosts"].values()))
        for play in report["plays"]
        for task in play["tasks"]
    ]


def changed(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The names of the tasks of a good run that changed something."""
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return [name for name, hosts in tasks(done) if any(host.get("changed") for host in hosts)]


def said(done: subprocess.CompletedProcess[str], task: str) -> t.Any:
    """The message of the one task whose name ends so."""
    ((_name, hosts),) = [one for one in tasks(done) if one[0].endswith(task)]
    return hosts[0]["msg"]


def site() -> list[str]:
    """Run site.yml on the tests' instance; the names of the tasks that changed something."""
    return changed(run())


def site_cut_off(after: str, *arguments: str) -> None:
    """Run site.yml and kill it without ceremony right after the task with that name."""
    done = run(
        *arguments,
        ANSIBLE_CALLBACK_PLUGINS=str(Path(__file__).parent / "callback_plugins"),
        ANSIBLE_CALLBACKS_ENABLED="cut_off",
        MLOPS_CUT_OFF_AFTER=after,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout[-2000:]
