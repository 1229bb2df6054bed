# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the user wants registered: every form of a jobspec becomes HCL to parse or a job as it is."""

from __future__ import annotations

import json
import math
import re
import typing as t
from dataclasses import dataclass

from .._errors import UserError
from . import hcl

Job = t.Dict[str, t.Any]

# Set by the server. Nomad 2.0 takes a Version from the body, and Stop would register a dead job.
SERVER_FIELDS = (
    "CreateIndex",
    "DispatchIdempotencyToken",
    "Dispatched",
    "JobModifyIndex",
    "ModifyIndex",
    "NomadTokenID",
    "ParentID",
    "Payload",
    "Stable",
    "Status",
    "StatusDescription",
    "Stop",
    "SubmitTime",
    "Version",
    "VersionTag",
)
SHAPES = (
    'HCL text, JSON text, a dictionary {"Job": {…}} as Nomad\'s API takes it, or a dictionary in'
    ' HCL\'s JSON shape {"job": {"name": {…}}}'
)


@dataclass(frozen=True)
class Jobspec:
    """Either C(source), to be parsed by the server, or C(job), complete as Nomad's API takes it."""

    source: str = ""
    job: Job | None = None
    declared: frozenset[str] = frozenset()


def read(spec: t.Any, form: str = "auto") -> Jobspec:
    """Recognise a jobspec given as text or as a dictionary."""
    try:
        return _recognised(spec, form)
    except RecursionError as error:
        raise UserError("jobspec: it is nested too deeply. Close what it opens.") from error


def check_id(job_id: t.Any) -> None:
    """Refuse what no request can name: Nomad's router sends such a path somewhere else."""
    parts = str(job_id or "").split("/")
    if not job_id or "" in parts[:-1] or {".", ".."} & set(parts):
        raise UserError(
            f"job_id: {job_id!r} is no ID that Nomad can be asked for. Write one that is not empty and"
            " has no empty part, '.' or '..' between slashes."
        )


def _recognised(spec: t.Any, form: str) -> Jobspec:
    if isinstance(spec, dict):
        return _from_dict(spec)
    if not isinstance(spec, str):
        raise UserError(f"jobspec: a {type(spec).__name__} is not a jobspec. Give {SHAPES}.")
    text = spec.strip()
    if not text:
        raise UserError(f"jobspec: it is empty. Give {SHAPES}.")
    if form == "json" or text.startswith("{"):
        return _from_dict(_loaded(text))
    return Jobspec(source=spec, declared=frozenset(hcl.declared_variables(spec)))


def _loaded(text: str) -> dict[str, t.Any]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(
            f"jobspec: it is not valid JSON, line {error.lineno} column {error.colno}: {error.msg}."
        ) from error
    if not isinstance(data, dict):
        raise UserError(f"jobspec: its JSON is not an object. Give {SHAPES}.")
    return data


def _from_dict(data: dict[str, t.Any]) -> Jobspec:
    if isinstance(data.get("Job"), dict):
        return Jobspec(job=_with_id(data["Job"]))
    if "job" in data:
        # JSON is told from HCL by its first byte; errors name its lines.
        return Jobspec(source=_written(data), declared=frozenset(_declared_in_json(data)))
    if any(key in data for key in ("ID", "Name", "TaskGroups")):
        return Jobspec(job=_with_id(data))
    raise UserError(f"jobspec: its keys {sorted(map(str, data))} name no job. Give {SHAPES}.")


def _written(data: dict[str, t.Any]) -> str:
    try:
        return json.dumps(data, indent=2, allow_nan=False)
    except ValueError as error:
        raise UserError(f"jobspec: it cannot be written as JSON: {error}.") from error


def _with_id(job: Job) -> Job:
    job_id = job.get("ID") or job.get("Name")
    if not isinstance(job_id, str):
        raise UserError('jobspec: the job has no ID. Write "ID": "name" into it.')
    _check_values(job, "the job")
    return {**job, "ID": job_id, "Name": job.get("Name") or job_id}


def _check_values(data: t.Any, where: str) -> None:
    """Nomad drops the connection where a list has a null, and JSON knows no NaN."""
    if isinstance(data, float) and not math.isfinite(data):
        raise UserError(f"jobspec: {where} is {data}, which JSON does not have. Write a number.")
    if isinstance(data, list):
        for number, item in enumerate(data):
            if item is None:
                raise UserError(f"jobspec: {where}[{number}] is null. Remove it, or fill it in.")
            _check_values(item, f"{where}[{number}]")
    if isinstance(data, dict):
        for key, value in data.items():
            _check_values(value, str(key) if where == "the job" else f"{where}.{key}")


def _declared_in_json(data: dict[str, t.Any]) -> t.Iterator[str]:
    for key in ("variable", "variables"):
        blocks = data.get(key)
        for block in blocks if isinstance(blocks, list) else [blocks]:
            if isinstance(block, dict):
                yield from block


@dataclass(frozen=True)
class Scope:
    namespace: str
    region: str


def scope(job: Job, asked: Scope, environment: Scope) -> Scope:
    """Where the job goes: an option and the jobspec must agree, and both win over the environment."""
    return Scope(
        namespace=_agreed("namespace", job.get("Namespace"), asked.namespace)
        or environment.namespace,
        region=_agreed("region", job.get("Region"), asked.region) or environment.region,
    )


def _agreed(what: str, in_job: str | None, asked: str) -> str:
    if in_job and asked and in_job != asked:
        raise UserError(
            f"{what}: the option says {asked!r}, the jobspec says {in_job!r}. Remove one of them."
        )
    return asked or in_job or ""


def prepared(job: Job, where: Scope) -> Job:
    """The job as it is sent: without what only the server may set, and in its namespace."""
    kept = {key: value for key, value in job.items() if key not in SERVER_FIELDS}
    if where.namespace:
        kept["Namespace"] = where.namespace
    if where.region:
        kept["Region"] = where.region
    return kept


_WRONG_VALUE = "Invalid value for variable"
_POSITION = re.compile(r"^(?P<file>\S*):(?P<line>\d+),(?P<column>\d+)(?:-\S+)?: (?P<text>.*)$")


def explain_parse_error(
    body: str, source: str, hidden: t.Callable[[str], bool], what: str = "jobspec"
) -> str:
    """Nomad's answer to text that it cannot read, with the line that it speaks of."""
    problems = [
        _located(line.strip(), source.splitlines(), hidden)
        for line in body.replace("Failed to parse job:", "", 1).splitlines()
        if line.strip()
    ]
    advice = ""
    if "filesystem function disabled" in body:
        advice = (
            " Functions that read files do not work on the server: read the file in the play, with"
            " the lookup ansible.builtin.file, and hand it over in variables."
        )
    return f"{what}: {'; '.join(problems) or 'Nomad could not read it'}.{advice}"


def _located(problem: str, lines: list[str], hidden: t.Callable[[str], bool]) -> str:
    problem = re.sub(r"^(<nil>|unable to parse var content): ", "", problem)
    problem = problem.rstrip(".").replace("; ", ": ", 1)
    match = _POSITION.match(problem)
    if not match:
        return problem
    if match["text"].startswith(_WRONG_VALUE):
        return match["text"]  # its position is one in the variables, not in the jobspec
    number = int(match["line"])
    text = f"line {number}, column {match['column']}: {match['text']}"
    excerpt = (
        lines[number - 1].strip() if match["file"] == "input.hcl" and number <= len(lines) else ""
    )
    return text if not excerpt or hidden(excerpt) else f"{text} (in: {excerpt[:120]})"


_WRONG_TYPE = re.compile(r"cannot unmarshal ([^:]+?) into Go struct field (\S+) of type (\S+)")


def explain_invalid(body: str) -> str:
    """The problems in Nomad's answer to a job that it could read but not accept."""
    wrong = _WRONG_TYPE.search(body)
    if wrong:
        found, name, kind = wrong.groups()
        hint = " (in nanoseconds; only HCL's shapes know texts like 30s)" if "Dur" in kind else ""
        return f"{name.split('Job.', 1)[-1]} is a {found}, it must be {kind}{hint}"
    problems = [line.strip(" \t*") for line in body.splitlines() if line.strip().startswith("*")]
    return "; ".join(problems)


def explain_warnings(text: str) -> list[str]:
    """Nomad's warnings, one a line, out of the list that it wraps them into."""
    listed = [line.strip(" \t*") for line in text.splitlines() if line.strip().startswith("*")]
    return listed or ([" ".join(text.split())] if text.strip() else [])
