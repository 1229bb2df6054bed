# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules of an ACL policy as data: Nomad keeps the text that it was sent, word for word."""

from __future__ import annotations

import json
import re
import typing as t

Json = t.Dict[str, t.Any]
Tokens = t.List[t.Tuple[str, str]]

# All that rules are written with. Text with anything else is compared as text.
_TOKEN = re.compile(
    r"""
      (?P<space> \s+ | \#[^\n]* | //[^\n]* | /\*.*?\*/ )
    | (?P<text> "(?:[^"\\\n]|\\.)*" )
    | (?P<word> [A-Za-z_][\w.-]* )
    | (?P<mark> [{}\[\]=,] )
    """,
    re.VERBOSE | re.DOTALL,
)


class NotReadError(ValueError):
    """This is not the part of HCL that rules are written in."""


def as_sent(rules: str | Json) -> str:
    """What goes to Nomad, which takes JSON as well."""
    return rules if isinstance(rules, str) else json.dumps(rules, indent=2, ensure_ascii=False)


def meaning(text: str) -> t.Any:
    """The rules as data, alike for HCL and JSON and however they are written; else the text itself."""
    try:
        if text.lstrip().startswith("{"):
            return _canonical(json.loads(text))
        tokens = _tokens(text)
        data = _body(tokens)
        if tokens:
            raise NotReadError
    except ValueError:
        return text.strip()
    return _canonical(data)


def _canonical(data: t.Any) -> t.Any:
    """Without the order of capabilities, which means nothing."""
    if isinstance(data, dict):
        return {key: _canonical(value) for key, value in data.items()}
    if isinstance(data, list):
        if len(data) == 1 and isinstance(data[0], dict):
            return _canonical(data[0])
        if all(isinstance(item, str) for item in data):
            return sorted(set(data))
        return [_canonical(item) for item in data]
    return data


def _tokens(text: str) -> Tokens:
    """Last one first, so that the next is at the end of the list."""
    found: Tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise NotReadError
        position = match.end()
        kind, value = str(match.lastgroup), match.group()
        if kind == "text":
            value = json.loads(value)
        if kind != "space":
            found.append((kind, value))
    return found[::-1]


def _body(tokens: Tokens) -> Json:
    """Blocks and values up to a closing brace or the end."""
    body: Json = {}
    while tokens and tokens[-1] != ("mark", "}"):
        names = []
        while tokens and tokens[-1][0] != "mark":
            names.append(tokens.pop()[1])
        mark = tokens.pop()[1] if tokens and names else ""
        if mark not in ("{", "="):
            raise NotReadError
        _put(body, names, _closed(tokens) if mark == "{" else _value(tokens))
    return body


def _closed(tokens: Tokens) -> Json:
    body = _body(tokens)
    if not tokens:
        raise NotReadError
    tokens.pop()
    return body


def _value(tokens: Tokens) -> t.Any:
    kind, value = tokens.pop() if tokens else ("", "")
    if kind == "text":
        return value
    if value == "{":
        return _closed(tokens)
    if value != "[":
        raise NotReadError
    items = []
    while tokens and tokens[-1] != ("mark", "]"):
        kind, item = tokens.pop()
        if kind == "text":
            items.append(item)
        elif item != ",":
            raise NotReadError
    if not tokens:
        raise NotReadError
    tokens.pop()
    return items


def _put(body: Json, names: list[str], value: t.Any) -> None:
    """As C({"namespace": {"default": value}}); of a block that is there twice both are kept."""
    for name in names[:-1]:
        body = body.setdefault(name, {})
        if not isinstance(body, dict):
            raise NotReadError
    last = names[-1]
    if last not in body:
        body[last] = value
    elif isinstance(value, dict) and isinstance(body[last], (dict, list)):
        before = body[last] if isinstance(body[last], list) else [body[last]]
        body[last] = [*before, value]
    else:
        raise NotReadError


# What Nomad made of them


def ignored(text: str, understood: Json | None) -> list[str]:
    """The words that Nomad took and dropped, as seen by C(RulesJSON)."""
    data = meaning(text)
    return list(_ignored(data, understood, "")) if isinstance(data, dict) and understood else []


def _ignored(data: Json, known: Json, where: str) -> t.Iterator[str]:
    for word, value in data.items():
        matching = [key for key in known if _folded(key) == _folded(word)]
        if not matching:
            yield f"{word} in {where}" if where else word
            continue
        below, here = known[matching[0]], f"{where} {word}".strip()
        for body in value if isinstance(value, list) else [value]:
            if isinstance(body, dict) and isinstance(below, dict):
                yield from _ignored(body, below, here)
            elif isinstance(body, dict) and isinstance(below, list):
                yield from _labelled(body, below, here)


def _labelled(data: Json, known: list[Json], where: str) -> t.Iterator[str]:
    """Blocks with a label, which Nomad shows as a list of what has it as a name."""
    for label, value in data.items():
        entry = next((e for e in known if label in (e.get("Name"), e.get("PathSpec"))), None)
        for body in value if isinstance(value, list) else [value]:
            if isinstance(body, dict) and entry is not None:
                yield from _ignored(body, entry, f"{where} {label}")


def _folded(name: str) -> str:
    """C(host_volume) and C(HostVolumes) are one."""
    return name.replace("_", "").lower().rstrip("s")
