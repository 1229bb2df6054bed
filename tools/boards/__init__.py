# SPDX-License-Identifier: GPL-3.0-or-later
"""The platform's boards: what they show, from which their JSON is written."""

from __future__ import annotations

from . import jobs, nodes, nomad, overview, performance, resources, training
from .model import Board

BOARDS: tuple[Board, ...] = tuple(
    module.BOARD for module in (overview, training, jobs, nomad, resources, nodes, performance)
)
