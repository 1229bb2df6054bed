# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The value or the tree that a task has, from the task itself, a directory or a file."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul import export, yamlfile
from ansible_collections.mlops.infra.plugins.module_utils._consul.flatten import (
    TOO_DEEP,
    Rules,
    as_json,
    flatten,
    to_bytes,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Leaf
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

Leaves = t.Dict[str, t.Optional[Leaf]]
MAX_FLAGS = 2**64 - 1
ENTRY = {"key", "value", "value_b64", "flags"}


def read_value(params: t.Mapping[str, t.Any]) -> t.Optional[Leaf]:
    """The one value of O(value), O(value_b64) or O(src); None where the task has none of them."""
    value = params.get("value")
    if isinstance(value, (dict, list)):
        return as_json(value, "value")
    if value is not None:
        return Leaf(to_bytes(str(value), "value"))
    if params.get("value_b64") is not None:
        try:
            return Leaf(base64.b64decode("".join(params["value_b64"].split()), validate=True))
        except ValueError as exc:
            raise UserError(f"value_b64 is not base64: {exc}.") from exc
    return None if params.get("src") is None else Leaf(read(params["src"], "src"))


def desired(params: t.Mapping[str, t.Any], root: str) -> t.Optional[Leaves]:
    """Whole keys, C(root) being the directory of O(prefix); None for a task without a tree."""
    rules = Rules(**(params.get("flatten") or {}))
    if not rules.separator:
        raise UserError("flatten.separator is empty: names could not be told apart in a key.")
    named = params["state"] == "absent"
    if params.get("tree") is not None:
        return _placed(_leaves("tree", _data(params["tree"]), rules, named), root)
    path = params.get("tree_src")
    if path is None:
        return None
    if os.path.isdir(path):
        return _placed(_directory(path), root)
    data = _parsed(path)
    if isinstance(data, list) and not yamlfile.is_yaml(path):
        return _within(_export(path, data), path, root)
    return _placed(_leaves(f"tree_src {path}", data, rules, named), root)


def _placed(leaves: t.Mapping[str, t.Optional[Leaf]], root: str) -> Leaves:
    return {root + key: leaf for key, leaf in leaves.items()}


def _data(tree: t.Any) -> t.Any:
    """Ansible hands text over for an option of any type, as where a template made JSON."""
    if not isinstance(tree, str):
        return tree
    try:
        return json.loads(tree, object_pairs_hook=_unique)
    except RecursionError:
        raise UserError(TOO_DEEP.format("tree")) from None
    except ValueError:
        raise UserError("tree is a text that is no JSON: give a dictionary or a list.") from None


def _leaves(place: str, data: t.Any, rules: Rules, named: bool) -> Leaves:
    rules = dataclasses.replace(rules, place=place)
    if isinstance(data, dict):
        return flatten(data, rules)
    if not isinstance(data, list):
        raise UserError(
            f"{place} is neither a dictionary nor a list of entries with key and value."
        )
    leaves: Leaves = {}
    for number, entry in enumerate(data, 1):
        where = f"Entry {number} of {place}"
        for key, leaf in _entry(where, entry, rules, named).items():
            if key in leaves:
                raise UserError(f"{where} names the key {key!r} again: keep one of the two.")
            leaves[key] = leaf
    return leaves


def _entry(where: str, entry: t.Any, rules: Rules, named: bool) -> Leaves:
    """C(named): it is enough that the key is named, because it has to go."""
    if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
        raise UserError(f"{where} is no dictionary with a text as key.")
    if set(entry) - ENTRY:
        names = ", ".join(sorted(map(str, set(entry) - ENTRY)))
        raise UserError(f"{where} has {names}: it may have key, value, value_b64 and flags.")
    key, given = entry["key"], {"value", "value_b64"} & set(entry)
    if len(given) > 1 or not (given or named):
        raise UserError(f"{where} ({key}) needs one of value and value_b64.")
    if "value_b64" in entry:
        leaves: Leaves = {key: Leaf(_decoded(where, entry["value_b64"]))}
    else:
        leaves = flatten({key: entry.get("value", "")}, rules)
    flags = parse_flags(entry.get("flags"), where)
    return {name: leaf and dataclasses.replace(leaf, flags=flags) for name, leaf in leaves.items()}


def _decoded(where: str, text: t.Any) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, AttributeError):
        raise UserError(f"{where} has a value that is no base64.") from None


def parse_flags(flags: t.Any, where: str = "") -> t.Optional[int]:
    """Flags of C(where) or of the task, checked."""
    number = isinstance(flags, int) and not isinstance(flags, bool)
    if flags is None or (number and 0 <= flags <= MAX_FLAGS):
        return t.cast(t.Optional[int], flags)
    subject = f"{where} has flags {flags!r}" if where else f"flags is {flags!r}"
    raise UserError(f"{subject}: Consul keeps a whole number from 0 to 2**64 - 1.")


def _directory(path: str) -> Leaves:
    """One key a file, without those whose name begins with a dot."""

    def give_up(error: OSError) -> t.NoReturn:
        raise _unreadable(error.filename, error) from error

    leaves: Leaves = {}
    for folder, folders, files in os.walk(path, onerror=give_up):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if os.path.islink(os.path.join(folder, name)):
                raise UserError(
                    f"tree_src has a link to a directory, {os.path.join(folder, name)}: replace it."
                )
        for name in sorted(name for name in files if not name.startswith(".")):
            file = os.path.join(folder, name)
            leaves[os.path.relpath(file, path)] = Leaf(read(file))
    return leaves


def read(path: str, option: str = "tree_src") -> bytes:
    """The bytes of a file; a pipe or a device, which might never end, is none."""
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise UserError(f"{option} {path} cannot be read: it is no file.")
        with open(path, "rb") as handle:
            return handle.read()
    except (OSError, ValueError) as exc:
        raise _unreadable(path, exc, option) from exc


def _unreadable(path: str, error: Exception, option: str = "tree_src") -> UserError:
    reason = getattr(error, "strerror", None) or error
    return UserError(f"{option} {path} cannot be read: {reason}.")


def _parsed(path: str) -> t.Any:
    content = read(path)
    if yamlfile.is_yaml(path):
        return yamlfile.parse(path, content)
    try:
        return json.loads(content, object_pairs_hook=_unique)
    except RecursionError:
        raise UserError(TOO_DEEP.format(f"tree_src {path}")) from None
    except ValueError as exc:
        raise UserError(f"tree_src {path} is no JSON: {exc}. YAML needs a name in .yml.") from None


def _unique(pairs: t.Sequence[tuple[str, t.Any]]) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {}
    for name, value in pairs:
        if name in found:
            raise UserError(f"The tree names {name!r} twice in one object: keep one of the two.")
        found[name] = value
    return found


def _export(path: str, rows: t.Sequence[t.Any]) -> Leaves:
    """What consul kv export writes has whole keys."""
    leaves: Leaves = {}
    for number, row in enumerate(rows, 1):
        where = f"Entry {number} of tree_src {path}"
        try:
            found = export.record(row)
        except ValueError as exc:
            raise UserError(f"{where} {exc}.") from None
        if found.key in leaves:
            raise UserError(f"{where} names the key {found.key!r} again: keep one of the two.")
        leaves[found.key] = Leaf(found.value, flags=parse_flags(found.flags, where))
    return leaves


def _within(leaves: Leaves, path: str, root: str) -> Leaves:
    for key in leaves:
        if not key.startswith(root):
            raise UserError(
                f"The key {key!r} of tree_src {path} is not below prefix {root!r}, and a file of "
                "consul kv export has whole keys: correct prefix. Nothing was changed."
            )
    return leaves
