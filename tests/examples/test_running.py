# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of Consul's modules and lookups on a real Consul, the others on simulated servers.

MLOPS_NOMAD_ADDR names a real Nomad; its Docker has the lab's image of Debian.
"""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.mlops.infra.tests.contract.nomad.conftest import simulator
from ansible_collections.mlops.infra.tests.corpus.consul import servers
from ansible_collections.mlops.infra.tests.unit.plugins.modules.grafana_in_process import (
    PASSWORD,
    Grafana,
)

from . import running

NOMAD = os.environ.get("MLOPS_NOMAD_ADDR", "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("play")


@pytest.fixture(scope="module")
def consul() -> t.Iterator[str]:
    with servers.servers() as started:
        yield started[0].address


@pytest.fixture(scope="module")
def grafana(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[str]:
    simulated = Grafana(tmp_path_factory.mktemp("grafana"), "13.0")
    with simulated.running():
        yield simulated.url


@pytest.fixture(scope="module")
def nomad(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[str]:
    if NOMAD:
        yield NOMAD
        return
    with simulator(tmp_path_factory.mktemp("nomad")) as address:
        yield address


@pytest.mark.parametrize("document", running.documents("consul"), ids=lambda p: p.stem)
def test_consul(document: Path, consul: str, folder: Path) -> None:
    told = running.run(document, "consul", consul, folder, simulated=False)
    # A lookup is asked to show what it reads.
    assert document.parent.name == "lookup" or "examples-only" not in told


@pytest.mark.parametrize("document", running.documents("grafana"), ids=lambda p: p.stem)
def test_grafana(document: Path, grafana: str, folder: Path) -> None:
    told = running.run(
        document, "grafana", grafana, folder, simulated=True, grafana_password=PASSWORD
    )
    assert PASSWORD not in told


@pytest.mark.parametrize("document", running.documents("nomad"), ids=lambda p: p.stem)
def test_nomad(document: Path, nomad: str, folder: Path) -> None:
    told = running.run(document, "nomad", nomad, folder, simulated=not NOMAD)
    assert "examples-only" not in told
