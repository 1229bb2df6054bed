# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that modules are run on: a Nomad in memory, and Grafanas in this process, one a profile for
the whole run."""

from __future__ import annotations

import contextlib
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._grafana import transport
from ansible_collections.mlops.infra.plugins.module_utils._nomad import submit, watch
from ansible_collections.mlops.infra.tests.listening import listening
from ansible_collections.mlops.infra.tests.unit.plugins.modules.nomad_in_memory import Nomad

from .grafana_in_process import PROFILES, Grafana, Script


@pytest.fixture(scope="session")
def grafanas(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[t.Callable[[str], Grafana]]:
    started: dict[str, Grafana] = {}
    with contextlib.ExitStack() as stack:

        def start(profile: str) -> Grafana:
            if profile not in started:
                grafana = Grafana(tmp_path_factory.mktemp("grafana"), profile)
                started[profile] = stack.enter_context(grafana.running())
            return started[profile]

        yield start


@pytest.fixture(params=PROFILES)
def grafana(grafanas: t.Callable[[str], Grafana], request: pytest.FixtureRequest) -> Grafana:
    """Each profile in turn."""
    return grafanas(request.param)


@pytest.fixture
def script() -> t.Iterator[t.Callable[..., Script]]:
    with contextlib.ExitStack() as started:

        def start(*answers: tuple[int, t.Any]) -> Script:
            script = Script(list(answers))
            started.enter_context(listening(script.server))
            return script

        yield start


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "RETRY_INTERVAL", 0.05)


@pytest.fixture
def nomad(monkeypatch: pytest.MonkeyPatch) -> Nomad:
    """One on which nothing has to be waited for, and which no environment speaks of."""
    monkeypatch.setattr(submit, "GRACE", 0)
    monkeypatch.setattr(watch, "PACE", 0)
    monkeypatch.setattr(watch, "LOG_GRACE", 0)
    for name in ("NOMAD_NAMESPACE", "NOMAD_REGION", "NOMAD_ADDR"):
        monkeypatch.delenv(name, raising=False)
    return Nomad()
