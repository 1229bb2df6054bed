# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist on the platform that is running: what verify.yml finds, and what people find by hand."""

from __future__ import annotations

import contextlib
import re
import shlex
import subprocess
import time
import typing as t

import platform_state as platform
import pytest
from ansible_collections.mlops.infra.plugins.filter.finding import finding

WRITTEN = re.compile(r"^\| (\d+) \| (.*?) \| .*? \| `(.*)` \|$", re.MULTILINE)
SHOWN = re.compile(r"^ *(\d+)  (pass|FAIL)  (.*?)  +(.*)$", re.MULTILINE)
CHECKLIST = (platform.ROOT / "DEPLOYMENT_CHECKLIST.md").read_text()
CHECKS = {name: command for _number, name, command in WRITTEN.findall(CHECKLIST)}
LIMIT = 90.0
CONTAINERS = "Every container runs, none is unhealthy"
HEALTH = {
    "curl http://localhost:8500/v1/status/leader": r'^"[0-9.]+:8300"$',
    "curl http://localhost:4646/v1/status/leader": r'^"[0-9.]+:4647"$',
    "curl http://localhost:9090/-/healthy": r"Healthy",
    "curl http://localhost:3000/api/health": r'"database": ?"ok"',
}


def by_hand(command: str) -> str:
    """What a command of a document prints, asked of the tests' instance in place of the user's."""
    ported = re.sub(r"localhost:(\d+)", lambda port: f"localhost:{int(port[1]) + 10000}", command)
    named = ported.replace("name=^mlops-", f"name=^{platform.NAME}-")
    ours = named.replace("admin:mlopsadmin", platform.GRAFANA_LOGIN.decode())
    done = subprocess.run(shlex.split(ours), capture_output=True, text=True, check=True, timeout=20)
    return done.stdout


def verify() -> tuple[int, str]:
    """Its end, and the table that it prints."""
    done = platform.play("playbooks/verify.yml")
    return done.returncode, platform.said(done, "What they say")


def wait_until_well(name: str, wanted: dict[str, t.Any]) -> None:
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        with contextlib.suppress(subprocess.CalledProcessError):
            if finding({"status": 200, "content": by_hand(CHECKS[name])}, wanted)["well"]:
                return
        time.sleep(1)
    raise AssertionError(f"not well within {LIMIT:.0f} s: {name}")


@pytest.fixture(scope="module")
def expected() -> dict[str, dict[str, t.Any]]:
    role = f"--extra-vars=role_path={platform.ROOT}/roles/mlops"
    told = platform.said(platform.play("molecule/default/checks.yml", role), "Tell")
    return t.cast("dict[str, dict[str, t.Any]]", told)


@pytest.mark.parametrize("document", ["README.md", "DEPLOYMENT_CHECKLIST.md"])
@pytest.mark.parametrize("command", HEALTH)
def test_the_health_lines_of_a_document_are_answered(document: str, command: str) -> None:
    (line,) = re.findall(rf"{re.escape(command)}(?=`|\n)", (platform.ROOT / document).read_text())
    assert re.search(HEALTH[command], by_hand(line).strip())


@pytest.mark.parametrize("name", [name for name in CHECKS if name != CONTAINERS])
def test_by_hand_the_answer_is_the_one_that_is_wanted(
    name: str, expected: dict[str, dict[str, t.Any]]
) -> None:
    found = finding({"status": 200, "content": by_hand(CHECKS[name])}, expected[name])
    assert found["well"], found["seen"]


def test_by_hand_docker_shows_the_containers(expected: dict[str, dict[str, t.Any]]) -> None:
    lines = by_hand(CHECKS[CONTAINERS]).splitlines()
    states = dict(line.split(maxsplit=1) for line in lines)
    assert set(expected[CONTAINERS]["at_least"]) <= set(states)
    assert [s for s in states.values() if not s.startswith("Up") or "unhealthy" in s] == []


def test_all_of_the_document_passes_in_its_order() -> None:
    code, table = verify()
    rows = [(verdict, name) for _number, verdict, name, _seen in SHOWN.findall(table)]
    assert rows == [("pass", name) for name in CHECKS], table
    assert [int(row[0]) for row in SHOWN.findall(table)] == list(range(1, len(CHECKS) + 1))
    assert table.endswith(f"\n{len(CHECKS)} of {len(CHECKS)} pass\n")
    assert code == 0


def test_what_is_down_fails_with_its_reason_and_all_else_is_told(
    expected: dict[str, dict[str, t.Any]],
) -> None:
    service = f"{platform.NAME}-alertmanager"
    platform.docker("stop", service)
    try:
        code, table = verify()
    finally:
        platform.docker("start", service)
        # It gets its alerts again, and is scraped again, before other tests go on.
        for name in ("Alerts arrive in Alertmanager", "Prometheus reaches every service"):
            wait_until_well(name, expected[name])
    rows = {name: (verdict, seen) for _number, verdict, name, seen in SHOWN.findall(table)}
    failed = {name for name, (verdict, _seen) in rows.items() if verdict == "FAIL"}
    assert list(rows) == list(CHECKS)
    down = {CONTAINERS, "Alertmanager is ready", "Alerts arrive in Alertmanager"}
    # Prometheus learns it when it scrapes next, which may be before it is asked or after.
    assert down <= failed <= down | {"Prometheus reaches every service"}
    assert rows[CONTAINERS][1].startswith(f"no {service}; wanted: ")
    assert "Connection refused" in rows["Alertmanager is ready"][1]
    assert "asked: http://127.0.0.1:19093/-/ready\n" in table
    assert f'to do: "make up" starts what is down, "docker logs {service}" on localhost' in table
    assert "mlops_alertmanager_url is what was asked" in table
    assert code == 2
