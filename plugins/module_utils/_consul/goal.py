# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a task asks of the key/value store, parsed and checked before anything is read."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.model import (
    Change,
    Leaf,
    Listing,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.source import (
    desired,
    parse_flags,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.tree import (
    Limit,
    check_deletes,
    check_keys,
    directory,
    extras,
    plan,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ConflictError,
    UserError,
)

LIMIT = re.compile(r"(\d+(?:\.\d+)?)\s*(%?)")


@dataclasses.dataclass(frozen=True)
class Goal:
    """C(root) is what is read, with C(recurse) all that begins with it.

    C(desired) has whole keys. C(prune) deletes all else within C(root) but for C(exclude).
    """

    root: str
    recurse: bool
    desired: t.Mapping[str, t.Optional[Leaf]]
    prune: bool = False
    exclude: t.Sequence[str] = ()
    max_deletes: t.Optional[Limit] = None
    flags: t.Optional[int] = None
    cas: t.Optional[int] = None

    def changes(self, listing: Listing) -> list[Change]:
        """The difference between this goal and what the server has."""
        wanted = dict(self.desired)
        if self.prune:
            surplus = extras(listing.records, wanted, self.root, self.exclude)
            wanted.update(dict.fromkeys(surplus))
        found = plan(wanted, listing.records, self.flags)
        return found if self.cas is None else self._checked(found, self.cas)

    def _checked(self, changes: list[Change], cas: int) -> list[Change]:
        """C(cas=0) means: only if the key is not there. Any other must be the key's index."""
        if not cas:
            return [change for change in changes if change.before is None]
        for change in changes:
            if change.index != cas:
                raise ConflictError(
                    f"{change.key} has index {change.index} and cas is {cas}: somebody else "
                    "changed it. Nothing was written."
                )
        return changes

    def check(self, changes: t.Sequence[Change], listing: Listing) -> None:
        """Refuse what deletes more than the task allows."""
        deletes = [change.key for change in changes if change.deletes]
        check_deletes(deletes, len(listing.records), self.max_deletes)


def goal(params: t.Mapping[str, t.Any], value: t.Optional[Leaf]) -> Goal:
    """What O(state) present and absent mean; C(value) comes from whichever option has it."""
    if params.get("key") is None and params.get("prefix") is None:
        raise UserError("key and prefix are both null: name a key or a prefix.")
    made = _key_goal(params, value) if params.get("key") is not None else _tree_goal(params)
    if made.prune and not made.root and not params["allow_root"]:
        raise UserError(
            "This would delete in the whole key/value store: name a prefix, or set allow_root."
        )
    if params["batch_size"] < 1:
        raise UserError(f"batch_size is {params['batch_size']}: write a number from 1 on.")
    check_keys(made.desired)
    return made


def _key_goal(params: t.Mapping[str, t.Any], value: t.Optional[Leaf]) -> Goal:
    key, absent = params["key"], params["state"] == "absent"
    if params.get("recurse") and (absent or value is None):
        return _recursive_goal(params, absent)
    check_keys([key])
    flags, cas = parse_flags(params.get("flags")), params.get("cas")
    if absent and cas == 0:
        raise UserError("cas is 0: to delete a key, it has to be the index of that key.")
    if absent:
        limit = parse_limit(params.get("max_deletes"))
        return Goal(key, False, {key: None}, max_deletes=limit, cas=cas)
    if value is not None:
        return Goal(key, False, {key: value}, flags=flags, cas=cas)
    if flags is not None:
        raise UserError("flags are stored with a value: give one of value, value_b64 and src.")
    return Goal(key, False, {})


def _recursive_goal(params: t.Mapping[str, t.Any], absent: bool) -> Goal:
    key = params["key"]
    if absent and params.get("cas") is not None:
        raise UserError("cas is the index of one key, and recurse deletes many: leave one out.")
    check_keys([key] if key else [])
    limit = parse_limit(params.get("max_deletes"))
    return Goal(
        key, True, {}, prune=absent, exclude=tuple(params["purge_exclude"]), max_deletes=limit
    )


def _tree_goal(params: t.Mapping[str, t.Any]) -> Goal:
    root, absent = directory(params["prefix"]), params["state"] == "absent"
    leaves = desired(params, root)
    if params["purge"] and leaves is None and not absent:
        raise UserError("purge deletes what a tree does not name: give tree or tree_src.")
    cas = _only_missing(params, leaves is not None and not absent)
    return Goal(
        root,
        recurse=True,
        desired=dict.fromkeys(leaves or {}) if absent else leaves or {},
        prune=leaves is None if absent else bool(params["purge"]),
        exclude=tuple(params["purge_exclude"]),
        max_deletes=parse_limit(params.get("max_deletes")),
        flags=parse_flags(params.get("flags")),
        cas=cas,
    )


def _only_missing(params: t.Mapping[str, t.Any], writes: bool) -> t.Optional[int]:
    cas = params.get("cas")
    if cas is not None and (cas or params["purge"] or not writes):
        raise UserError(
            "With a prefix, cas can only be 0, which writes what is missing of a tree and changes "
            "nothing else: leave out cas, or purge."
        )
    return cas


def parse_limit(text: t.Optional[str]) -> t.Optional[Limit]:
    if text is None:
        return None
    found = LIMIT.fullmatch(text.strip())
    if not found:
        raise UserError(f"max_deletes is {text!r}: write a number as 20 or a share as 10%.")
    return Limit(float(found.group(1)), bool(found.group(2)))
