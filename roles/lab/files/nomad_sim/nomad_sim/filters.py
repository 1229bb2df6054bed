# SPDX-License-Identifier: GPL-3.0-or-later
"""The language of the lists' C(filter): what of it is not simulated is said, never passed over."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .errors import ApiError, NotSimulated
from .shapes import Data, words

TOKEN = re.compile(
    r'\s*(?:(\(|\)|==|!=)|(\w[\w.]*(?:\["[^"]*"\][\w.]*)+)|("[^"]*"|`[^`]*`)|([^\s()"=!`]+))'
)
SELECTOR = re.compile(r'[A-Za-z]\w*(?:\.\w+|\["[^"]*"\])*')
OPERATORS = words("== != contains matches is in")
# What a server knows of each kind though the record here has it only where it is set.
OPTIONAL = {
    "allocs": words(
        "ClientDescription ClientTerminalTime DeploymentID DesiredDescription FollowupEvalID "
        "NextAllocation PreviousAllocation"
    ),
    "evals": words(
        "BlockedEval DeploymentID EscapedComputedClass NextEval NodeID PreviousEval QuotaLimitReached "
        "StatusDescription"
    ),
}
NOTHING = object()


class _WrongError(Exception):
    """The expression is none."""


Test = t.Callable[[Data], bool]


def chosen(expression: str, kind: str) -> Test:
    """Whether a record of a table fits; without an expression each does."""
    if not expression:
        return lambda record: True
    try:
        return _Parser(_tokens(expression), OPTIONAL.get(kind, ())).whole()
    except _WrongError as error:
        raise ApiError(
            400,
            "failed to create result paginator: failed to read filter expression: "
            f"(simulator's words) {error}",
        ) from error


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None:
            raise _WrongError(f"{text[at:].strip()} is not understood")
        found.append(next(g for g in match.groups() if g is not None))
        at = match.end()
    return found


@dataclasses.dataclass
class _Parser:
    """Reads alternatives of conjunctions of comparisons."""

    tokens: list[str]
    optional: t.Collection[str]
    at: int = 0

    def whole(self) -> Test:
        test = self.alternatives()
        if self.at < len(self.tokens):
            raise _WrongError(f"{self.tokens[self.at]} is one word too many")
        return test

    def next(self) -> str:
        if self.at == len(self.tokens):
            raise _WrongError("the end comes too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def took(self, *wanted: str) -> bool:
        found = tuple(self.tokens[self.at : self.at + len(wanted)]) == wanted
        self.at += len(wanted) if found else 0
        return found

    def alternatives(self) -> Test:
        tests = [self.conjunction()]
        while self.took("or"):
            tests.append(self.conjunction())
        return lambda record: any(test(record) for test in tests)

    def conjunction(self) -> Test:
        tests = [self.single()]
        while self.took("and"):
            tests.append(self.single())
        return lambda record: all(test(record) for test in tests)

    def single(self) -> Test:
        if self.took("not"):
            test = self.single()
            return lambda record: not test(record)
        if self.took("("):
            inner = self.alternatives()
            if not self.took(")"):
                raise _WrongError("a bracket is not closed")
            return inner
        return self.comparison()

    def comparison(self) -> Test:
        left = self.next()
        negated = self.took("not")
        operator = self.next()
        if operator not in OPERATORS or (negated and operator in ("==", "!=", "is")):
            raise _WrongError(f"{operator} is no comparison")
        if operator == "is":
            negated = self.took("not")
            if not self.took("empty"):
                raise _WrongError("only empty can follow is")
            return self.made(left, "empty", "", negated)
        right = self.next()
        if operator == "in":
            return self.made(right, "contains", _literal(left), negated)
        return self.made(left, operator, _literal(right), negated or operator == "!=")

    def made(self, selector: str, operator: str, value: str, negated: bool) -> Test:
        if not SELECTOR.fullmatch(selector):
            raise _WrongError(f"{selector} is no name of a field")
        path = [quoted or name for name, quoted in re.findall(r'(\w+)|\["([^"]*)"\]', selector)]
        compare = COMPARE["==" if operator == "!=" else operator]

        def test(record: Data) -> bool:
            return compare(_value(record, path, self.optional), value, path) is not negated

        return test


def _literal(token: str) -> str:
    """The text of a value. In quotation marks all code points that are escaped have eight digits."""
    if token[0] == "`":
        return token[1:-1]
    if token[0] != '"':
        return token
    return re.sub(r"\\U([0-9a-f]{8})", lambda m: chr(int(m[1], 16)), token[1:-1])


def _value(record: Data, path: list[str], optional: t.Collection[str]) -> t.Any:
    found: t.Any = record
    for number, key in enumerate(path):
        if isinstance(found, dict) and key in found and not key.startswith("_"):
            found = found[key]
        elif number == 0 and key in optional:
            return ""
        elif number and path[number - 1] in words("Meta Attributes Env"):
            return NOTHING
        elif number == 0:
            raise _read(
                f"error finding value in datum: /{key} at part 0: couldn't find key: struct field "
                f'with name "{key}"'
            )
        else:
            raise NotSimulated(f"filter by {'.'.join(path)}")
    return found


def _read(text: str) -> ApiError:
    return ApiError(400, f"failed to read result page: {text}")


def _equal(found: t.Any, value: str, path: list[str]) -> bool:
    if isinstance(found, bool):
        return found is (value.lower() in ("true", "1", "t"))
    if isinstance(found, int):
        kind = "Uint" if path[-1].endswith("Index") else "Int"
        if not re.fullmatch(r"\d+" if kind == "Uint" else r"[+-]?\d+", value):
            raise _read(
                f'error getting match value in expression: strconv.Parse{kind}: parsing "{value}": '
                "invalid syntax"
            )
        return found == int(value)
    if isinstance(found, (dict, list)):
        raise NotSimulated(f"filter that compares {'.'.join(path)}")
    return (found or "") == value


def _contains(found: t.Any, value: str, path: list[str]) -> bool:
    return found is not NOTHING and value in (found or ())


def _matches(found: t.Any, value: str, path: list[str]) -> bool:
    pattern = re.sub(r"\\x\{([0-9a-f]+)\}", lambda m: re.escape(chr(int(m[1], 16))), value)
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        text = f'Failed to compile regular expression "{value}": (simulator\'s words) {error}'
        raise _read(text) from error
    return found is not NOTHING and bool(compiled.search(str(found or "")))


COMPARE: dict[str, t.Callable[[t.Any, str, list[str]], bool]] = {
    "==": _equal,
    "contains": _contains,
    "empty": lambda found, value, path: found is NOTHING or not found,
    "matches": _matches,
}
