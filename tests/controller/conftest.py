# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on the controller is tested in a process of its own: importing ansible-core's controller
changes how modules behave."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible.plugins.loader import init_plugin_loader
from ansible.utils.collection_loader import AnsibleCollectionConfig

# From here on the loader is what finds collections; in one process with tests/golden it is there already.
if AnsibleCollectionConfig.collection_finder is None:
    init_plugin_loader([str(Path(__file__).parents[2] / ".collections")])

from ansible_collections.mlops.infra.tests.unit.plugins.module_utils.scripted import (
    Scripted,
    serving,
)


@pytest.fixture
def script() -> t.Iterator[Scripted]:
    with serving("Nomad", Scripted()) as script:
        yield script


@pytest.fixture
def consul() -> t.Iterator[Scripted]:
    with serving("Consul", Scripted()) as script:
        yield script


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ADDR", "TOKEN", "NAMESPACE", "REGION", "CACERT", "CLIENT_CERT", "CLIENT_KEY"):
        monkeypatch.delenv(f"NOMAD_{name}", raising=False)
    for name in [name for name in os.environ if name.startswith(("CONSUL_", "ANSIBLE_CONSUL_"))]:
        monkeypatch.delenv(name)
