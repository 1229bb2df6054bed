# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Nested data to keys and values, and back."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Leaf
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

V = t.TypeVar("V")
HALF = (
    "{} has half of a character (a surrogate as \\ud83d), which no text can be stored with: write the "
    "whole character, or give the bytes as value_b64."
)
TOO_DEEP = "{} is nested too deeply, or a part of it contains itself: make it flatter."


@dataclasses.dataclass(frozen=True)
class Rules:
    """C(lists): C(json) or C(index). C(nulls): C(empty), C(skip) or C(delete).

    C(booleans): a name in BOOLEANS. C(separator) is what joins the names of a key.
    C(place) is where the tree is, for messages.
    """

    lists: str = "json"
    nulls: str = "empty"
    booleans: str = "json"
    separator: str = "/"
    place: str = "tree"


BOOLEANS = {
    "json": ("false", "true"),
    "title": ("False", "True"),
    "yes_no": ("no", "yes"),
    "number": ("0", "1"),
}


def flatten(
    tree: t.Mapping[str, t.Any], rules: t.Optional[Rules] = None
) -> dict[str, t.Optional[Leaf]]:
    """Keys relative to the root of C(tree). A value of None stands for a key that has to go."""
    flat: dict[str, t.Optional[Leaf]] = {}
    rules = rules or Rules()
    try:
        for key, leaf in _leaves((), tree, rules):
            if key in flat:
                raise UserError(f"{rules.place} names the key {key!r} twice: keep one of the two.")
            flat[key] = leaf
    except RecursionError:
        raise UserError(TOO_DEEP.format(rules.place)) from None
    return flat


def _leaves(
    path: tuple[str, ...], node: t.Any, rules: Rules
) -> t.Iterator[tuple[str, t.Optional[Leaf]]]:
    children = _children(node, rules)
    if children is not None:
        for name, child in children:
            yield from _leaves((*path, str(name)), child, rules)
    elif node is not None or rules.nulls != "skip":
        key = rules.separator.join(path)
        yield key, None if node is None and rules.nulls == "delete" else _leaf(key, node, rules)


def _children(node: t.Any, rules: Rules) -> t.Optional[t.Iterable[tuple[t.Any, t.Any]]]:
    if isinstance(node, dict):
        return node.items()
    if isinstance(node, list) and rules.lists == "index":
        return enumerate(node)
    return None


def _leaf(key: str, node: t.Any, rules: Rules) -> Leaf:
    if node is None:
        return Leaf(b"")
    if isinstance(node, bool):
        return Leaf(BOOLEANS[rules.booleans][node].encode())
    if isinstance(node, bytes):
        return Leaf(node)
    if isinstance(node, str):
        return Leaf(to_bytes(node, f"The value of {key!r} in {rules.place}"))
    return as_json(node, f"The value of {key!r} in {rules.place}")


def as_json(node: t.Any, what: str) -> Leaf:
    """What is no text. Of a mistake C(what) it is in is told, and not the value."""
    try:
        return Leaf(json_text(node).encode(), is_json=isinstance(node, (dict, list)))
    except UnicodeEncodeError:
        raise UserError(HALF.format(what)) from None
    except RecursionError:
        raise UserError(TOO_DEEP.format(what)) from None
    except (TypeError, ValueError) as exc:
        raise UserError(f"{what} cannot be written as JSON: {exc}.") from exc


def to_bytes(text: str, what: str) -> bytes:
    """UTF-8; bytes that were not UTF-8 when Python read them come out as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise UserError(HALF.format(what)) from None


def json_text(data: t.Any) -> str:
    """One text for one meaning: sorted keys, no spaces, no NaN."""
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def same(leaf: Leaf, stored: bytes) -> bool:
    """Whether the server's C(stored) bytes already say what C(leaf) says."""
    if leaf.value == stored:
        return True
    return leaf.is_json and _meaning(stored) == leaf.value


def _meaning(stored: bytes) -> t.Optional[bytes]:
    try:
        return json_text(json.loads(stored)).encode()
    except (ValueError, RecursionError):
        return None


def unflatten(flat: t.Mapping[str, V]) -> dict[str, t.Any]:
    """The nested form of C(flat); M(flatten) of it gives the same keys back.

    Consul allows a key to have both a value and keys below it, which a dict cannot: there the
    keys below keep their path as one name.
    """
    tree: dict[str, t.Any] = {}
    for key in sorted(flat):
        level, names = tree, key.split("/")
        while len(names) > 1 and isinstance(level.get(names[0], {}), dict):
            level = level.setdefault(names.pop(0), {})
        level["/".join(names)] = flat[key]
    return tree
