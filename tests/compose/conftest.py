# SPDX-License-Identifier: GPL-3.0-or-later
"""The platform that playbooks/render.yml wrote, started by the commands of the README beside it.

MLOPS_RENDERED is where it was written, MLOPS_IMAGES a file with the images that are on the host. Another
image is named as the README says, for instance MLOPS_NOMAD_IMAGE; MLOPS_COMPOSE names another Compose.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "stack")]

from readme import Readme


@pytest.fixture(scope="session")
def readme() -> Readme:
    images = json.loads(Path(os.environ["MLOPS_IMAGES"]).read_text())
    names = {f"MLOPS_{service.upper()}_IMAGE": image["name"] for service, image in images.items()}
    return Readme(Path(os.environ["MLOPS_RENDERED"]), names)
