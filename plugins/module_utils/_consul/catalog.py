# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Consul's catalog: which nodes there are, what runs on them, and which checks do not pass."""

from __future__ import annotations

import fnmatch
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.client import (
    FILTERED,
    Consul,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, UserError

Json = t.Dict[str, t.Any]


class CatalogClient(Consul):
    """C(filtered) says that ACLs hid a part of what was asked for so far, as far as Consul tells."""

    filtered = False

    def nodes(self, expression: str) -> list[Json]:
        try:
            return self._ask("/v1/catalog/nodes", expression)
        except ApiError as exc:
            if not expression or "boolean expression" not in exc.body:
                raise
            raise UserError(
                f"filter: Consul does not understand {expression!r}: {exc.body}"
            ) from None

    def troubles(self) -> list[Json]:
        """The checks of all nodes and services that do not pass. Those that pass may be many."""
        return self._ask("/v1/health/state/any", 'Status != "passing"')

    def instances(self, globs: t.Sequence[str]) -> list[Json]:
        """Where the services run whose names fit one of C(globs), by one request for each name.

        No single request that is documented has the services without checks as well.
        """
        if not globs:
            return []
        names = sorted(self._ask("/v1/catalog/services"))
        fitting = [n for n in names if any(fnmatch.fnmatchcase(n, glob) for glob in globs)]
        return [found for n in fitting for found in self._ask(f"/v1/catalog/service/{n}")]

    def _ask(self, path: str, expression: str = "") -> t.Any:
        params = [] if self.consistency == "default" else [(self.consistency, "1")]
        if expression:
            params.append(("filter", expression))
        reply = self._call("get", path, params)
        self.filtered |= reply.headers.get(FILTERED, "").lower() == "true"
        return reply.data
