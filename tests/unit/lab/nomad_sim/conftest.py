# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator is not part of the collection's Python packages: its sources are put on the path."""

from __future__ import annotations

import pathlib
import sys

SOURCES = pathlib.Path(__file__).parents[4] / "roles/lab/files/nomad_sim"
sys.path.insert(0, str(SOURCES))
