# SPDX-License-Identifier: GPL-3.0-or-later
"""A second run changes nothing, and one after somebody's hand puts everything right.

Molecule's default scenario runs this on the platform that it has just brought up.
"""

from __future__ import annotations

import typing as t

import platform_state as platform


def test_a_run_with_nothing_to_do_touches_nothing() -> None:
    before = platform.observe()
    assert platform.site() == []
    assert platform.observe() == before
    assert before["boards"]
    assert before["keys"]


def test_what_somebody_changed_by_hand_is_repaired() -> None:
    before = platform.observe()
    config = platform.DATA / "consul" / "config" / "consul.hcl"
    wanted = config.read_text()
    board = platform.DATA / "grafana" / "config" / "dashboards" / "mlops-overview.json"

    platform.docker("stop", f"{platform.NAME}-prometheus")
    config.write_text(wanted + "# by hand\n")
    board.unlink()
    platform.call(f"{platform.CONSUL}/v1/kv/mlops/config/training/epochs", "PUT", b"99")
    platform.call(f"{platform.CONSUL}/v1/kv/mlops/config/left/behind", "PUT", b"1")
    platform.call(f"{platform.NOMAD}/v1/job/ml-training", "DELETE")

    changed = platform.site()
    for task in (
        "Run the container mlops-test-prometheus",
        "Install Consul's configuration after Consul has accepted it",
        "Install Grafana's configuration and boards",
        "Write the platform's settings to Consul's KV store",
        "Register the job",
    ):
        assert any(name.endswith(task) for name in changed), (task, changed)

    after = platform.observe()
    assert config.read_text() == wanted
    assert board.exists()
    assert all(container["up"] for container in after["containers"].values())
    assert ids(after) == ids(before)
    assert started(after, "consul") > started(before, "consul")
    assert started(after, "nomad") == started(before, "nomad")
    assert platform.call(f"{platform.CONSUL}/v1/kv/mlops/config/training/epochs?raw") == 20
    assert "mlops/config/links/grafana" in after["keys"]
    assert "mlops/config/left/behind" not in after["keys"]
    assert not platform.call(f"{platform.NOMAD}/v1/job/ml-training")["Stop"]
    assert platform.site() == []


def test_a_board_cannot_be_changed_in_grafana_itself() -> None:
    """What comes from a file is locked, so that file and Grafana cannot drift apart."""
    before = platform.observe()
    url = f"{platform.GRAFANA}/api/dashboards/uid/mlops-overview"
    board = platform.call(url)["dashboard"]
    del board["id"]
    for changed in ({**board, "title": "by hand"}, {**board, "panels": []}):
        body = {"dashboard": changed, "overwrite": True}
        status, text = platform.refusal(f"{platform.GRAFANA}/api/dashboards/db", "POST", body)
        assert (status, "provisioned" in text) == (400, True)
    assert platform.refusal(url, "DELETE", None)[0] == 400
    assert platform.observe() == before


def test_a_run_that_is_cut_off_is_made_good_by_the_next() -> None:
    """Between the change of a configuration and the restart that a handler would have done."""
    before = platform.observe()
    task = "Install Consul's configuration after Consul has accepted it"
    platform.site_cut_off(task, "-e", "consul_log_level=WARN")
    assert started(platform.observe(), "consul") == started(before, "consul")

    done = platform.run("-e", "consul_log_level=WARN")
    assert done.returncode == 0, done.stdout[-4000:]
    assert started(platform.observe(), "consul") > started(before, "consul")
    log_level = platform.call(f"{platform.CONSUL}/v1/agent/self")["DebugConfig"]["Logging"]
    assert log_level["LogLevel"] == "WARN"


def ids(state: dict[str, t.Any]) -> dict[str, str]:
    return {name: container["id"] for name, container in state["containers"].items()}


def started(state: dict[str, t.Any], service: str) -> str:
    return t.cast(str, state["containers"][f"/{platform.NAME}-{service}"]["started"])
