# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host's exporter is given to tell of its certificates."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.mlops.infra.tests.secured.certificates import Authority
from cryptography import x509
from rendering import ROOT, THREE, variables

METRIC = "mlops_certificate_not_after_seconds"
TEMPLATE = "roles/node_exporter/templates/mlops_certificates.prom.j2"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """Certificates of c1, as role tls lays them out; it had a Grafana and runs once."""
    (tmp_path / "ca").mkdir()
    authority = Authority(tmp_path / "ca", "ca")
    for host, services in {
        "c1": ("consul", "grafana", "ml_trainer", "node_exporter", "nomad"),
        "w1": ("consul", "ml_trainer", "node_exporter", "nomad"),
    }.items():
        directory = tmp_path / "certs" / host
        directory.mkdir(parents=True)
        for service in services:
            Path(authority.signed(service, host).cert).rename(directory / f"{service}.pem")
    return tmp_path


def text(secrets: Path, host: str, groups: dict[str, list[str]]) -> str:
    known = variables("node_exporter", "0", groups, host) | {
        "mlops_secure": True,
        "mlops_secrets_dir": str(secrets),
        "tls_service": "node_exporter",
        "group_names": [name for name, members in groups.items() if host in members],
    }
    source = trust_as_template((ROOT / TEMPLATE).read_text())
    return t.cast(str, Templar(DataLoader(), known).template(source))


def told(exposed: str) -> dict[str, int]:
    """By service, when its certificate ends."""
    found = re.findall(rf'^{METRIC}{{service="(\w+)"}} (\d+)$', exposed, re.MULTILINE)
    return {service: int(end) for service, end in found}


def end(path: Path) -> int:
    return int(x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.timestamp())


def test_it_tells_when_each_of_the_host_and_the_authority_ends(secrets: Path) -> None:
    certs = secrets / "certs" / "w1"
    services = ("consul", "ml_trainer", "node_exporter", "nomad")
    assert told(text(secrets, "w1", THREE)) == {
        "authority": end(secrets / "ca" / "ca.pem"),
        **{service: end(certs / f"{service}.pem") for service in services},
    }


def test_what_has_left_the_host_is_not_told(secrets: Path) -> None:
    """Nobody makes it anew, so that it would be complained of for ever."""
    assert set(told(text(secrets, "c1", THREE))) == {
        "authority",
        "consul",
        "node_exporter",
        "nomad",
    }


def test_without_a_group_of_trainers_runs_have_a_certificate_where_there_is_one(
    secrets: Path,
) -> None:
    groups = {name: ["c1"] for name in ("consul_servers", "nomad_servers", "nomad_clients")}
    assert "ml_trainer" in told(text(secrets, "c1", groups))


def test_it_has_the_form_of_the_textfile_collector(secrets: Path) -> None:
    lines = text(secrets, "w1", THREE).splitlines()
    assert [line.split()[:3] for line in lines[:2]] == [
        ["#", "HELP", METRIC],
        ["#", "TYPE", METRIC],
    ]
    assert len(lines) == 2 + 5
    assert text(secrets, "w1", THREE).endswith("\n")
