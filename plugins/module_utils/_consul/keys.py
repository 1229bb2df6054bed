# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What only readers of keys ask: their names alone, and whether an answer is all there is."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.answers import of
from ansible_collections.mlops.infra.plugins.module_utils._consul.client import Consul


@dataclasses.dataclass(frozen=True)
class Names:
    """C(filtered) says that ACLs hid a part of them."""

    names: list[str]
    index: str
    filtered: bool


class KeysClient(Consul):
    def names(self, prefix: str, separator: str = "") -> Names:
        """The names of all keys that begin with C(prefix), up to C(separator) after it."""
        params = [("keys", "1"), *self._how_current()]
        if separator:
            params.append(("separator", separator))
        reply = self._call("get", f"/v1/kv/{prefix}", params, _names, missing=True)
        return Names(reply.data or [], reply.index, reply.filtered)


def _names(data: t.Any) -> list[str]:
    return [of(str)(name) for name in of(list)(data)]
