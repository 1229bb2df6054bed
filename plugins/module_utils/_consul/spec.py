# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The options of consul_kv, and which of them go together."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleFallbackNotFound
from ansible_collections.mlops.infra.plugins.module_utils._consul.options import CONNECTION_SPEC

VALUES = ("value", "value_b64", "src")
TREES = ("tree", "tree_src")
FLATTEN: dict[str, dict[str, t.Any]] = {
    "separator": {"type": "str", "default": "/"},
    "lists": {"type": "str", "choices": ["json", "index"], "default": "json"},
    "booleans": {
        "type": "str",
        "choices": ["json", "title", "yes_no", "number"],
        "default": "json",
    },
    "nulls": {"type": "str", "choices": ["empty", "skip", "delete"], "default": "empty"},
}
# Those of a value are no_log to keep them out of the system's log; the module shows them again.
WHAT: dict[str, dict[str, t.Any]] = {
    "key": {"type": "str", "no_log": False},
    "value": {"type": "raw", "no_log": True},
    "value_b64": {"type": "str", "no_log": True},
    "src": {"type": "path"},
    "prefix": {"type": "str"},
    "tree": {"type": "raw", "no_log": True},
    "tree_src": {"type": "path"},
    "flatten": {"type": "dict", "options": FLATTEN},
}
HOW: dict[str, dict[str, t.Any]] = {
    "state": {
        "type": "str",
        "choices": ["present", "absent", "acquire", "release"],
        "default": "present",
    },
    "recurse": {"type": "bool", "default": False},
    "retrieve": {"type": "bool", "default": True},
    "flags": {"type": "int"},
    "cas": {"type": "int"},
    "session": {"type": "str", "no_log": False},
    "lock_timeout": {"type": "float", "default": 0.0},
    "purge": {"type": "bool", "default": False},
    "purge_exclude": {"type": "list", "elements": "str", "default": []},
    "max_deletes": {"type": "str"},
    "allow_root": {"type": "bool", "default": False},
    "on_filtered": {"type": "str", "choices": ["fail", "warn", "ignore"], "default": "fail"},
    "on_conflict": {"type": "str", "choices": ["retry", "fail"], "default": "retry"},
    "atomic": {"type": "bool", "default": False},
    "batch_size": {"type": "int", "default": 64},
    "sensitive": {"type": "raw", "default": False},
}
ARGUMENTS = {**CONNECTION_SPEC, **WHAT, **HOW}
TOGETHER: dict[str, t.Any] = {
    "required_one_of": [("key", "prefix")],
    "mutually_exclusive": [
        ("key", "prefix"),
        VALUES,
        TREES,
        *(("prefix", option) for option in VALUES),
    ],
    "required_by": dict.fromkeys(TREES, ("prefix",)),
    "required_if": [
        ("state", "acquire", ("key", "session")),
        ("state", "release", ("key", "session")),
    ],
}


def noting(
    spec: t.Mapping[str, dict[str, t.Any]], names: t.Iterable[str], omitted: set[str]
) -> dict[str, dict[str, t.Any]]:
    """The options C(names) of C(spec), of which those that a task has not get into C(omitted).

    Ansible's parameters have None for these and for null alike; fallbacks are for these alone.
    """

    def note(name: str) -> t.NoReturn:
        omitted.add(name)
        raise AnsibleFallbackNotFound

    return {name: {**spec[name], "fallback": (note, [name])} for name in names}
