# SPDX-License-Identifier: GPL-3.0-or-later
"""C(site.yml --check --diff) tells what would be done, beside a platform that runs and where there is none.

And C(--tags), which runs one service's part.
"""

from __future__ import annotations

import json
import typing as t

import platform_state as platform

PREVIEW = ("--check", "--diff")
# Where nothing of it is: other names, addresses and ports than those of the instance that runs.
ELSEWHERE = {
    "mlops_name": "mlops-nowhere",
    "mlops_subnet": "10.199.0.0/16",
    "mlops_port_offset": 21000,
}
# The names of images that nobody has; no registry is asked in check mode.
NO_IMAGES = {
    "mlops_lab": "never",
    **{f"{service}_image": f"localhost:1/none/{service}:1.2.3" for service in platform.SERVICES},
    "node_exporter_image": "localhost:1/none/exporter:1.2.3",
}


def preview(**settings: t.Any) -> t.Any:
    return platform.run(*PREVIEW, f"--extra-vars={json.dumps(settings)}")


def test_where_nothing_is_it_tells_all_that_would_be_made() -> None:
    changed = platform.changed(preview(**ELSEWHERE))
    for part in ("Create the network mlops-nowhere", "Run the container mlops-nowhere-consul"):
        assert any(name.endswith(part) for name in changed), changed
    run = [name for name in changed if "Run the container mlops-nowhere-" in name]
    assert len(run) == len(platform.SERVICES) + 2  # and the exporter and the alerts' sink
    assert sum(" configuration " in name for name in changed) >= len(platform.SERVICES)
    assert nothing_is_left()


def test_without_the_images_it_tells_which_would_be_provided() -> None:
    done = preview(**ELSEWHERE, **NO_IMAGES)
    changed = platform.changed(done)
    assert any(name.endswith("Create the network mlops-nowhere") for name in changed)
    told = "Say which images would be provided, and that what is made of them cannot be foreseen without"
    assert set(platform.said(done, told)) == {
        image for name, image in NO_IMAGES.items() if name.endswith("_image")
    }
    assert not any("Run the container" in name for name in changed)
    assert nothing_is_left()


def nothing_is_left() -> bool:
    names = platform.docker("ps", "--all", "--format", "{{.Names}}")
    networks = platform.docker("network", "ls", "--format", "{{.Name}}")
    place = platform.DATA.parent / "mlops-nowhere"
    return "mlops-nowhere" not in names + networks and not place.exists()


def test_on_one_that_runs_it_tells_what_would_change_and_changes_nothing() -> None:
    before = platform.observe()
    done = preview(consul_log_level="WARN", ml_trainer_parameters={"epochs": 7})
    changed = platform.changed(done)
    assert [name.rpartition(" : ")[2] for name in changed] == [
        "Install Consul's configuration after Consul has accepted it",
        f"Restart it where its configuration is newer, {platform.NAME}-consul",
        "Write the platform's settings to Consul's KV store",
        "Say that it would be run once",
    ]
    ((_name, hosts),) = [one for one in platform.tasks(done) if one[0] == changed[0]]
    assert 'log_level                  = "WARN"' in hosts[0]["diff"][0]["after"]
    assert platform.observe() == before


def test_the_tag_of_a_service_runs_its_part_alone() -> None:
    before = platform.observe()
    done = platform.run("--tags=nomad")
    assert platform.changed(done) == []
    ran = {
        name.partition(" : ")[0]
        for name, hosts in platform.tasks(done)
        if "Validating arguments" not in name and not all(host.get("skipped") for host in hosts)
    }
    others = {f"mlops.infra.{name}" for name in platform.SERVICES} - {"mlops.infra.nomad"}
    assert "mlops.infra.nomad" in ran
    assert not others & ran
    assert platform.observe() == before
