# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Sessions of Consul, and queries that wait for a key to change."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.client import Consul
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError

Json = t.Dict[str, t.Any]


class SessionClient(Consul):
    def own_node(self) -> str:
        """The name of the node that the agent runs on, where Consul puts a new session.

        The empty text where it is in another datacenter than is asked about.
        """
        config = self._call("get", "/v1/agent/self", []).data["Config"]
        asked = dict(self.connection.scope).get("dc", config["Datacenter"])
        return config["NodeName"] if asked == config["Datacenter"] else ""

    def sessions(self, node: str) -> list[Json]:
        return self._call("get", f"/v1/session/node/{node}", self._how()).data

    def find_session(self, session: str) -> t.Optional[Json]:
        found = self._call("get", f"/v1/session/info/{session}", self._how()).data
        return found[0] if found else None

    def create_session(self, wanted: Json) -> str:
        body = json.dumps(wanted).encode()
        return self._call("put", "/v1/session/create", [], body).data["ID"]

    def renew_session(self, session: str) -> bool:
        """False: it has expired."""
        try:
            self._call("put", f"/v1/session/renew/{session}", [])
        except ApiError as exc:
            if exc.status == 404 and "not found" in exc.body:
                return False
            raise
        return True

    def destroy_session(self, session: str) -> None:
        self._call("put", f"/v1/session/destroy/{session}", [])

    def watch(self, key: str, index: str, seconds: float) -> Listing:
        """The key as soon as it is newer than C(index), or after so many seconds as it is."""
        # Consul takes no time at all for its default, five minutes.
        wait = f"{max(int(seconds * 1000), 1)}ms"
        return self._read(key, [("index", index), ("wait", wait)])

    def _how(self) -> list[tuple[str, str]]:
        return [] if self.consistency == "default" else [(self.consistency, "1")]
