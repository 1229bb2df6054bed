# SPDX-License-Identifier: GPL-3.0-or-later
"""HCL's JSON form: which keys are blocks is known from the schema of job specifications."""

from __future__ import annotations

import json
import typing as t

from .errors import SpecError
from .hcl_eval import Evaluator
from .hcl_tree import Attribute, Block, Body, Span
from .spec_schema import JOB, Nested, Schema

NOWHERE = Span(1, 1, 1, 1, 0, 0)
TOP = Schema(
    {},
    {
        "job": Nested("job", "named", JOB),
        "variable": Nested("variable", "named", Schema({})),
        "locals": Nested("locals", "map"),
    },
)


class JsonEvaluator(Evaluator):
    """Strings are templates; everything else is itself."""

    def value(self, node: t.Any) -> t.Any:
        if isinstance(node, str) and not hasattr(node, "type"):
            return self.template(node) if "${" in node else node
        if isinstance(node, dict):
            return {k: self.value(v) for k, v in node.items()}
        if isinstance(node, list):
            return [self.value(v) for v in node]
        if node is None or isinstance(node, (bool, int, float)):
            return node
        return super().value(node)


def json_file(source: str) -> Body:
    try:
        data = json.loads(source)
    except json.JSONDecodeError as error:
        place = f"input.hcl:{error.lineno},{error.colno}-{error.colno + 1}"
        raise SpecError(f"{place}: Invalid JSON; (simulator's words) {error.msg}.") from error
    return _body(data, TOP)


def _body(data: t.Mapping[str, t.Any], schema: Schema) -> Body:
    body = Body()
    for name, value in data.items():
        nested = schema.blocks.get(name)
        if nested is None:
            body.attributes[name] = Attribute(name, value, NOWHERE)
        elif nested.how == "named":
            body.blocks.extend(_labelled(name, value, nested.schema))
        else:
            body.blocks.extend(_plain(name, value, nested))
    return body


def _labelled(name: str, value: t.Any, schema: Schema | None) -> t.Iterator[Block]:
    for one in _objects(name, value):
        for label, inner in one.items():
            for each in _objects(name, inner):
                body = _body(each, schema or Schema({}))
                yield Block(name, [label], body, NOWHERE, NOWHERE, NOWHERE)


def _plain(name: str, value: t.Any, nested: Nested) -> t.Iterator[Block]:
    for one in _objects(name, value):
        yield Block(name, [], _body(one, nested.schema or Schema({})), NOWHERE, NOWHERE, NOWHERE)


def _objects(name: str, value: t.Any) -> t.Iterator[t.Mapping[str, t.Any]]:
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            words = f"(simulator's words) {name} has to be an object."
            raise SpecError(f"input.hcl:1,1-2: Incorrect JSON value type; {words}")
        yield one
