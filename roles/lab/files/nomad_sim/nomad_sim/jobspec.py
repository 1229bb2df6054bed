# SPDX-License-Identifier: GPL-3.0-or-later
"""A job specification (HCL2, or JSON of the same shape) to the API's job."""

from __future__ import annotations

import json
import typing as t

from . import shapes
from .durations import parse_duration
from .errors import NotSimulated, SpecError
from .hcl_eval import Evaluator, number, text
from .hcl_tree import Attribute, Block, Body, span_of
from .spec_schema import JOB, Nested, Schema
from .spec_variables import Variables

Value = t.Any


def parse(source: str, variables: str) -> shapes.Data:
    """The API's job as it is written, not canonicalized. SpecError where it is wrong."""
    spec = Variables(source, variables)
    jobs = [b for b in spec.body.blocks if b.kind == "job"]
    if not jobs:
        raise SpecError("<nil>: Missing job block; A job block is required")
    if len(jobs) > 1:
        raise SpecError(
            f'{jobs[1].span}: Duplicate job block; Only one block of type "job" is allowed. '
            f"Previous definition was at {jobs[0].span}."
        )
    job = jobs[0]
    if not job.labels:
        raise SpecError(
            f"{job.brace}: Missing name for job; All job blocks must have 1 labels (name)."
        )
    decoder = Decoder(spec.evaluator)
    decoded = decoder.block(job.body, JOB)
    if decoder.problems:
        raise SpecError(*decoder.problems)
    name = decoded["Name"] or job.labels[0]
    return {**decoded, "ID": decoded["ID"] or job.labels[0], "Name": name}


class Decoder:
    """Collects what is wrong, as one message of several lines, like the real parser."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.problems: list[str] = []

    def block(self, body: Body, schema: Schema) -> shapes.Data:
        result = shapes.new(dict(schema.shape))
        for attribute in body.attributes.values():
            self.attribute(result, attribute, schema)
        for block in body.blocks:
            self.nested(result, block, schema)
        return result

    def attribute(self, result: shapes.Data, attribute: Attribute, schema: Schema) -> None:
        name = attribute.name
        if name in schema.arguments:
            key, kind = schema.arguments[name]
            result[key] = self.convert(attribute, kind)
        elif name in schema.blocks and schema.blocks[name].how in ("map", "any"):
            result[schema.blocks[name].key] = self.convert(attribute, schema.blocks[name].how)
        elif name in schema.beyond:
            raise NotSimulated(name)
        else:
            hint = suggestion(name, [*schema.arguments, *schema.beyond])
            self.problems.append(
                f'{attribute.span}: Unsupported argument; An argument named "{name}" is not '
                f"expected here.{hint}"
            )

    def nested(self, result: shapes.Data, block: Block, schema: Schema) -> None:
        nested = schema.blocks.get(block.kind)
        if nested is None:
            self._unknown_block(block, schema)
        elif nested.how == "map":
            values = {a.name: self.convert(a, "text") for a in block.body.attributes.values()}
            result[nested.key] = {**(result.get(nested.key) or {}), **values}
        elif nested.how == "any":
            result[nested.key] = self.free(block.body)
        else:
            self._structured(result, block, nested)

    def _structured(self, result: shapes.Data, block: Block, nested: Nested) -> None:
        assert nested.schema is not None
        value = self.block(block.body, nested.schema)
        if nested.how == "one":
            result[nested.key] = value
            return
        if nested.how in ("named", "keyed"):
            value[nested.named] = block.labels[0] if block.labels else ""
        if nested.key == "Constraints" and not value["Operand"]:
            value["Operand"] = "="
        if nested.key == "TaskGroups" and value["Count"] is None:
            value["Count"] = 1
        if nested.key == "Networks":
            value = _with_ports(value)
        if nested.how == "keyed":
            result[nested.key] = {**(result.get(nested.key) or {}), value[nested.named]: value}
        else:
            result[nested.key] = [*(result.get(nested.key) or []), value]

    def _unknown_block(self, block: Block, schema: Schema) -> None:
        if block.kind in schema.beyond:
            raise NotSimulated(block.kind)
        hint = suggestion(block.kind, [*schema.blocks, *schema.beyond])
        self.problems.append(
            f'{block.kind_span}: Unsupported block type; Blocks of type "{block.kind}" are not expected '
            f"here.{hint}"
        )

    def free(self, body: Body) -> shapes.Data:
        """A driver's config: attributes as they are, blocks as lists of maps."""
        result = {a.name: self.convert(a, "any") for a in body.attributes.values()}
        for block in body.blocks:
            inner: Value = self.free(block.body)
            for label in reversed(block.labels):
                inner = {label: [inner]}
            result[block.kind] = [*result.get(block.kind, []), inner]
        return result

    def convert(self, attribute: Attribute, kind: str) -> Value:
        try:
            value = self.evaluator.value(attribute.expression)
        except SpecError as error:
            self.problems.extend(unknown_value(error))
            return None
        if value is None or kind == "any":
            return value
        try:
            return CONVERT[kind](value)
        except (TypeError, ValueError) as error:
            place = literal_span(attribute)
            self.problems.append(f"{place}: Unsuitable value type; Unsuitable {error}")
            return None


def _with_ports(network: shapes.Data) -> shapes.Data:
    """Those with a number of their own apart from those that get one."""
    found = network.pop("Ports", [])
    return {
        **network,
        "DynamicPorts": [port for port in found if not port["Value"]] or None,
        "ReservedPorts": [port for port in found if port["Value"]] or None,
    }


def unknown_value(error: SpecError) -> list[str]:
    """A reference that failed is reported twice: what failed, and that its value is not known."""
    what, *place = error.diagnostics
    where = [f"{p}: Unsuitable value type; Unsuitable value: value must be known" for p in place]
    return [what, *where]


def literal_span(attribute: Attribute) -> str:
    """The place of a value; for a plain string, that of its text without the quotes."""
    span = span_of(attribute.expression)
    shift = 1 if str(getattr(attribute.expression, "data", "")) == "expr_term" and (
        attribute.expression.children[0].data == "string"
    ) else 0  # fmt: skip
    end = f"{span.end_column - shift}"
    if span.end_line != span.line:
        end = f"{span.end_line},{end}"
    return f"input.hcl:{span.line},{span.column + shift}-{end}"


def to_number(value: Value) -> int:
    try:
        return int(number(value))
    except (TypeError, ValueError) as error:
        raise ValueError("value: a number is required") from error


def to_bool(value: Value) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise ValueError("value: a bool is required")


def to_text(value: Value) -> str:
    if isinstance(value, (dict, list)):
        raise ValueError("value: string required")
    return text(value)


def to_duration(value: Value) -> int:
    if not isinstance(value, str):
        raise NotSimulated("a duration given as a number")
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ValueError(f"duration value: time: {error}") from error


CONVERT: dict[str, t.Callable[[Value], Value]] = {
    "str": to_text,
    "text": to_text,
    "int": to_number,
    "bool": to_bool,
    "duration": to_duration,
    "list": lambda v: [to_text(x) for x in v],
    "map": lambda v: {str(k): to_text(x) for k, x in v.items()},
}


def suggestion(name: str, known: t.Iterable[str]) -> str:
    near = [k for k in sorted(known) if distance(name, k) < 3]
    return f" Did you mean {json.dumps(near[0])}?" if near else ""


def distance(one: str, other: str) -> int:
    """Levenshtein's."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]
