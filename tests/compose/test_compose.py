# SPDX-License-Identifier: GPL-3.0-or-later
"""The rendered platform, from the first command of its README to the last."""

from __future__ import annotations

import base64
import dataclasses
import json
import subprocess
import time
import typing as t
import urllib.parse

import left_behind
import platform_state as platform
import pytest
import yaml
from readme import Readme

LIMIT = 240.0
SERVICES = (
    "consul",
    "nomad",
    "alertmanager",
    "alert-sink",
    "prometheus",
    "node-exporter",
    "grafana",
)


@dataclasses.dataclass
class Started:
    """The platform while it runs, and what Docker told of its containers while they started."""

    readme: Readme
    events: list[str]
    services: dict[str, dict[str, t.Any]]


def until(condition: t.Callable[[], t.Any], what: str) -> t.Any:
    """What the condition returns as soon as that is anything."""
    end = time.monotonic() + LIMIT
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {LIMIT:.0f} s"
        time.sleep(1)
    return found


def inspected() -> dict[str, dict[str, t.Any]]:
    names = [f"{platform.NAME}-{service}" for service in SERVICES]
    return dict(zip(SERVICES, json.loads(platform.docker("inspect", *names)), strict=True))


def all_healthy() -> bool:
    return {c["State"]["Health"]["Status"] for c in inspected().values()} == {"healthy"}


@pytest.fixture(scope="module")
def started(readme: Readme) -> t.Iterator[Started]:
    services = yaml.safe_load((readme.directory / "docker-compose.yml").read_text())["services"]
    shown = ["--format", "{{.Actor.Attributes.name}} {{.Action}}"]
    only = ["--filter", "event=start", "--filter", "event=health_status"]
    with subprocess.Popen(
        ["docker", "events", *only, *shown], stdout=subprocess.PIPE, text=True
    ) as watch:
        try:
            readme.follow("Once on the host")
            readme.follow("Start", "app/ca-bundle.crt")
            readme.follow("Start", "docker-compose")
            until(all_healthy, "every service is healthy")
        finally:
            watch.terminate()
            events = (watch.communicate()[0] or "").splitlines()
    yield Started(readme, events, services)
    readme.follow("Stop")
    assert list(left_behind.of_the_instance()) == []


def test_compose_accepts_it_and_each_image_can_be_replaced(readme: Readme) -> None:
    for service in (*SERVICES, "ml-trainer"):
        source = {"alert-sink": "alertmanager", "ml-trainer": "python"}.get(service, service)
        variable = f"MLOPS_{source.upper().replace('-', '_')}_IMAGE"
        found = yaml.safe_load(readme.run("docker-compose config", **{variable: "other/image:1"}))
        place = found["services"][service]
        image = place["build"]["args"]["BASE_IMAGE"] if "build" in place else place["image"]
        assert image == "other/image:1", service


def test_each_starts_when_what_it_needs_is_healthy(started: Started) -> None:
    needs = {
        name: list(service.get("depends_on", {})) for name, service in started.services.items()
    }
    assert needs["nomad"] == ["consul"]
    assert "nomad" in needs["prometheus"]
    for name in SERVICES:
        begun = started.events.index(f"{platform.NAME}-{name} start")
        for other in needs[name]:
            healthy = f"{platform.NAME}-{other} health_status: healthy"
            assert started.events.index(healthy) < begun, (name, other)


def test_the_trainer_is_built_and_not_started(started: Started) -> None:
    image = started.services["ml-trainer"]["image"]
    assert platform.docker("image", "ls", "--quiet", image)
    assert not platform.docker("ps", "--all", "--quiet", "--filter", f"ancestor={image}")


def test_the_health_lines_of_the_readme(started: Started) -> None:
    consul, nomad, prometheus, grafana = started.readme.follow("Start", "curl ")
    assert ":8300" in consul
    assert ":4647" in nomad
    assert "Healthy" in prometheus
    assert json.loads(grafana)["database"] == "ok"


def test_each_container_is_hardened(started: Started) -> None:
    password = (started.readme.directory / "grafana" / "secrets" / "admin_password").read_text()
    for name, container in inspected().items():
        host = container["HostConfig"]
        assert (host["ReadonlyRootfs"], host["Privileged"]) == (True, False), name
        assert host["CapDrop"] == ["ALL"], name
        assert (host["CapAdd"] is None) is (name != "nomad"), name
        assert "no-new-privileges" in host["SecurityOpt"], name
        assert host["Memory"] == host["MemorySwap"] > 0, name
        assert host["PidsLimit"] > 0, name
        assert host["RestartPolicy"]["Name"] == "unless-stopped", name
        assert host["LogConfig"]["Config"]["max-size"] == "10m", name
        ports = [p for where in (host["PortBindings"] or {}).values() for p in where]
        assert {p["HostIp"] for p in ports} <= {"127.0.0.1"}, name
        assert password not in json.dumps(container), name


def test_prometheus_reaches_every_service(started: Started) -> None:
    def up() -> bool:
        return {"consul", "nomad", "alertmanager", "grafana", "node", "prometheus"} == {
            row["metric"]["job"] for row in asked("up == 1")
        }

    until(up, "all targets are up")


def test_grafana_has_the_password_and_every_board(started: Started) -> None:
    directory = started.readme.directory / "grafana"
    login = b"admin:" + (directory / "secrets" / "admin_password").read_bytes()
    header = {"Authorization": "Basic " + base64.b64encode(login).decode()}
    hits = platform.call(f"{platform.GRAFANA}/api/search?type=dash-db", headers=header)
    files = [directory / "dashboard.json", *(directory / "dashboards").glob("*.json")]
    assert {hit["uid"] for hit in hits} == {json.loads(f.read_text())["uid"] for f in files}
    assert {hit["folderTitle"] for hit in hits} == {"MLOps"}
    source = platform.call(f"{platform.GRAFANA}/api/datasources/uid/prometheus", headers=header)
    assert source["type"] == "prometheus"


def test_a_run(started: Started) -> None:
    """The job is registered and run by Nomad's own commands; the run ends well and leaves its traces."""
    registered, dispatched = started.readme.follow("Train")
    assert "Job registration successful" in registered
    job = dispatched.splitlines()[0].partition(" = ")[2]
    assert job.startswith("ml-training/dispatch-")
    run = job.partition("/")[2]

    def ended() -> list[str]:
        path = urllib.parse.quote(job, safe="")
        states = platform.call(f"{platform.NOMAD}/v1/job/{path}/allocations")
        return [a["ClientStatus"] for a in states if a["ClientStatus"] in ("complete", "failed")]

    assert until(ended, "the run ends") == ["complete"]
    record = platform.call(f"{platform.CONSUL}/v1/kv/mlops/runs/{run}?raw")
    assert (record["status"], record["run_name"]) == ("done", "demo")
    assert asked(f'max_over_time(ml_training_epoch{{run_id="{run}", run_name="demo"}}[1h])')
    assert (platform.DATA / "artifacts" / "runs" / run).is_dir()


def asked(query: str) -> list[dict[str, t.Any]]:
    parameters = urllib.parse.urlencode({"query": query})
    found = platform.call(f"{platform.PROMETHEUS}/api/v1/query?{parameters}")["data"]["result"]
    return t.cast(list[dict[str, t.Any]], found)
