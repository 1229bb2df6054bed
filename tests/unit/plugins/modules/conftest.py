# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import submit, watch
from ansible_collections.mlops.infra.tests.unit.plugins.modules.nomad_in_memory import Nomad


@pytest.fixture
def nomad(monkeypatch: pytest.MonkeyPatch) -> Nomad:
    """One on which nothing has to be waited for, and which no environment speaks of."""
    monkeypatch.setattr(submit, "GRACE", 0)
    monkeypatch.setattr(watch, "PACE", 0)
    monkeypatch.setattr(watch, "LOG_GRACE", 0)
    for name in ("NOMAD_NAMESPACE", "NOMAD_REGION", "NOMAD_ADDR"):
        monkeypatch.delenv(name, raising=False)
    return Nomad()
