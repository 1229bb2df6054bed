# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on the platform that is running, and a run that fails: its alert reaches the receiver."""

from __future__ import annotations

import base64
import json
import time
import typing as t
import urllib.parse

import platform_state as platform
import pytest
import yaml

SINK = "http://172.30.0.41:9094/cgi-bin/notifications"
LIMIT = 180.0
KNOWN = yaml.safe_load((platform.ROOT / "tests" / "rules" / "metrics.yml").read_text())
LIVE = sorted(name for name, where in KNOWN.items() if where == "live")


def series(query: str) -> int:
    asked = urllib.parse.urlencode({"query": query})
    return len(platform.call(f"{platform.PROMETHEUS}/api/v1/query?{asked}")["data"]["result"])


def told() -> list[dict[str, t.Any]]:
    """Every alert in the notifications that the receiver has kept."""
    return [alert for sent in platform.call(SINK) for alert in sent["alerts"]]


def test_every_rule_is_evaluated() -> None:
    groups = platform.call(f"{platform.PROMETHEUS}/api/v1/rules")["data"]["groups"]
    found = [rule for group in groups for rule in group["rules"]]
    assert [rule for rule in found if rule["health"] != "ok"] == []
    installed = (platform.DATA / "prometheus" / "config" / "rules").glob("*.yml")
    wanted = [yaml.safe_load(path.read_text())["groups"] for path in installed]
    names = [r.get("alert", r.get("record")) for file in wanted for g in file for r in g["rules"]]
    assert sorted(rule["name"] for rule in found) == sorted(names)


@pytest.mark.parametrize("metric", LIVE)
def test_what_rules_ask_for_is_there(metric: str) -> None:
    assert series(f"count(max_over_time({metric}[1h]))") == 1


def test_the_platform_finds_nothing_wrong_with_itself() -> None:
    """But for what the tests themselves have done: they stop a server, and let runs fail."""
    ours = "TargetDown|JobAllTargetsDown|SLOFastBurn|TrainingRunFailed"
    assert series(f'ALERTS{{alertstate="firing", alertname!~"Watchdog|{ours}"}}') == 0


def test_the_alert_of_a_run_that_failed_reaches_the_receiver() -> None:
    payload = base64.b64encode(json.dumps({"epochs": 0}).encode()).decode()
    body = json.dumps({"Payload": payload, "Meta": {"run_name": "alert"}}).encode()
    url = f"{platform.NOMAD}/v1/job/ml-training/dispatch"
    dispatched = platform.call(url, "POST", body)["DispatchedJobID"]
    run = dispatched.rpartition("/dispatch-")[2]

    end = time.monotonic() + LIMIT
    ours: list[dict[str, t.Any]] = []
    while not ours and time.monotonic() < end:
        time.sleep(2)
        ours = [alert for alert in told() if alert["labels"].get("dispatch_id") == run]
    assert ours, f"no alert of run {run} in {LIMIT:.0f} s"
    assert ours[0]["labels"]["alertname"] == "TrainingRunFailed"
    assert ours[0]["labels"]["severity"] == "warning"
    assert ours[0]["annotations"]["summary"] == f"Run {run} of ml-training has failed"
    assert ours[0]["annotations"]["runbook_url"].endswith("training.md#trainingrunfailed")
