# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What only readers of keys ask: their names alone, and whether an answer is all there is."""

from __future__ import annotations

import dataclasses

from ansible_collections.mlops.infra.plugins.module_utils._consul.client import (
    FILTERED,
    INDEX,
    Consul,
)


@dataclasses.dataclass(frozen=True)
class Names:
    """C(filtered) says that ACLs hid a part of them."""

    names: list[str]
    index: str
    filtered: bool


class KeysClient(Consul):
    def names(self, prefix: str, separator: str = "") -> Names:
        """The names of all keys that begin with C(prefix), up to C(separator) after it."""
        params = [("keys", "1"), *([("separator", separator)] if separator else [])]
        if self.consistency != "default":
            params.append((self.consistency, "1"))
        reply = self._call("get", f"/v1/kv/{prefix}", params, missing=True)
        filtered = reply.headers.get(FILTERED, "").lower() == "true"
        return Names(reply.data or [], reply.headers.get(INDEX, "0"), filtered)
