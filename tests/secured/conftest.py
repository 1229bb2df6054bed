# SPDX-License-Identifier: GPL-3.0-or-later
"""Real agents where MLOPS_NOMAD_BIN names a program, and a server of a few lines everywhere."""

from __future__ import annotations

import os
import pathlib
import sys
import typing as t

import pytest

sys.path.append(str(pathlib.Path(__file__).parents[2]))
from tests.secured import agents
from tests.secured.certificates import Authority

NOT_RUN = "not run here: needs programs of Nomad in MLOPS_NOMAD_BIN, and root"
SKIPPED: dict[str, None] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "program" in metafunc.fixturenames:
        named = [p for p in os.environ.get("MLOPS_NOMAD_BIN", "").split(os.pathsep) if p]
        programs = named or [pytest.param("", marks=pytest.mark.skip(NOT_RUN))]
        metafunc.parametrize("program", programs, scope="session")


@pytest.fixture(autouse=True)
def nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NOMAD_")]:
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
