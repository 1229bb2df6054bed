# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a request as Go's decoder does: keys in any case, unknown ones left out, types checked."""

from __future__ import annotations

import json
import typing as t

from .errors import ApiError, NotSimulated
from .go_types import ALIASES, STRUCTS, TOKEN
from .shapes import Data

RANGES = {
    "int": (-(2**63), 2**63 - 1), "int64": (-(2**63), 2**63 - 1), "uint64": (0, 2**64 - 1),
    "time.Duration": (-(2**63), 2**63 - 1), "int8": (-128, 127), "uint8": (0, 255),
}  # fmt: skip
PLAIN: dict[str, type] = {"string": str, "bool": bool, "[]uint8": str}


class Real(float):
    """A number that is written with a point or an exponent; errors show it as it was written."""

    text: str

    def __new__(cls, text: str) -> Real:
        made = super().__new__(cls, text)
        made.text = text
        return made


def decode(raw: bytes, struct: str) -> Data:
    """What the first value in C(raw) says for a structure. Keys that are null are left out."""
    value = _parsed(raw)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ApiError(400, f"json: cannot unmarshal {_kind(value)} into Go value of type {struct}")
    return _struct(value, struct, ())


def _parsed(raw: bytes) -> t.Any:
    if not raw:
        raise ApiError(400, "Request body is empty")
    text = raw.decode("utf-8", errors="replace").lstrip()
    try:
        value, _end = json.JSONDecoder(parse_float=Real).raw_decode(text)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip())
        words = "unexpected EOF" if cut else f"(simulator's words) {error}"
        raise ApiError(400, words) from error
    return value


def _kind(value: t.Any) -> str:
    if isinstance(value, bool):
        return "bool"
    kinds = ((str, "string"), ((int, float), "number"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "object")


class _Place(t.NamedTuple):
    """Where a value stands: the structure that holds it, and the way there from the first one."""

    struct: str
    path: tuple[str, ...]

    def wrong(self, value: t.Any, kind: str) -> ApiError:
        found = _kind(value)
        if found == "number" and kind in RANGES:
            found = f"number {value.text if isinstance(value, Real) else value}"
        name = "" if self.struct == TOKEN else self.struct.rpartition(".")[2]
        where = ".".join([name, *self.path])
        text = f"json: cannot unmarshal {found} into Go struct field {where} of type {kind}"
        return ApiError(400, text)


def _struct(value: Data, struct: str, path: tuple[str, ...]) -> Data:
    fields, found = STRUCTS[struct], {}
    for key, one in value.items():
        field = fields.get(key.lower())
        if field is not None and one is not None:
            place = _Place(struct, (*path, field.shown))
            found[field.name] = _value(one, field.kind, place)
    return found


def _value(value: t.Any, kind: str, place: _Place) -> t.Any:
    real = ALIASES.get(kind, kind)
    if real == "interface {}":
        return value
    if real in RANGES:
        return _whole(value, real, place)
    if real in PLAIN:
        return _plain(value, real, place)
    if real.startswith("[]"):
        if not isinstance(value, list):
            raise place.wrong(value, kind)
        return [_element(one, real[2:], place) for one in value]
    if not isinstance(value, dict):
        raise place.wrong(value, kind)
    if real.startswith("map[string]"):
        inner = real.removeprefix("map[string]")
        return {key: _element(one, inner, place) for key, one in value.items()}
    return _struct(value, real, place.path)


def _whole(value: t.Any, kind: str, place: _Place) -> int:
    low, high = RANGES[kind]
    fits = isinstance(value, int) and not isinstance(value, bool)
    if not fits or not low <= value <= high:
        raise place.wrong(value, kind)
    return int(value)


def _plain(value: t.Any, kind: str, place: _Place) -> t.Any:
    if kind == "[]uint8" and isinstance(value, list):
        raise NotSimulated("bytes as a list of numbers")
    if not isinstance(value, PLAIN[kind]):
        raise place.wrong(value, kind)
    return value


def _element(value: t.Any, kind: str, place: _Place) -> t.Any:
    """One of a list or a map; null is a text that is empty, or nothing."""
    inner = kind.removeprefix("*")
    if value is not None:
        return _value(value, inner, place)
    if inner in STRUCTS:
        raise ApiError(
            400, "(simulator's words) null instead of an object; a real server breaks off here"
        )
    return None if kind == "*string" or inner == "interface {}" else PLAIN[inner]()
