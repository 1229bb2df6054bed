# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault switch; there only where the environment asks for it."""

from __future__ import annotations

from starlette.responses import Response

from ..answers import json_answer
from ..calls import Call, Entry
from ..faults import SWITCH


def add(call: Call) -> Response:
    call.sim.faults.add(call.json())
    return json_answer({"message": "fault set"})


def clear(call: Call) -> Response:
    call.sim.faults.clear()
    return json_answer({"message": "faults cleared"})


ROUTES = [
    Entry("POST", SWITCH, add, open=True),
    Entry("DELETE", SWITCH, clear, open=True),
]
