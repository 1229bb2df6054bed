# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which right a request needs: Nomad refuses it with two words, and does not tell."""

from __future__ import annotations

import typing as t

Path = t.Sequence[str]

# A request, with * for any one segment, and the capability in the namespace; the first that fits.
_CAPABILITIES = (
    ("POST jobs parse", "parse-job"),
    ("GET jobs", "list-jobs"),
    ("POST job * dispatch", "dispatch-job"),
    ("POST job * scale", "scale-job"),
    ("GET client fs logs *", "read-logs"),
    ("GET client allocation * checks", "read-job"),
    ("POST client allocation * restart", "alloc-lifecycle"),
)
_OF_VARIABLES = {"GET": "read", "PUT": "write", "DELETE": "destroy"}
UNKNOWN_TOKEN = (
    "Correct the token (option token or environment variable NOMAD_TOKEN): this region does not"
    " know it."
)


def remedy(method: str, path: Path, namespace: str, with_token: bool) -> str:
    """What to do about a request that was refused; Nomad does not tell unknown tokens from weak."""
    right = needed(method, path, namespace or "default")
    if with_token:
        return (
            "Give a token (option token or environment variable NOMAD_TOKEN) that this region knows"
            f" and that has {right}."
        )
    return (
        "No token was given: set the option token or the environment variable NOMAD_TOKEN to one"
        f" that has {right}."
    )


def needed(method: str, path: Path, namespace: str) -> str:
    """In the words of policies."""
    kind = path[0]
    if kind in ("node", "nodes", "agent") or tuple(path) == ("client", "metadata"):
        return f'policy = "{"read" if method == "GET" else "write"}" for node'
    if kind == "acl":
        return "the type management"
    if kind == "namespace":
        return _for_namespace(method, path[-1])
    where = f"in namespace {namespace}"
    if kind in ("var", "vars"):
        what = _OF_VARIABLES[method] if kind == "var" else "list"
        paths = f"variables at {path[1]}" if kind == "var" else "variables"
        return f"the capability {what} for {paths} {where}"
    return f"the capability {_capability(method, path)} {where}"


def _for_namespace(method: str, name: str) -> str:
    manages = "the type management"
    return f"any capability in namespace {name}, or {manages}" if method == "GET" else manages


def _capability(method: str, path: Path) -> str:
    asked = (method, *path)
    for pattern, capability in _CAPABILITIES:
        words = pattern.split()
        if len(words) == len(asked) and all(map(_fits, words, asked)):
            return capability
    return "read-job" if method == "GET" else "submit-job"


def _fits(word: str, segment: str) -> bool:
    return word in ("*", segment)
