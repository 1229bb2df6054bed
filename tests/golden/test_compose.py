# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make render` writes, where there is neither Docker nor an inventory of one's own.

MLOPS_UPDATE_GOLDEN=1 writes the golden files anew; read the difference before it is committed.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "rendered"
BOARDS = ROOT / "roles" / "grafana" / "files" / "dashboards"
PROMISED = (
    "docker-compose.yml",
    "README.md",
    "nomad/nomad.hcl",
    "nomad/mlops.nomad",
    "consul/consul.hcl",
    "prometheus/prometheus.yml",
    "grafana/dashboard.json",
    "grafana/datasources.yml",
    "grafana/dashboards.yml",
    "app/Dockerfile",
    "app/train.py",
    "app/requirements.txt",
)


def render(out: Path, **variables: object) -> subprocess.CompletedProcess[str]:
    """What the target of the Makefile runs, without what it does to the environment before."""
    target = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "render", f"OUT={out}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    playbook = target.stdout.splitlines()[-1]
    assert "ansible-playbook playbooks/render.yml" in playbook
    fixed = {
        "nomad_cpu_total_compute": 4000,
        "mlops_secrets_dir": str(out.parent / "secrets"),
        **variables,
    }
    return subprocess.run(
        ["bash", "-ec", f"{playbook} --extra-vars '{json.dumps(fixed)}'"],
        cwd=ROOT,
        env={**os.environ, "DOCKER_HOST": "unix:///nowhere", "ANSIBLE_NOCOLOR": "1"},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("render") / "mlops-infra"
    done = render(directory)
    assert done.returncode == 0, done.stdout[-3000:]
    return directory


def text(path: Path) -> str:
    """Without what follows from the trainer's sources, and the line that says who wrote it."""
    found = re.sub(
        r"mlops/ml-trainer:[0-9a-f]{12}", "mlops/ml-trainer:0123456789ab", path.read_text()
    )
    return re.sub(r"\A# .*\n", "", found) if path.suffix != ".md" else found


def test_what_is_promised_is_there(out: Path) -> None:
    assert [name for name in PROMISED if not (out / name).is_file()] == []
    assert out.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["docker-compose.yml", "README.md"])
def test_what_compose_reads(out: Path, name: str) -> None:
    golden = GOLDEN / f"compose-{name}"
    if os.environ.get("MLOPS_UPDATE_GOLDEN"):
        golden.write_text(text(out / name))
    assert text(out / name) == golden.read_text()


@pytest.mark.parametrize(
    ("name", "golden"),
    [
        ("consul/consul.hcl", "consul-1.16.hcl"),
        ("nomad/nomad.hcl", "nomad-1.6.hcl"),
        ("nomad/mlops.nomad", "ml-training.nomad.hcl"),
        ("prometheus/prometheus.yml", "prometheus.yml"),
    ],
)
def test_configurations_are_what_the_roles_install(out: Path, name: str, golden: str) -> None:
    assert text(out / name) == text(GOLDEN / golden)


def test_every_board_is_there(out: Path) -> None:
    assert (out / "grafana" / "dashboard.json").read_text() == (
        BOARDS / "mlops-overview.json"
    ).read_text()
    others = {path.name: path.read_text() for path in (out / "grafana" / "dashboards").iterdir()}
    assert others == {
        path.name: path.read_text()
        for path in BOARDS.glob("*.json")
        if path.name != "mlops-overview.json"
    }


def test_the_trainer_is_the_roles_own(out: Path) -> None:
    compared = filecmp.dircmp(out / "app", ROOT / "app", ignore=["__pycache__"])
    assert (compared.left_only, compared.right_only, compared.diff_files) == ([], [], [])


def test_what_prometheus_names_is_there(out: Path) -> None:
    read = yaml.safe_load((out / "prometheus" / "prometheus.yml").read_text())
    files = {
        f
        for job in read["scrape_configs"]
        for sd in job.get("file_sd_configs", [])
        for f in sd["files"]
    }
    assert files
    for file in files:
        assert (out / "prometheus" / Path(file).relative_to("/etc/prometheus")).is_file(), file
    assert list((out / "prometheus" / "rules").glob("*.yml"))


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"mlops_secure": True}, "mlops_secure is True"),
        ({"nomad_image": "registry.example/nomad:latest"}, "registry.example/nomad:latest"),
    ],
)
def test_what_cannot_be_written(
    tmp_path: Path, variables: dict[str, object], sentence: str
) -> None:
    done = render(tmp_path / "out", **variables)
    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert "Nothing was written" in said
    assert sentence in said
    assert not (tmp_path / "out").exists()


def test_somebody_elses_directory_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text("services: {}\n")
    done = render(tmp_path)
    assert done.returncode != 0
    assert "Nothing was written" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["docker-compose.yml"]
