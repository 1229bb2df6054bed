# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints of operators: one server, which is healthy as long as it answers."""

from __future__ import annotations

from starlette.responses import Response

from . import VERSION
from .config import AgentConfig
from .records import rfc3339
from .shapes import SECOND
from .store import Store, now
from .web import Call, answer


class OperatorRoutes:
    def __init__(self, store: Store, config: AgentConfig) -> None:
        self.store = store
        self.config = config
        self.since = rfc3339(now() // SECOND * SECOND)

    def autopilot_health(self, call: Call) -> Response:
        host, port = self.config.advertise_rpc
        with self.store.reading():
            server = {
                "LastContact": "0s",
                "ID": self.store.node()["ID"],
                "Name": f"{self.config.name}.{self.config.region}",
                "Address": f"{host}:{port}",
                "SerfStatus": "alive",
                "Version": VERSION,
                "Leader": True,
                "LastTerm": 2,
                "LastIndex": self.store.index,
                "Healthy": True,
                "Voter": True,
                "StableSince": self.since,
            }
        return answer({"FailureTolerance": 0, "Healthy": True, "Servers": [server]})
