# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on the controller is tested in a process of its own: importing ansible-core's controller
changes how modules behave."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from ansible.plugins.loader import init_plugin_loader
from ansible.utils.collection_loader import AnsibleCollectionConfig

ROOT = Path(__file__).parents[2]
if AnsibleCollectionConfig.collection_finder is None:  # in one process with tests/golden
    init_plugin_loader([str(ROOT / ".collections")])

# After the loader, which is what finds collections from here on.
_PATH = ROOT / "tests" / "unit" / "plugins" / "module_utils" / "_nomad" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("scripted_nomad", _PATH)
assert _SPEC
assert _SPEC.loader
_scripted = importlib.util.module_from_spec(_SPEC)
sys.modules["scripted_nomad"] = _scripted  # where dataclasses look for what their module imports
_SPEC.loader.exec_module(_scripted)
script = _scripted.script


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ADDR", "TOKEN", "NAMESPACE", "REGION", "CACERT", "CLIENT_CERT", "CLIENT_KEY"):
        monkeypatch.delenv(f"NOMAD_{name}", raising=False)
