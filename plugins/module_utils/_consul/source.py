# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Values and trees from where a task has them: its options, files and directories."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul import export
from ansible_collections.mlops.infra.plugins.module_utils._consul.flatten import (
    Flat,
    Rules,
    flatten,
    json_text,
    to_bytes,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Leaf
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

Params = t.Mapping[str, t.Any]
YAML = (".yml", ".yaml")


def read_value(params: Params) -> t.Optional[Leaf]:
    """The one value of O(value), O(value_b64) or O(src); None where the task has none of them."""
    value = params.get("value")
    if isinstance(value, (dict, list)):
        return Leaf(json_text(value).encode(), is_json=True)
    if value is not None:
        return Leaf(to_bytes(str(value)))
    if params.get("value_b64") is not None:
        try:
            return Leaf(base64.b64decode("".join(params["value_b64"].split()), validate=True))
        except ValueError as exc:
            raise UserError(f"value_b64 is not base64: {exc}.") from exc
    return None if params.get("src") is None else Leaf(_content("src", params["src"]))


def read_tree(params: Params) -> t.Optional[Flat]:
    """Keys relative to the prefix, from O(tree) or O(tree_src); None where there is neither."""
    path = params.get("tree_src")
    rules = Rules(**(params.get("flatten") or {}))
    if path is None:
        return None if params.get("tree") is None else flatten(_nested(params["tree"]), rules)
    form = params.get("tree_format") or "auto"
    if form == "directory" or (form == "auto" and os.path.isdir(path)):
        return _directory(path)
    content = _content("tree_src", path)
    if form == "export" or (form == "auto" and _is_export(path, content)):
        return _export(path, content)
    yaml = form == "yaml" or (form == "auto" and path.lower().endswith(YAML))
    data = _yaml(path, content) if yaml else _json(path, content)
    if not isinstance(data, (dict, list)):
        raise UserError(f"tree_src {path} holds a single value: it has to be a mapping or a list.")
    return flatten(data, rules)


def _nested(tree: t.Any) -> t.Any:
    """What a template made of a tree may be its text."""
    if isinstance(tree, str):
        with contextlib.suppress(ValueError):
            tree = json.loads(tree)
    if not isinstance(tree, (dict, list)):
        raise UserError(f"tree is of type {type(tree).__name__}: write a dictionary or a list.")
    return tree


def _content(option: str, path: str) -> bytes:
    try:
        with open(path, "rb") as handle:
            return handle.read()
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        raise UserError(f"{option} {path} cannot be read: {reason}.") from exc


def _directory(path: str) -> Flat:
    """Each file's bytes by its path; what begins with a dot is none of the tree's business."""
    if not os.path.isdir(path):
        raise UserError(f"tree_src {path} is no directory: correct it, or tree_format.")
    flat: Flat = {}
    for root, directories, names in os.walk(path):
        directories[:] = [name for name in directories if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                whole = os.path.join(root, name)
                key = os.path.relpath(whole, path).replace(os.sep, "/")
                flat[key] = Leaf(_content("tree_src", whole))
    return flat


def _is_export(path: str, content: bytes) -> bool:
    """An empty list is one as well: it is what an empty prefix is exported as."""
    return not path.lower().endswith(YAML) and export.parse(content) is not None


def _export(path: str, content: bytes) -> Flat:
    records = export.parse(content)
    if records is None:
        raise UserError(f"tree_src {path} is not what consul kv export writes.")
    return {key: Leaf(record.value, flags=record.flags) for key, record in records.items()}


def _json(path: str, content: bytes) -> t.Any:
    try:
        return json.loads(content)
    except ValueError as exc:
        raise UserError(f"tree_src {path} is not JSON: {exc}.") from exc


def _yaml(path: str, content: bytes) -> t.Any:
    try:
        import yaml
    except ImportError as exc:
        raise UserError(
            f"tree_src {path} is YAML, which takes PyYAML where the module runs: install it there, "
            "or give the tree as JSON."
        ) from exc
    try:
        return yaml.load(content, Loader=_as_written(yaml))
    except yaml.YAMLError as exc:
        raise UserError(f"tree_src {path} is not YAML: {' '.join(str(exc).split())}.") from exc


def _as_written(yaml: t.Any) -> t.Any:
    """A date stays the text that it is: Consul has no other way to keep it."""
    resolvers = {
        first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:timestamp"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return type("_Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": resolvers})
