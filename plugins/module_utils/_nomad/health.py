# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The checks that the health of an allocation takes, and what is known of those that do not pass."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

Json = t.Dict[str, t.Any]

_QUOTED = 200  # characters of a check's output; a page that answers an error can be long


@dataclass(frozen=True)
class Check:
    """A check as the job has it. C(provider) is who makes it: C(nomad) or C(consul)."""

    name: str
    service: str
    provider: str
    how: str

    def __str__(self) -> str:
        return f"{self.name} of service {self.service} ({self.how})"


@dataclass(frozen=True)
class Unwell:
    """Why an allocation is not healthy.

    C(failing) are results of checks that do not pass; C(note) is for those whose results nobody has
    asked for, or could.
    """

    failing: list[Json] = field(default_factory=list)
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.failing or self.note)

    def cause(self, otherwise: str) -> str:
        """What failing checks say, which is more than the server's C(otherwise)."""
        return "; ".join(map(_said, self.failing)) or "; ".join(
            part for part in (otherwise, self.note) if part
        )


def _said(found: Json) -> str:
    status = f"status {found['status_code']}" if found["status_code"] else ""
    output = " ".join(found["output"].split())[:_QUOTED]
    told = ", ".join(part for part in (status, output) if part) or found["status"]
    return f"check {found['name']} of service {found['service']} does not pass: {told}"


def services(group: Json) -> t.Iterator[Json]:
    for owner in (group, *(group.get("Tasks") or [])):
        yield from owner.get("Services") or []


def heeded(job: Json, group_name: str) -> list[Check]:
    """The checks that have to pass before an allocation of the group is healthy."""
    groups = [g for g in job.get("TaskGroups") or [] if g["Name"] == group_name]
    return [
        Check(
            name=str(check.get("Name") or "without a name"),
            service=str(service.get("Name") or ""),
            provider=str(service.get("Provider") or "consul"),
            how=_how(service, check),
        )
        for group in groups
        if ((group.get("Update") or {}).get("HealthCheck") or "checks") == "checks"
        for service in services(group)
        for check in service.get("Checks") or []
        if check.get("OnUpdate") != "ignore"
    ]


def _how(service: Json, check: Json) -> str:
    """In the words of a jobspec: C(http /healthz, port http)."""
    what = check.get("Path") or check.get("Command") or ""
    port = check.get("PortLabel") or service.get("PortLabel") or ""
    kind = " ".join(str(part) for part in (check.get("Type"), what) if part)
    return f"{kind}, port {port}" if port else kind


def unhealthy(allocation: Json) -> bool:
    """Whether its tasks run, or ran till somebody stopped them, and it never became healthy."""
    healthy = (allocation.get("DeploymentStatus") or {}).get("Healthy")
    if allocation["ClientStatus"] == "running":
        return not healthy
    return allocation["ClientStatus"] == "complete" and healthy is False


def unwell(checks: list[Check], results: list[Json]) -> Unwell:
    """C(results) are those of the checks that Nomad makes itself, none once the allocation ended."""
    failing = [
        {
            "name": str(found["Check"]),
            "service": str(found["Service"]),
            "status": str(found["Status"]),
            "status_code": int(found.get("StatusCode") or 0),
            "output": str(found.get("Output") or ""),
        }
        for found in results
        if found["Status"] != "success" and found.get("Mode") != "readiness"
    ]
    failing.sort(key=lambda found: (found["service"], found["name"]))
    return Unwell(failing, _note(checks, bool(results)))


def _note(checks: list[Check], answered: bool) -> str:
    elsewhere = [str(check) for check in checks if check.provider != "nomad"]
    gone = [str(check) for check in checks if check.provider == "nomad" and not answered]
    parts = []
    if elsewhere:
        parts.append(
            f"Consul makes its checks, look there for what they say: {', '.join(elsewhere)}"
        )
    if gone:
        parts.append(f"Nomad no longer has what its checks said: {', '.join(gone)}")
    return "; ".join(parts)
