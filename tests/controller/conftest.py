# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on the controller is tested in a process of its own: importing ansible-core's controller
changes how modules behave."""

from __future__ import annotations

import importlib.util
import os
import sys
import types
import typing as t
from pathlib import Path

import pytest
from ansible.plugins.loader import init_plugin_loader

ROOT = Path(__file__).parents[2]
init_plugin_loader([str(ROOT / ".collections")])


def _scripted(server: str, name: str) -> types.ModuleType:
    """A module of the unit tests. After the loader, which is what finds collections from here on."""
    path = ROOT / "tests" / "unit" / "plugins" / "module_utils" / server / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"scripted{server}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for what their module imports
    spec.loader.exec_module(module)
    return module


script = _scripted("_nomad", "conftest").script
_serving = _scripted("_consul", "scripted").serving


@pytest.fixture
def consul() -> t.Iterator[t.Any]:
    with _serving() as script:
        yield script


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ADDR", "TOKEN", "NAMESPACE", "REGION", "CACERT", "CLIENT_CERT", "CLIENT_KEY"):
        monkeypatch.delenv(f"NOMAD_{name}", raising=False)
    for name in [name for name in os.environ if name.startswith(("CONSUL_", "ANSIBLE_CONSUL_"))]:
        monkeypatch.delenv(name)
