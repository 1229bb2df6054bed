# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests that several cases make."""

from __future__ import annotations

import typing as t

from .steps import Step, Until


def get(name: str, path: str, **more: t.Any) -> Step:
    return Step(name, "GET", path, **more)


def post(name: str, path: str, body: t.Any, **more: t.Any) -> Step:
    return Step(name, "POST", path, body, **more)


def parse(name: str, hcl: str, canonicalize: bool = True, **more: t.Any) -> Step:
    body = {"JobHCL": hcl, "Canonicalize": canonicalize, **more.pop("extra", {})}
    return post(name, "/v1/jobs/parse", body, **more)


def plan(name: str, job: str, parsed: t.Any, **more: t.Any) -> Step:
    return post(name, f"/v1/job/{job}/plan", {"Job": parsed, "Diff": True}, **more)


def register(name: str, parsed: t.Any, **body: t.Any) -> Step:
    return post(name, "/v1/jobs", {"Job": parsed, **body}, capture={"eval": "/EvalID"})


def complete(name: str, path: str, at: str = "/0/ClientStatus", status: str = "complete") -> Step:
    return get(name, path, until=Until(at, (status,)), capture={"alloc": "/0/ID"})
