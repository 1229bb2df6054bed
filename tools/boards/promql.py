# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries as Grafana sends them, and what they are made of."""

from __future__ import annotations

import re
import typing as t

import promql_parser

# What Grafana puts in at a range of an hour, on a datasource with an interval of 10 s.
FILLED = {"$__rate_interval": "1m", "$__interval": "15s", "$__range": "1h"}
VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)(?::\w+)?\}|\$([A-Za-z_]\w*)")
EVERYTHING = ".*"  # the value of All


def filled(expr: str) -> str:
    for name, value in FILLED.items():
        expr = expr.replace(name, value)
    return VARIABLE.sub(EVERYTHING, expr)


def variables(text: str) -> set[str]:
    """Those of the board; what begins with two underscores is Grafana's."""
    found = (a or b for a, b in VARIABLE.findall(text))
    return {name for name in found if not name.startswith("__")}


def parsed(expr: str) -> t.Any:
    return promql_parser.parse(filled(expr))


def selectors(expr: str) -> list[t.Any]:
    """Every selection of series in it."""
    return [node for node in _walk(parsed(expr)) if isinstance(node, promql_parser.VectorSelector)]


def metrics(expr: str) -> list[str]:
    return sorted({selector.name for selector in selectors(expr) if selector.name})


def matchers(selector: t.Any) -> dict[str, str]:
    return {matcher.name: str(matcher.value) for matcher in selector.matchers.matchers}


def calls(expr: str) -> list[t.Any]:
    return [node for node in _walk(parsed(expr)) if isinstance(node, promql_parser.Call)]


def operator(aggregation: t.Any) -> str:
    return re.split(r"\W", aggregation.prettify(), maxsplit=1)[0]


def aggregations(expr: str) -> list[t.Any]:
    return [node for node in _walk(parsed(expr)) if isinstance(node, promql_parser.AggregateExpr)]


def labels_kept(expr: str) -> set[str] | None:
    """The labels of the answer, where an aggregation decides about them; None where none does."""
    return _kept(parsed(expr))


def _kept(node: t.Any) -> set[str] | None:
    if isinstance(node, promql_parser.AggregateExpr):
        if operator(node) in ("topk", "bottomk"):
            return _kept(node.expr)
        modifier = node.modifier
        if modifier is None or not str(modifier.type).endswith("By"):
            return set()
        return set(modifier.labels)
    if isinstance(node, promql_parser.BinaryExpr):
        return _kept_by_both(_kept(node.lhs), _kept(node.rhs))
    if isinstance(node, (promql_parser.ParenExpr, promql_parser.UnaryExpr)):
        return _kept(node.expr)
    if isinstance(node, promql_parser.Call) and node.args:
        kept = _kept(node.args[0])
        made = {node.args[1].val} if node.func.name == "label_replace" else set()
        return kept if kept is None else kept | made
    return _kept(node.expr) if isinstance(node, promql_parser.SubqueryExpr) else None


def _kept_by_both(left: set[str] | None, right: set[str] | None) -> set[str] | None:
    """A number keeps what the other side has."""
    if left is None or right is None:
        return right if left is None else left
    return left & right if left and right else left | right


def _walk(node: t.Any) -> t.Iterator[t.Any]:
    yield node
    for name in ("expr", "lhs", "rhs", "vector_selector", "param"):
        child = getattr(node, name, None)
        if child is not None and not isinstance(child, (str, float, int)):
            yield from _walk(child)
    for child in getattr(node, "args", None) or []:
        yield from _walk(child)
