# SPDX-License-Identifier: GPL-3.0-or-later
"""Real agents where MLOPS_NOMAD_BIN or MLOPS_CONSUL_BIN names a program, and a small server everywhere."""

from __future__ import annotations

import os
import pathlib
import sys
import typing as t

import pytest

sys.path.append(str(pathlib.Path(__file__).parents[2]))
from tests.secured import agents, consul_agent
from tests.secured.certificates import Authority

PROGRAMS = {"program": "MLOPS_NOMAD_BIN", "consul_program": "MLOPS_CONSUL_BIN"}
NOT_RUN = (
    "not run here: needs programs of Nomad in MLOPS_NOMAD_BIN, and root, or of Consul in"
    " MLOPS_CONSUL_BIN"
)
SKIPPED: dict[str, None] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for fixture, variable in PROGRAMS.items():
        if fixture in metafunc.fixturenames:
            named = [p for p in os.environ.get(variable, "").split(os.pathsep) if p]
            programs = named or [pytest.param("", marks=pytest.mark.skip(NOT_RUN))]
            metafunc.parametrize(fixture, programs, scope="session")


@pytest.fixture(autouse=True)
def nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("NOMAD_", "CONSUL_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def nomad(program: str, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[agents.Agent]:
    with agents.agent(program, tmp_path_factory.mktemp("agent")) as found:
        yield found


@pytest.fixture(scope="session")
def regions(
    program: str, tmp_path_factory: pytest.TempPathFactory
) -> t.Iterator[tuple[agents.Agent, agents.Agent]]:
    with agents.federation(program, tmp_path_factory.mktemp("federation")) as found:
        yield found


@pytest.fixture(scope="session")
def consul(
    consul_program: str, tmp_path_factory: pytest.TempPathFactory
) -> t.Iterator[consul_agent.Agent]:
    with consul_agent.agent(consul_program, tmp_path_factory.mktemp("consul")) as found:
        yield found


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "known")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that no server here trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"), "unknown")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and "not run here" in str(report.longrepr):
        SKIPPED[report.nodeid.rpartition("::")[2].partition("[")[0]] = None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SKIPPED:
        terminalreporter.section(NOT_RUN)
        terminalreporter.line(", ".join(SKIPPED))
