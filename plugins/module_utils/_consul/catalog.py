# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Consul's catalog: which nodes there are, what runs on them, and which checks do not pass."""

from __future__ import annotations

import fnmatch
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.answers import Json, of, rows
from ansible_collections.mlops.infra.plugins.module_utils._consul.client import Consul
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, UserError

T = t.TypeVar("T")
# What hosts reads of each.
NODE = ("ID", "Node", "Address", "Datacenter", "TaggedAddresses", "Meta", "CreateIndex")
CHECK = ("Node", "CheckID", "Name", "Status", "ServiceID", "ServiceName", "Output")
INSTANCE = (
    *("Node", "ServiceID", "ServiceName", "ServiceAddress"),
    *("ServicePort", "ServiceTags", "ServiceMeta"),
)


class CatalogClient(Consul):
    """C(filtered) says that ACLs hid a part of what was asked for so far, as far as Consul tells."""

    filtered = False

    def nodes(self, expression: str) -> list[Json]:
        try:
            return self._ask("/v1/catalog/nodes", rows(*NODE), expression)
        except ApiError as exc:
            if not expression or "boolean expression" not in exc.body:
                raise
            raise UserError(
                f"filter: Consul does not understand {expression!r}: {exc.body}"
            ) from None

    def troubles(self) -> list[Json]:
        """The checks of all nodes and services that do not pass. Those that pass may be many."""
        return self._ask("/v1/health/state/any", rows(*CHECK), 'Status != "passing"')

    def instances(self, globs: t.Sequence[str]) -> list[Json]:
        """Where the services run whose names fit one of C(globs), by one request for each name.

        No single request that is documented has the services without checks as well.
        """
        if not globs:
            return []
        names = sorted(self._ask("/v1/catalog/services", of(dict)))
        fitting = [n for n in names if any(fnmatch.fnmatchcase(n, glob) for glob in globs)]
        read = rows(*INSTANCE)
        return [found for n in fitting for found in self._ask(f"/v1/catalog/service/{n}", read)]

    def _ask(self, path: str, read: t.Callable[[t.Any], T], expression: str = "") -> T:
        params = self._how_current()
        if expression:
            params.append(("filter", expression))
        reply = self._call("get", path, params, read)
        self.filtered |= reply.filtered
        return t.cast(T, reply.data)
