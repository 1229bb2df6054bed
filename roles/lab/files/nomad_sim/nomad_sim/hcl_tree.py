# SPDX-License-Identifier: GPL-3.0-or-later
"""HCL2 text to bodies, attributes and blocks with their places. The grammar is python-hcl2's."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from hcl2.parser import parser
from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from .errors import SpecError

FILE = "input.hcl"
SKIPPED = ("new_line_or_comment",)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
ONE_ARGUMENT = (
    "Argument definition required; A single-line block definition can contain only a single "
    'argument. If you meant to define argument "{name}", use an equals sign to assign it a value. '
    "To define a nested block, place it on a line of its own within its parent block."
)

ONE_LINE = (
    "Invalid multi-line string; Quoted strings may not be split over multiple lines. To produce a "
    "multi-line string, either use the \\n escape to represent a newline character or use the "
    '"heredoc" multi-line template syntax., and 1 other diagnostic(s)'
)


@dataclasses.dataclass(frozen=True)
class Span:
    line: int
    column: int
    end_line: int
    end_column: int
    start: int
    end: int

    def __str__(self) -> str:
        end = f"{self.end_column}"
        if self.end_line != self.line:
            end = f"{self.end_line},{end}"
        return f"{FILE}:{self.line},{self.column}-{end}"


@dataclasses.dataclass
class Attribute:
    name: str
    expression: t.Any
    span: Span


@dataclasses.dataclass
class Block:
    kind: str
    labels: list[str]
    body: Body
    span: Span
    brace: Span
    kind_span: Span


@dataclasses.dataclass
class Body:
    attributes: dict[str, Attribute] = dataclasses.field(default_factory=dict)
    blocks: list[Block] = dataclasses.field(default_factory=list)


def tokens(node: Tree | Token) -> list[Token]:
    if isinstance(node, Token):
        return [node]
    return list(node.scan_values(lambda v: isinstance(v, Token)))


def span_of(node: Tree | Token) -> Span:
    found = [x for x in tokens(node) if x.strip()] or tokens(node)
    first, last = found[0], found[-1]
    lead = len(first) - len(first.lstrip(" \t"))
    return Span(
        first.line or 0,
        (first.column or 0) + lead,
        last.end_line or 0,
        last.end_column or 0,
        (first.start_pos or 0) + lead,
        last.end_pos or 0,
    )


def unescape(raw: str) -> str:
    raw = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), raw)
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[0]), raw)


def parse(text: str, strict: bool = True) -> Body:
    """The body of a file; SpecError where the text is not HCL. Agents' files are less strict."""
    try:
        tree = parser().parse(text + "\n")
    except UnexpectedInput as error:
        raise SpecError(_syntax(text, error)) from error
    _check_strings(tree)
    body = next(x for x in tree.children if isinstance(x, Tree))
    return _body(body, text, single_line=False, strict=strict)


def _check_strings(tree: Tree) -> None:
    """Only a heredoc goes over several lines."""
    for token in tokens(tree):
        if token.type == "STRING_CHARS" and "\n" in token:
            before, breaks = re.match(r"([^\n]*)(\n+)", token).groups()  # type: ignore[union-attr]
            line, column = token.line or 0, (token.column or 0) + len(before)
            raise SpecError(f"{FILE}:{line},{column}-{line + len(breaks)},1: {ONE_LINE}")


def _syntax(text: str, error: UnexpectedInput) -> str:
    """Nomad's words where they are known, else the simulator's own, said to be so."""
    line, column = max(error.line, 1), max(error.column, 1)
    written = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
    if written[: column - 1].rstrip().endswith("=") and not written[column - 1 :].strip():
        return (
            f"{FILE}:{line},{column}-{line + 1},1: Invalid expression; Expected the start of an "
            "expression, but found an invalid expression token."
        )
    return f"{FILE}:{line},{column}-{column}: Invalid HCL; (simulator's words) not expected here."


def _body(tree: Tree, text: str, single_line: bool, strict: bool) -> Body:
    body = Body()
    items = [x for x in tree.children if isinstance(x, Tree) and x.data not in SKIPPED]
    if single_line and strict:
        _check_single_line(items, text)
    last: Tree | None = None
    for item in items:
        if strict and last is not None and _same_line(last, item):
            raise SpecError(_missing_newline(last, item))
        last = item
        if item.data == "attribute":
            _add_attribute(body, item)
        else:
            body.blocks.append(_block(item, text, strict))
    return body


def _same_line(last: Tree, item: Tree) -> bool:
    end = tokens(last)[-1]
    return end.end_line == span_of(item).line and "\n" not in end


def _check_single_line(items: list[Tree], text: str) -> None:
    for item in items:
        if item.data != "attribute":
            name = tokens(item)[0]
            end = name.end_pos or 0
            gap = len(text[end:]) - len(text[end:].lstrip(" \t"))
            until = (name.end_column or 0) + gap + 1
            place = f"{FILE}:{name.line},{name.column}-{until}"
            raise SpecError(f"{place}: {ONE_ARGUMENT.format(name=name)}")


def _missing_newline(last: Tree, item: Tree) -> str:
    kind, what = ("argument", "An argument") if last.data == "attribute" else (
        "block definition",
        "A block",
    )  # fmt: skip
    return (
        f"{span_of(tokens(item)[0])}: Missing newline after {kind}; "
        f"{what} definition must end with a newline."
    )


def _add_attribute(body: Body, item: Tree) -> None:
    name = tokens(item)[0]
    if name in body.attributes:
        first = body.attributes[str(name)].span
        raise SpecError(
            f'{span_of(name)}: Attribute redefined; The argument "{name}" was already set at '
            f"{first}. Each argument may be set only once."
        )
    body.attributes[str(name)] = Attribute(str(name), item.children[-1], span_of(name))


def _block(item: Tree, text: str, strict: bool) -> Block:
    head = [x for x in item.children if isinstance(x, Tree) and x.data not in (*SKIPPED, "body")]
    brace = next(x for x in item.children if isinstance(x, Token) and x == "{")
    inner = next(x for x in item.children if isinstance(x, Tree) and x.data == "body")
    close = [x for x in item.children if isinstance(x, Token) and x == "}"][-1]
    labels = [
        unescape("".join(x for x in tokens(label) if x.type != "DBLQUOTE")) for label in head[1:]
    ]
    first, last = span_of(head[0]), span_of(head[-1])
    span = dataclasses.replace(
        first, end_line=last.end_line, end_column=last.end_column, end=last.end
    )
    body = _body(inner, text, single_line=brace.line == close.line, strict=strict)
    return Block(str(tokens(head[0])[0]), labels, body, span, span_of(brace), first)
