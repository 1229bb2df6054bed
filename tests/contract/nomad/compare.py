# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares an answer with the recorded one: status, headers, text, keys, types and values.

What may differ is said in normalise.json and nowhere else: each rule names a place, how the two
values are compared there instead, and why.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import json
import pathlib
import re
import typing as t

from .steps import JSON

RULES = pathlib.Path(__file__).with_name("normalise.json")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@dataclasses.dataclass(frozen=True)
class Rule:
    """C(step) and C(at) are patterns: * one part, ** any number of parts of the path."""

    at: str
    kind: str
    reason: str
    step: str = "*"
    allow: tuple[str, ...] = ()
    pattern: str = ""

    def matches(self, step: str, path: tuple[str, ...]) -> bool:
        return fnmatch.fnmatchcase(step, self.step) and bool(_regex(self.at).fullmatch(_join(path)))


def _join(path: tuple[str, ...]) -> str:
    return "".join("\x00" + part for part in path)


@functools.cache
def _regex(at: str) -> re.Pattern[str]:
    parts = [part for part in at.split("/") if part]
    one = {"**": "(\x00[^\x00]*)*", "*": "\x00[^\x00]*"}
    return re.compile("".join(one.get(p, "\x00" + re.escape(p)) for p in parts))


def load_rules(path: pathlib.Path = RULES) -> list[Rule]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Rule(**{**row, "allow": tuple(row.get("allow", ()))}) for row in rows]


class Comparer:
    """Compares the answers of one step."""

    def __init__(self, step: str, rules: t.Sequence[Rule]) -> None:
        self.step = step
        self.rules = [r for r in rules if fnmatch.fnmatchcase(step, r.step)]
        self.known: dict[tuple[str, ...], list[Rule]] = {}

    def differences(self, recorded: JSON, actual: JSON, path: tuple[str, ...] = ()) -> list[str]:
        return list(self._any(recorded, actual, path))

    @staticmethod
    def loose() -> t.Container[str]:
        """The kinds that compare less than the value."""
        return SCALARS

    def lacks(self, path: tuple[str, ...]) -> bool:
        """Whether the key at a path may be missing."""
        return bool(path) and self._allowed("may_lack", path[:-1], path[-1])

    def rules_at(self, path: tuple[str, ...]) -> list[Rule]:
        if path not in self.known:
            self.known[path] = [r for r in self.rules if r.matches(self.step, path)]
        return self.known[path]

    def rule(self, path: tuple[str, ...], kinds: t.Container[str]) -> Rule | None:
        return next((r for r in self.rules_at(path) if r.kind in kinds), None)

    def scalar(self, recorded: JSON, path: tuple[str, ...]) -> Rule | None:
        """The rule for a value; an id that is none, such as a job's, is compared as a name."""
        rule = self.rule(path, SCALARS)
        if rule is not None and rule.kind == "uuid":
            named = isinstance(recorded, str) and recorded and not UUID.fullmatch(recorded)
            return None if named or not isinstance(recorded, (str, type(None))) else rule
        return rule

    def _any(self, recorded: JSON, actual: JSON, path: tuple[str, ...]) -> t.Iterator[str]:
        rule = self.scalar(recorded, path)
        if rule:
            if not SCALARS[rule.kind](recorded, actual):
                yield f"{_show(path)}: {actual!r} is not {rule.kind} like {recorded!r}"
        elif isinstance(recorded, dict) and isinstance(actual, dict):
            yield from self._dict(recorded, actual, path)
        elif isinstance(recorded, list) and isinstance(actual, list):
            yield from self._list(recorded, actual, path)
        elif self._plain(recorded, path) != self._plain(actual, path):
            yield f"{_show(path)}: {actual!r} instead of {recorded!r}"

    def _plain(self, value: JSON, path: tuple[str, ...]) -> tuple[str, JSON]:
        """The type is part of the value: 1, 1.0 and true are three things."""
        if isinstance(value, str):
            for rule in self.rules_at(path):
                if rule.kind == "substitute":
                    value = re.sub(rule.pattern, "~", value)
        return type(value).__name__, value

    def _dict(self, recorded: JSON, actual: JSON, path: tuple[str, ...]) -> t.Iterator[str]:
        for key in sorted(recorded.keys() - actual.keys()):
            if not self._allowed("may_lack", path, key):
                yield f"{_show(path)}: the key {key!r} is missing"
        for key in sorted(actual.keys() - recorded.keys()):
            if not self._allowed("may_have", path, key):
                yield f"{_show(path)}: the key {key!r} is not in the recorded answer"
        for key in sorted(recorded.keys() & actual.keys()):
            yield from self._any(recorded[key], actual[key], (*path, key))

    def _allowed(self, kind: str, path: tuple[str, ...], key: str) -> bool:
        rule = self.rule(path, (kind,))
        return rule is not None and any(re.fullmatch(p, key) for p in rule.allow)

    def _list(self, recorded: JSON, actual: JSON, path: tuple[str, ...]) -> t.Iterator[str]:
        if self.rule(path, ("unordered",)):
            recorded, actual = (sorted(x, key=_key) for x in (recorded, actual))
        if len(recorded) != len(actual):
            yield f"{_show(path)}: {len(actual)} elements instead of {len(recorded)}"
        for index, (one, other) in enumerate(zip(recorded, actual, strict=False)):
            yield from self._any(one, other, (*path, str(index)))


def _key(value: JSON) -> str:
    """An order that does not hang on ids, indexes and times."""
    text = json.dumps(value, sort_keys=True)
    changing = rf'{UUID.pattern}|{TIME.pattern}|dispatch-\d+-[0-9a-f]+|"\w*Index": \d+|\d{{6,}}'
    return re.sub(changing, "", text)


def _show(path: tuple[str, ...]) -> str:
    return "/" + "/".join(path)


def _both(recorded: JSON, actual: JSON, kind: type | tuple[type, ...]) -> bool:
    return all(isinstance(x, kind) and not isinstance(x, bool) for x in (recorded, actual))


def _shape(pattern: re.Pattern[str]) -> t.Callable[[JSON, JSON], bool]:
    def same(recorded: JSON, actual: JSON) -> bool:
        if not _both(recorded, actual, str):
            return recorded is None and actual is None
        return recorded == actual or all(pattern.fullmatch(x) for x in (recorded, actual))

    return same


def _index(recorded: JSON, actual: JSON) -> bool:
    """Some index where one was recorded, 0 where 0 was; text in headers, a number in bodies."""
    if _both(recorded, actual, str):
        return all(x.isdigit() for x in (recorded, actual))
    if recorded is None:
        return actual is None
    return _both(recorded, actual, int) and bool(recorded) == bool(actual) and actual >= 0


def _clock(recorded: JSON, actual: JSON) -> bool:
    return recorded == actual or (
        _both(recorded, actual, int) and min(recorded, actual) > 1_500_000_000
    )


def _number(recorded: JSON, actual: JSON) -> bool:
    same = type(recorded) is type(actual)
    return same and _both(recorded, actual, (int, float)) and actual >= 0


def _string(recorded: JSON, actual: JSON) -> bool:
    if recorded is None:
        return actual is None
    return _both(recorded, actual, str) and bool(recorded) == bool(actual)


def _text(recorded: JSON, actual: JSON) -> bool:
    return _both(recorded, actual, str)


def _list_of(kind: type) -> t.Callable[[JSON, JSON], bool]:
    def same(recorded: JSON, actual: JSON) -> bool:
        return all(
            isinstance(x, list) and x and all(isinstance(v, kind) for v in x)
            for x in (recorded, actual)
        )

    return same


def _map_of_text(recorded: JSON, actual: JSON) -> bool:
    """A map of text whose keys belong to the machine."""
    return all(
        isinstance(x, dict) and all(isinstance(v, str) for v in x.values())
        for x in (recorded, actual)
    )


def _subset(recorded: JSON, actual: JSON) -> bool:
    both = isinstance(recorded, list) and isinstance(actual, list)
    return both and bool(actual) and all(x in recorded for x in actual)


def _eligibility(recorded: JSON, actual: JSON) -> bool:
    """One class of nodes, eligible or not; its name is a hash."""
    both = all(isinstance(x, dict) and len(x) == 1 for x in (recorded, actual))
    return both and list(recorded.values()) == list(actual.values())


SCALARS: dict[str, t.Callable[[JSON, JSON], bool]] = {
    "uuid": _shape(UUID),
    "time": _shape(TIME),
    "index": _index,
    "clock": _clock,
    "number": _number,
    "string": _string,
    "text": _text,
    "strings_list": _list_of(str),
    "numbers": _list_of(int),
    "map_of_text": _map_of_text,
    "eligibility": _eligibility,
    "subset": _subset,
}
