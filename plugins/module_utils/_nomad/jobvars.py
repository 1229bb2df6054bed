# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The variables of a jobspec. Files in HCL are read by Nomad itself, not by a second parser."""

from __future__ import annotations

import difflib
import json
import typing as t

from .._errors import UserError
from . import hcl
from .jobspec import Jobspec

Json = t.Dict[str, t.Any]


def merged(spec: Jobspec, given: t.Iterable[tuple[str, t.Mapping[str, t.Any]]]) -> dict[str, t.Any]:
    """All variables, the later ones winning; refused when the job does not declare one."""
    merged: dict[str, t.Any] = {}
    for origin, variables in given:
        if variables and spec.job is not None:
            raise UserError(
                f"{origin}: this jobspec is JSON as Nomad's API takes it, which has no variables."
                " Remove them, or write the jobspec in HCL or in HCL's JSON shape."
            )
        unknown = sorted(set(variables) - spec.declared)
        if unknown:
            raise UserError(_unknown_variables(origin, unknown, spec.declared))
        merged.update(variables)
    return merged


def as_text(variables: t.Mapping[str, t.Any]) -> str:
    """The variables as JSON, which keeps their types."""
    if not variables:
        return ""
    try:
        return json.dumps(variables, allow_nan=False)
    except ValueError as error:
        raise UserError(f"variables: one cannot be written as JSON: {error}.") from error


def _unknown_variables(origin: str, unknown: list[str], declared: frozenset[str]) -> str:
    known = ", ".join(sorted(declared)) or "none"
    near = difflib.get_close_matches(unknown[0], sorted(declared), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return (
        f"{origin}: the jobspec does not declare {', '.join(map(repr, unknown))}"
        f" (it declares {known}).{hint} Correct the name, or add a block"
        f' variable "{unknown[0]}" {{}}.'
    )


# Files


def from_json(path: str, text: str) -> Json | None:
    """The variables in a JSON file; None for one that is HCL, as Nomad tells them apart."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(
            f"variable_files: {path} is not valid JSON, line {error.lineno} column {error.colno}:"
            f" {error.msg}."
        ) from error
    return dict(data)


def assigned(text: str) -> list[str]:
    """The names that HCL text gives a value at its top level."""
    names: list[str] = []
    depth = 0
    before = ("", "")
    for kind, value in hcl.tokens(text):
        depth += {"open": 1, "close": -1}.get(kind, 0)
        if kind == "equals" and depth == 0 and before[0] == "word":
            names.append(before[1])
        before = (kind, value)
    return names


def question(names: t.Iterable[str]) -> str:
    """A jobspec that Nomad answers with the values of these variables, each as JSON text."""
    listed = sorted(set(names))
    meta = {name: f"${{jsonencode(var.{name})}}" for name in listed}
    variables: Json = {name: {} for name in listed}
    return json.dumps({"variable": variables, "job": {"variables": {"meta": meta}}})


def answered(job: Json) -> Json:
    return {name: json.loads(text) for name, text in (job.get("Meta") or {}).items()}
