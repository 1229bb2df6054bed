# SPDX-License-Identifier: GPL-3.0-or-later
"""What a contract case is made of: requests as data, filled in from the answers before them."""

from __future__ import annotations

import dataclasses
import re
import typing as t
import urllib.parse

JSON = t.Any


@dataclasses.dataclass(frozen=True)
class Ref:
    """In a request: the whole answer of an earlier step, with some values replaced."""

    step: str
    at: str = ""
    put: t.Mapping[str, JSON] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Until:
    """Ask again until the value at a path is one of these."""

    at: str
    values: tuple[JSON, ...]
    seconds: float = 60.0


@dataclasses.dataclass(frozen=True)
class Step:
    name: str
    method: str
    path: str
    body: JSON = None
    until: Until | None = None
    capture: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    metrics: bool = False
    not_simulated: str = ""
    silent: bool = False
    # The token that it is sent with: a text, or {the name of a captured one}; by default the first.
    token: str | None = None
    # Asked of the Consul agent that the server registers its services with.
    consul: bool = False
    # Of the answer only these keys count, each written as the way to it.
    keep: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    steps: tuple[Step, ...]
    jobs: tuple[str, ...] = ()
    # What takes away the rest that the case makes. Sent before and after, whatever is there.
    undo: tuple[Step, ...] = ()
    # Its jobs have services, which run only where the node knows a Consul.
    consul: bool = False
    # What the names of the tokens that it makes begin with.
    tokens: str = ""
    # Of a server that lets in nobody yet, so that nothing can be taken away before or after.
    bare: bool = False

    @property
    def told(self) -> tuple[Step, ...]:
        """The steps whose answers count; the silent ones only wait for a moment."""
        return tuple(s for s in self.steps if not s.silent)


def at(data: JSON, path: str) -> JSON:
    """The value at C(/a/0/b); None where the path leads nowhere."""
    for key in [k for k in path.split("/") if k]:
        if isinstance(data, list):
            index = int(key)
            data = data[index] if -len(data) <= index < len(data) else None
        elif isinstance(data, dict):
            data = data.get(key)
        else:
            return None
    return data


def put(data: JSON, path: str, value: JSON) -> None:
    """Set the value at C(/a/0/b); the way to it must exist."""
    *way, last = [k for k in path.split("/") if k]
    target = at(data, "/".join(way))
    target[int(last) if isinstance(target, list) else last] = value


def cut(data: JSON, keep: t.Sequence[str]) -> JSON:
    """Only what is at these paths, and the way to it."""
    if isinstance(data, list):
        return [cut(row, below(keep, str(n))) for n, row in enumerate(data) if below(keep, str(n))]
    if not isinstance(data, dict):
        return data
    heads = {path.partition("/")[0] for path in keep}
    return {
        key: cut(value, rest) if (rest := below(keep, key)) else value
        for key, value in data.items()
        if key in heads
    }


def below(keep: t.Sequence[str], key: str) -> list[str]:
    return [rest for head, _slash, rest in (p.partition("/") for p in keep) if head == key and rest]


def fill_path(path: str, values: t.Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote(values[m.group(1)], safe=""), path)


def fill_body(body: JSON, answers: t.Mapping[str, JSON]) -> JSON:
    """A request body in which each Ref is replaced by what it refers to."""
    if isinstance(body, Ref):
        return _referred(body, answers)
    if isinstance(body, dict):
        return {k: fill_body(v, answers) for k, v in body.items()}
    if isinstance(body, list):
        return [fill_body(v, answers) for v in body]
    return body


def _referred(ref: Ref, answers: t.Mapping[str, JSON]) -> JSON:
    data = _copy(at(answers[ref.step], ref.at))
    for path, value in ref.put.items():
        put(data, path, value)
    return data


def _copy(data: JSON) -> JSON:
    if isinstance(data, dict):
        return {k: _copy(v) for k, v in data.items()}
    return [_copy(v) for v in data] if isinstance(data, list) else data


def describe(body: JSON) -> JSON:
    """The request as it is written down: a Ref by its name, not by its content."""
    if isinstance(body, Ref):
        changed = f" with {dict(body.put)}" if body.put else ""
        return f"<answer of {body.step}{body.at}{changed}>"
    if isinstance(body, dict):
        return {k: describe(v) for k, v in body.items()}
    return [describe(v) for v in body] if isinstance(body, list) else body
