# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pathlib
import sys
import typing as t

import pytest
from starlette.testclient import TestClient

from .running import ROOT, Lab

sys.path.append(str(ROOT))  # for the tests' own certificate authority


@pytest.fixture
def lab(tmp_path: pathlib.Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def client(lab: Lab) -> t.Iterator[TestClient]:
    with lab.start(MLOPS_LAB_FAULTS="1") as running:
        yield running
