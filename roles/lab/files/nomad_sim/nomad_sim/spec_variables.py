# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables and locals of a job specification, with the values given for them."""

from __future__ import annotations

import json
import typing as t

from lark import Tree

from .errors import NotSimulated, SpecError
from .hcl_eval import Evaluator, Unset, number, text
from .hcl_json import JsonEvaluator, json_file
from .hcl_tree import Attribute, Body, parse, span_of, tokens

Value = t.Any
TYPES = {"string": "string", "number": "a number", "bool": "a bool"}


class Variables:
    def __init__(self, source: str, given: str) -> None:
        self.body = read(source)
        self.scope: dict[str, dict[str, Value]] = {"var": {}, "local": {}}
        self.evaluator = evaluator_for(source, self.scope)
        values = self._given(given)
        for block in self.body.blocks:
            if block.kind == "variable":
                self._declare(block.labels[0], block.body.attributes, values)
            elif block.kind == "variables":
                for attribute in block.body.attributes.values():
                    self._declare(attribute.name, {"default": attribute}, values)
        for block in self.body.blocks:
            if block.kind == "locals":
                for attribute in block.body.attributes.values():
                    value = self.evaluator.value(attribute.expression)
                    self.scope["local"][attribute.name] = value

    def _given(self, given: str) -> dict[str, tuple[Value, str]]:
        """What the request gives, with the place that an error names; unknown names are dropped."""
        if not given.strip():
            return {}
        body, evaluator = read(given), evaluator_for(given, {"var": {}, "local": {}})
        if given.startswith("{"):
            raw = json.loads(given)
            return {k: (v, json_span(given, k, v)) for k, v in raw.items()}
        found = body.attributes.values()
        return {a.name: (evaluator.value(a.expression), str(span_of(a.expression))) for a in found}

    def _declare(
        self,
        name: str,
        declared: t.Mapping[str, Attribute],
        given: t.Mapping[str, tuple[Value, str]],
    ) -> None:
        kind = type_of(declared["type"].expression) if "type" in declared else None
        if name in given:
            value, place = given[name]
        elif "default" in declared:
            default = declared["default"]
            value, place = self.evaluator.value(default.expression), str(default.span)
        else:
            self.scope["var"][name] = Unset()
            return
        self.scope["var"][name] = convert(name, value, kind, place)


def read(source: str) -> Body:
    return json_file(source) if source.startswith("{") else parse(source)


def evaluator_for(source: str, scope: dict[str, dict[str, Value]]) -> Evaluator:
    kind = JsonEvaluator if source.startswith("{") else Evaluator
    return kind(source, scope)


def json_span(source: str, name: str, value: Value) -> str:
    """The place of a value in one line of JSON, without its quotes."""
    at = source.index(json.dumps(value), source.index(json.dumps(name)) + len(name) + 2)
    length = len(json.dumps(value))
    return f"input.hcl:1,{at + 1}-{at + 1 + length}"


def type_of(expression: t.Any) -> t.Any:
    """string, number, bool, any; list(x), set(x), map(x) as a pair."""
    if not isinstance(expression, Tree):
        return str(expression)
    names = [str(x) for x in tokens(expression) if x.type == "NAME"]
    if len(names) == 1:
        return names[0]
    if len(names) == 2 and names[0] in ("list", "set", "map"):
        return names[0], names[1]
    raise NotSimulated(f"the type of a variable {' '.join(names)}")


def convert(name: str, value: Value, kind: t.Any, place: str) -> Value:
    if value is None or kind in (None, "any"):
        return value
    try:
        return _converted(value, kind)
    except (TypeError, ValueError, AttributeError) as error:
        wanted = TYPES.get(kind, f"{kind[0]} of {kind[1]}") if kind else ""
        raise SpecError(
            f"{place}: Invalid value for variable; The value for {name} is not compatible with "
            f"the variable's type constraint: {wanted}{' is' if ' ' in wanted else ''} required."
        ) from error


def _converted(value: Value, kind: t.Any) -> Value:
    if isinstance(kind, tuple):
        if kind[0] == "map":
            return {k: _converted(v, kind[1]) for k, v in value.items()}
        if not isinstance(value, list):
            raise TypeError(kind)
        return [_converted(v, kind[1]) for v in value]
    if isinstance(value, (dict, list)):
        raise TypeError(kind)
    return {"string": text, "number": number, "bool": _bool}.get(kind, lambda v: v)(value)


def _bool(value: Value) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise ValueError(value)
