# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces: they hold variables here, and no jobs."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from . import variables
from .errors import ApiError
from .shapes import Data
from .store import Store
from .validate import show
from .web import DEFAULT_NAMESPACE

NAME = re.compile(r"[a-zA-Z0-9-]{1,128}")
LONGEST = 256


def start(store: Store) -> None:
    """Each server has the default one from its beginning."""
    if DEFAULT_NAMESPACE not in store.namespaces:
        with store.write("namespaces"):
            made = shaped({"Name": DEFAULT_NAMESPACE, "Description": "Default shared namespace"})
            store.namespaces[DEFAULT_NAMESPACE] = {**made, "CreateIndex": 1, "ModifyIndex": 1}


def shaped(asked: Data) -> Data:
    able = asked.get("Capabilities")
    made = {
        "Capabilities": None if able is None else {
            key: able.get(key) for key in ("DisabledTaskDrivers", "EnabledTaskDrivers")
        },
        "Description": asked.get("Description", ""),
        "Meta": asked.get("Meta"),
        "Name": asked.get("Name", ""),
        "NodePoolConfiguration": None,
        "Quota": "",
    }  # fmt: skip
    digest = hashlib.blake2b(json.dumps(made, sort_keys=True).encode(), digest_size=32).digest()
    return {**made, "Hash": base64.b64encode(digest).decode()}


def write(store: Store, asked: Data) -> int:
    name = asked.get("Name", "")
    wrong = list(_problems(asked))
    if wrong:
        raise ApiError(500, f'Invalid namespace "{name}": {show(wrong)}')
    if asked.get("Quota"):
        raise ApiError(500, f'namespace "{name}" using non-existent quota "{asked["Quota"]}"')
    with store.write("namespaces") as index:
        before = store.namespaces.get(name)
        created = before["CreateIndex"] if before else index
        store.namespaces[name] = {
            **shaped(asked), "CreateIndex": created, "ModifyIndex": index,
        }  # fmt: skip
    return index


def _problems(asked: Data) -> list[str]:
    name, found = asked.get("Name", ""), []
    if not NAME.fullmatch(name):
        found.append(f'invalid name "{name}". Must match regex ^[a-zA-Z0-9-]{{1,128}}$')
    if len(asked.get("Description", "")) > LONGEST:
        found.append(f"description longer than {LONGEST}")
    if asked.get("NodePoolConfiguration"):
        found.append("invalid node pool configuration: Node Pools Governance is unlicensed.")
    return found


def delete(store: Store, name: str) -> int:
    with store.changed:
        if name == DEFAULT_NAMESPACE:
            raise ApiError(500, "can not delete default namespace")
        if name not in store.namespaces:
            raise ApiError(500, "namespace not found")
        if variables.used(store, name):
            raise ApiError(
                500,
                f'namespace "{name}" contains at least one variable. All variables in namespace '
                "must be deleted before it can be deleted",
            )
        with store.write("namespaces") as index:
            del store.namespaces[name]
    return index
