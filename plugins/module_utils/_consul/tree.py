# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which keys have to change, and whether they may."""

from __future__ import annotations

import dataclasses
import fnmatch
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.flatten import same
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import (
    Change,
    Leaf,
    Record,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

SHOWN = 5


def below(prefix: str) -> str:
    """The text that every key of the directory C(prefix) begins with."""
    return prefix + "/" if prefix else ""


def within(key: str, root: str) -> bool:
    """Whether C(key) is C(root) itself or lies in it as in a directory: C(app) is not C(apple)."""
    return key == root or key.startswith(root if root.endswith("/") else below(root))


def directory(prefix: str) -> str:
    """What O(prefix) means as such a text; a slash at its end makes no difference."""
    name = prefix.rstrip("/")
    check_keys([name] if name else [])
    return below(name)


def plan(
    desired: t.Mapping[str, t.Optional[Leaf]],
    observed: t.Mapping[str, Record],
    flags: t.Optional[int] = None,
) -> list[Change]:
    """What turns C(observed) into C(desired): writes first, so that no moment lacks both.

    A desired None is a key that has to go. Without C(flags), a key keeps those that it has.
    """
    writes = [
        Change(key, observed.get(key), leaf.value, _flags(leaf, observed.get(key), flags))
        for key, leaf in sorted(desired.items())
        if leaf and _differs(leaf, observed.get(key), flags)
    ]
    deletes = [
        Change(key, observed[key], None)
        for key, leaf in sorted(desired.items())
        if leaf is None and key in observed
    ]
    return writes + deletes


def _differs(leaf: Leaf, record: t.Optional[Record], flags: t.Optional[int]) -> bool:
    if record is None:
        return True
    return _flags(leaf, record, flags) != record.flags or not same(leaf, record.value)


def _flags(leaf: Leaf, record: t.Optional[Record], flags: t.Optional[int]) -> int:
    """Those of the key alone, else those of the task, else those that the key has."""
    for wanted in (leaf.flags, flags):
        if wanted is not None:
            return wanted
    return record.flags if record else 0


def extras(
    observed: t.Iterable[str], wanted: t.Container[str], root: str, exclude: t.Sequence[str] = ()
) -> list[str]:
    """The keys within C(root) that nobody wants and no C(exclude) glob protects."""
    return [
        key
        for key in sorted(observed)
        if within(key, root)
        and key not in wanted
        and not any(fnmatch.fnmatchcase(key[len(root) :].lstrip("/"), glob) for glob in exclude)
    ]


@dataclasses.dataclass(frozen=True)
class Limit:
    """At most C(amount) deletions, or at most that many percent of the keys that are there."""

    amount: float
    percent: bool = False

    def allows(self, deletes: int, total: int) -> bool:
        return deletes <= (self.amount * total / 100 if self.percent else self.amount)

    def __str__(self) -> str:
        return f"{self.amount:g}%" if self.percent else f"{self.amount:g}"


def check_deletes(deletes: t.Sequence[str], total: int, limit: t.Optional[Limit]) -> None:
    if limit is not None and not limit.allows(len(deletes), total):
        raise UserError(
            f"{len(deletes)} of {total} keys would be deleted and max_deletes is {limit}: "
            f"{some(deletes)}. Nothing was changed. Raise max_deletes if this is what you want."
        )


def check_keys(keys: t.Iterable[str]) -> None:
    for key in keys:
        reason = refusal(key)
        if reason:
            raise UserError(f"The key {key!r} {reason}. Nothing was changed.")


def refusal(key: str) -> t.Optional[str]:
    """Why a key cannot be used, None if it can.

    Consul's transactions take keys that its other endpoints can neither read nor delete, and its
    router rewrites C(//), C(.) and C(..): such a key would end up, or be lost, somewhere else.
    """
    if not key:
        return "is empty: name a key"
    if key.startswith("/"):
        return "begins with '/': leave that out"
    if "//" in key:
        return "has an empty part ('//'), which Consul would collapse into another key"
    if {".", ".."} & set(key.split("/")):
        return "has a part '.' or '..', which Consul would resolve into another key"
    if not key.isprintable():
        return "has an unprintable character, which Consul refuses to read"
    return None


def some(keys: t.Sequence[str]) -> str:
    """A few names, and how many more."""
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return ", ".join(keys[:SHOWN]) + more
