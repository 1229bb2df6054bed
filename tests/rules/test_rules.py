# SPDX-License-Identifier: GPL-3.0-or-later
"""promtool on the rules as they are installed: each alert fires where it should, and only there.

cases/*.yml say what series there are and what fires at a time after their beginning; a value of a
series is good for 15 seconds. MLOPS_PROMTOOL is the program, by default that on the path;
MLOPS_PROMETHEUS_IMAGE, where it is set, an image that has it.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from boards import promql
from rendering import ONE, ROOT, THREE, rule_files, rules

Case = dict[str, t.Any]
INVENTORIES = {"one": ONE, "three": THREE}
CASES: list[Case] = [
    case
    for path in sorted((Path(__file__).parent / "cases").glob("*.yml"))
    # Everything is text: "0x20" is twenty noughts here, and not 32.
    for case in yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
]
BY_NAME = {
    inventory: {rule["alert"]: rule for rule in rules(groups) if "alert" in rule}
    for inventory, groups in INVENTORIES.items()
}
ALERTS = sorted(BY_NAME["three"])
PARTS = ("Symptom", "First", "Causes", "Remedy")


def promtool(directory: Path, *arguments: str) -> str:
    """What it says; fails where it does not end well."""
    image = os.environ.get("MLOPS_PROMETHEUS_IMAGE")
    command = [os.environ.get("MLOPS_PROMTOOL", "promtool")]
    if image:
        mounted = f"--volume={directory}:{directory}:ro"
        command = ["docker", "run", "--rm", "--network=none", mounted, f"--workdir={directory}"]
        command += ["--entrypoint=promtool", image]
    done = subprocess.run(
        [*command, *arguments], cwd=directory, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def written(directory: Path, inventory: str) -> list[str]:
    directory.chmod(0o755)  # an image's user has to enter it
    files = rule_files(INVENTORIES[inventory])
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    return sorted(files)


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_promtool_accepts_every_file(inventory: str, tmp_path: Path) -> None:
    """It has to say so: some versions end with 0 on a file that is none."""
    for name in written(tmp_path, inventory):
        assert "SUCCESS" in promtool(tmp_path, "check", "rules", name), name


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_promtool_has_alerts_fire_where_they_should(inventory: str, tmp_path: Path) -> None:
    names = written(tmp_path, inventory)
    known = BY_NAME[inventory]
    cases = [case for case in CASES if case.get("inventory", inventory) == inventory]
    test = {
        "rule_files": names,
        "evaluation_interval": "15s",
        "group_eval_order": ["expected"],
        "tests": [as_test(case, known.get(case["alert"])) for case in cases],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(test, sort_keys=False), encoding="utf-8")
    assert "SUCCESS" in promtool(tmp_path, "test", "rules", "test.yml")


def as_test(case: Case, rule: Case | None) -> dict[str, t.Any]:
    assert rule or not case["fires"], f"{case['alert']}: {case['when']}: there is no such rule"
    series = [
        {"series": name, "values": re.sub(r"NaNx(\d+)", lambda m: "NaN " * int(m[1]), values)}
        for name, values in case["series"].items()
    ]
    fires = [as_alert(labels, t.cast(Case, rule)) for labels in case["fires"]]
    expected = {"eval_time": case["at"], "alertname": case["alert"], "exp_alerts": fires}
    return {"interval": "15s", "input_series": series, "alert_rule_test": [expected]}


def as_alert(labels: Case, rule: Case) -> dict[str, t.Any]:
    own = {name: value for name, value in labels.items() if name != "value"}
    annotations = {
        name: expanded(text, own, labels.get("value")) for name, text in rule["annotations"].items()
    }
    return {"exp_labels": {**rule["labels"], **own}, "exp_annotations": annotations}


def expanded(text: str, labels: Case, value: float | None) -> str:
    """As Prometheus fills in an annotation, in the forms that ours have."""

    def one(found: re.Match[str]) -> str:
        label, how = found.groups()
        if label:
            return str(labels[label])
        assert value is not None, text
        return as_text(float(value), how)

    return re.sub(r"\{\{ \$(?:labels\.(\w+)|value(?: \| (\w+))?) \}\}", one, text)


def as_text(value: float, how: str | None) -> str:
    if how == "humanizePercentage":
        return f"{value * 100:.4g}%"
    if how == "humanize" and abs(value) >= 1000:
        return f"{value / 1000:.4g}k"
    return "NaN" if math.isnan(value) else f"{value:.4g}"


@pytest.mark.parametrize("alert", ALERTS)
def test_there_is_a_case_of_each_kind(alert: str) -> None:
    """Firing and not firing; the watchdog does nothing but fire."""
    kinds = {bool(case["fires"]) for case in CASES if case["alert"] == alert}
    assert kinds == ({True} if alert == "Watchdog" else {True, False})


def test_no_case_is_of_an_alert_that_is_gone() -> None:
    assert {case["alert"] for case in CASES} == set(ALERTS)


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_each_alert_says_what_people_need(inventory: str) -> None:
    for alert, rule in BY_NAME[inventory].items():
        notes = rule["annotations"]
        assert rule["labels"]["severity"] in ("critical", "warning", "none"), alert
        assert notes["summary"], alert
        assert notes["description"], alert
        assert notes["runbook_url"].endswith(f".md#{alert.lower()}"), alert


@pytest.mark.parametrize("alert", ALERTS)
def test_its_runbook_is_complete(alert: str) -> None:
    url = BY_NAME["three"][alert]["annotations"]["runbook_url"]
    page = re.fullmatch(r"https://github\.com/[^#]*/(docs/runbooks/\w+\.md)#\w+", url)
    assert page, url
    text = (ROOT / page[1]).read_text(encoding="utf-8")
    found = re.search(rf"^## {alert}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{page[1]} has no part {alert}"
    assert [part for part in PARTS if f"**{part}.**" not in found[1]] == []


def test_every_metric_is_known() -> None:
    """A rule that asks for what no server has is silent for ever."""
    found = rules(THREE)
    recorded = {rule["record"] for rule in found if "record" in rule}
    asked = set().union(*(promql.metrics(rule["expr"]) for rule in found))
    known = yaml.safe_load((Path(__file__).parent / "metrics.yml").read_text())
    assert sorted(asked - recorded) == sorted(known)
    assert recorded <= asked


def test_no_runbook_is_of_an_alert_that_is_gone() -> None:
    pages = (ROOT / "docs" / "runbooks").glob("*.md")
    parts = [re.findall(r"^## (\w+)$", page.read_text(), re.MULTILINE) for page in pages]
    assert sorted(name for page in parts for name in page) == ALERTS


def test_thresholds_of_the_inventory_reach_their_rules() -> None:
    changed = rules(THREE, mlops_thresholds=dict.fromkeys(OF_THRESHOLD, 77))
    after = {rule["alert"]: rule for rule in changed if "alert" in rule}
    for name, (alert, where, said) in OF_THRESHOLD.items():
        assert said in str(after[alert][where]), name


OF_THRESHOLD = {
    "target_down_seconds": ("TargetDown", "for", "77s"),
    "no_leader_seconds": ("ConsulNoLeader", "for", "77s"),
    "unhealthy_seconds": ("NomadAutopilotUnhealthy", "for", "77s"),
    "member_missing_seconds": ("NomadServerMissing", "for", "77s"),
    "client_lost_seconds": ("NomadClientLost", "for", "77s"),
    "leader_changes": ("ConsulLeaderFlapping", "expr", "> 77 or"),
    "raft_contact_milliseconds": ("NomadRaftSlowContact", "expr", "> 77"),
    "raft_lag_entries": ("NomadReplicationLag", "expr", "> 77"),
    "evaluations_blocked_seconds": ("NomadEvalsBlocked", "for", "77s"),
    "evaluations_pending": ("NomadSchedulerBacklog", "expr", "> 77 or"),
    "plans_queued": ("NomadSchedulerBacklog", "expr", 'queue_depth{job="nomad"}) > 77'),
    "disk_used_percent": ("NomadClientDiskFull", "expr", "> 77"),
    "memory_available_percent": ("NomadClientMemoryPressure", "expr", "< 77"),
    "run_queued_seconds": ("TrainingRunStuckQueued", "for", "77s"),
    "run_stalled_seconds": ("TrainingNoProgress", "for", "77s"),
    "availability_percent": ("SLOFastBurn", "expr", "> 3.312000"),
    "certificate_days": ("CertificateExpires", "expr", "< 77"),
}


def test_thresholds_are_what_the_argument_specs_say() -> None:
    role = ROOT / "roles" / "mlops"
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    options = specs["main"]["options"]["mlops_thresholds"]["options"]
    defaults = yaml.safe_load((role / "vars" / "main" / "platform.yml").read_text())[
        "_mlops_default_thresholds"
    ]
    assert list(defaults.items()) == [(name, one["default"]) for name, one in options.items()]
    assert list(defaults) == list(OF_THRESHOLD)
