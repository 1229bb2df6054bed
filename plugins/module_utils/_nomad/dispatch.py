# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a dispatch hands to a parameterized job, checked against what the job permits."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import typing as t

from .._errors import UserError
from . import report

Json = t.Dict[str, t.Any]

PAYLOAD_LIMIT = 16 * 1024  # bytes, Nomad's own
PRIORITY_SINCE = (1, 10, 1)


def as_text(value: t.Any) -> str:
    """Text as it is, all else as JSON: Nomad knows neither numbers nor truth here."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UserError(f"payload_base64: this is not Base64: {error}.") from error


def body(job: Json, payload: bytes, meta: t.Mapping[str, t.Any]) -> Json:
    """The request, or a UserError that names what the job does not permit."""
    rules = job.get("ParameterizedJob")
    if not rules or job.get("Dispatched"):
        raise UserError(
            f"job_id: job {job['ID']} is not parameterized, so it cannot be dispatched. Add a"
            " parameterized block to its jobspec."
        )
    if job.get("Stop"):
        raise UserError(f"job_id: job {job['ID']} is stopped. Register it again first.")
    _check_payload(job["ID"], payload, rules.get("Payload") or "optional")
    _check_meta(job["ID"], meta, rules)
    request: Json = {"Meta": {key: as_text(value) for key, value in meta.items()}}
    if payload:
        request["Payload"] = base64.b64encode(payload).decode()
    return request


def token_of(job: Json, request: Json) -> str:
    """A token that is the same for the same parameters, and for no others."""
    parameters = [job["ID"], job.get("Namespace"), request.get("Payload"), request["Meta"]]
    text = json.dumps(parameters, sort_keys=True)
    return f"parameters-{hashlib.sha256(text.encode()).hexdigest()}"


def other_meta(child: Json | None, request: Json) -> list[str]:
    """The meta keys in which a child of an earlier dispatch differs from what is asked for now."""
    if child is None:
        return []
    given = child.get("Meta") or {}
    return sorted(key for key, value in request["Meta"].items() if given.get(key) != value)


def check_priority(priority: int, versions: t.Iterable[str]) -> None:
    """Refuse what servers would ignore in silence."""
    if priority < 1:
        raise UserError(f"priority: it must be at least 1, not {priority}.")
    for version in versions:
        numbers = tuple(int(n) for n in re.findall(r"\d+", version)[:3])
        if numbers < PRIORITY_SINCE:
            raise UserError(
                f"priority: a server runs Nomad {version}, which ignores it; it takes Nomad 1.10.1 or"
                " newer. Remove it, or set the priority in the jobspec."
            )


def _check_payload(job_id: str, payload: bytes, rule: str) -> None:
    if len(payload) > PAYLOAD_LIMIT:
        raise UserError(
            f"payload: it has {len(payload)} bytes, and Nomad takes {PAYLOAD_LIMIT} at most. Put the"
            " data where the job can fetch it, and hand over where that is."
        )
    if payload and rule == "forbidden":
        raise UserError(f"payload: job {job_id} forbids one. Remove it.")
    if not payload and rule == "required":
        raise UserError(f"payload: job {job_id} requires one.")


def _check_meta(job_id: str, meta: t.Mapping[str, t.Any], rules: Json) -> None:
    required = set(rules.get("MetaRequired") or [])
    permitted = required | set(rules.get("MetaOptional") or [])
    unknown, missing = sorted(set(meta) - permitted), sorted(required - set(meta))
    if unknown:
        raise UserError(
            f"meta: job {job_id} does not permit {', '.join(unknown)}. It permits"
            f" {', '.join(sorted(permitted)) or 'none'}."
        )
    if missing:
        raise UserError(f"meta: job {job_id} requires {', '.join(missing)}.")


def ended(allocations: list[Json]) -> Json:
    """How a run ended: its exit codes and how long its tasks ran."""
    last = [a for a in allocations if not a.get("NextAllocation")]
    codes: dict[str, int] = {}
    for allocation in last:
        for task, state in (allocation.get("TaskStates") or {}).items():
            code = report.exit_code(state)
            if code is not None:
                name = f"{allocation['TaskGroup']}.{task}"
                codes[name] = codes.get(name) or code
    return {
        "exit_code": next((c for c in codes.values() if c), 0) if codes else None,
        "exit_codes": codes,
        "duration": report.run_seconds(last),
    }
