# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Sessions of Consul, and queries that wait for a key to change."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.answers import Json, of, rows
from ansible_collections.mlops.infra.plugins.module_utils._consul.client import Consul
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError

# What is looked at of each.
SESSION = rows("ID", "Name", "Node", "TTL", "Behavior", "LockDelay", "CreateIndex")


class SessionClient(Consul):
    def own_node(self) -> str:
        """The name of the node that the agent runs on, where Consul puts a new session.

        The empty text where it is in another datacenter than is asked about.
        """
        node, datacenter = self._said("get", "/v1/agent/self", _node)
        asked = dict(self.connection.scope).get("dc", datacenter)
        return node if asked == datacenter else ""

    def sessions(self, node: str) -> list[Json]:
        path = f"/v1/session/node/{node}"
        return self._said("get", path, SESSION, params=self._how_current())

    def find_session(self, session: str) -> t.Optional[Json]:
        path = f"/v1/session/info/{session}"
        found = self._said("get", path, SESSION, params=self._how_current())
        return found[0] if found else None

    def create_session(self, wanted: Json) -> str:
        body = json.dumps(wanted).encode()
        return self._said("put", "/v1/session/create", _id, body)

    def renew_session(self, session: str) -> bool:
        """False: it has expired."""
        try:
            self._said("put", f"/v1/session/renew/{session}", SESSION)
        except ApiError as exc:
            if exc.status == 404 and "not found" in exc.body:
                return False
            raise
        return True

    def destroy_session(self, session: str) -> None:
        self._said("put", f"/v1/session/destroy/{session}", of(bool))

    def watch(self, key: str, index: str, seconds: float) -> Listing:
        """The key as soon as it is newer than C(index), or after so many seconds as it is."""
        # Consul takes no time at all for its default, five minutes.
        wait = f"{max(int(seconds * 1000), 1)}ms"
        return self._read(key, [("index", index), ("wait", wait)])


def _node(data: t.Any) -> tuple[str, str]:
    config = data["Config"]
    return of(str)(config["NodeName"]), of(str)(config["Datacenter"])


def _id(data: t.Any) -> str:
    return of(str)(data["ID"])
