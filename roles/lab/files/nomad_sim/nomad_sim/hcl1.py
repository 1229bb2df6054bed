# SPDX-License-Identifier: GPL-3.0-or-later
"""HCL of the first version, in which agents and ACL policies are described, as plain data."""

from __future__ import annotations

import re
import typing as t

from .hcl_eval import Evaluator
from .hcl_tree import Body, parse
from .shapes import Data

# Keys may be quoted there, and hold dots.
QUOTED_KEY = re.compile(r'((?:^|\{)\s*)"([^"\n]+)"(\s*=)', re.MULTILINE)
PREFIX = "quoted_"


def read(text: str) -> Data:
    """Blocks as maps; several of a kind as the last of them wins, labels as keys. SpecError."""
    text = QUOTED_KEY.sub(lambda m: m[1] + PREFIX + m[2].encode().hex() + m[3], text)
    return _plain(parse(text, strict=False), Evaluator(text, {"var": {}, "local": {}}))


def _key(name: str) -> str:
    if not name.startswith(PREFIX):
        return name
    return bytes.fromhex(name.removeprefix(PREFIX)).decode()


def _keys(value: t.Any) -> t.Any:
    return {_key(k): v for k, v in value.items()} if isinstance(value, dict) else value


def _plain(body: Body, evaluator: Evaluator) -> Data:
    found: Data = {
        _key(a.name): _keys(evaluator.value(a.expression)) for a in body.attributes.values()
    }
    for block in body.blocks:
        inner: t.Any = _plain(block.body, evaluator)
        for label in reversed(block.labels):
            inner = {label: inner}
        before = found.get(block.kind)
        found[block.kind] = {**before, **inner} if isinstance(before, dict) else inner
    return found
