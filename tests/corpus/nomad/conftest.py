# SPDX-License-Identifier: GPL-3.0-or-later
"""Each case runs for real, is replayed, or says why it is not run here; the summary tells which."""

from __future__ import annotations

import pathlib
import re
import sys
import typing as t

import pytest

from ..shared.report import FAILED, HOW, TOLD
from . import stage, transcripts

sys.path.append(str(pathlib.Path(__file__).parents[3]))
from tests.contract.nomad.conftest import simulator


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "version" in metafunc.fixturenames:
        real = stage.address()
        metafunc.parametrize("version", [stage.version()] if real else ["1.6.10", "2.0.5"])


@pytest.fixture(autouse=True)
def nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ADDR", "TOKEN", "NAMESPACE", "REGION", "CACERT", "CLIENT_CERT", "CLIENT_KEY"):
        monkeypatch.delenv(f"NOMAD_{name}", raising=False)


@pytest.fixture
def told() -> t.Iterator[list[str]]:
    """What a test has to say beyond that it passed; printed at the end where a server was asked."""
    lines: list[str] = []
    yield lines
    if stage.address():
        TOLD.extend(lines)


@pytest.fixture
def jobs() -> t.Iterator[list[str]]:
    """The jobs that a test makes, so that none is left of it."""
    made: list[str] = []
    yield made
    for job in made if stage.address() else []:
        stage.purge(stage.address(), job)


@pytest.fixture
def nomad(request: pytest.FixtureRequest, version: str, jobs: list[str]) -> t.Iterator[stage.Stage]:
    """A real server, its answers recorded where that is asked for, or what was recorded."""
    real, record = stage.address(), transcripts.recording()
    how = f"real {version}" if real else f"replayed {version}"
    request.node.stash[HOW] = how
    if real and not record:
        yield stage.Stage(real)
        return
    name = re.sub(r"\W+", "-", request.node.name.replace(f"{version}", "")).strip("-")
    path = transcripts.HERE / version / f"{name}.json"
    assert real or path.exists(), f"{path.name} of Nomad {version} is not recorded"
    with transcripts.playing(path, record=bool(real)):
        yield stage.Stage(real or transcripts.UNRECORDED)
    if request.node.stash.get(FAILED, False) and record:
        path.unlink()  # what a failure did is no example


@pytest.fixture
def real(request: pytest.FixtureRequest, jobs: list[str]) -> stage.Stage:
    """A real server and nothing else."""
    if not stage.address():
        pytest.skip("not run here: needs a real Nomad in MLOPS_NOMAD_ADDR")
    request.node.stash[HOW] = f"real {stage.version()}"
    return stage.Stage(stage.address())


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[str]:
    with simulator(tmp_path_factory.mktemp("nomad")) as address:
        yield address


@pytest.fixture
def server(request: pytest.FixtureRequest) -> stage.Stage:
    """A real server, or the simulator where there is none."""
    real = stage.address()
    request.node.stash[HOW] = f"real {stage.version()}" if real else "simulated"
    return stage.Stage(real or request.getfixturevalue("simulated"))
