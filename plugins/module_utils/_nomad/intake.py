# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""From a module's options to the job that they ask for."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from .._errors import ApiError, UserError
from . import download, jobspec, jobvars, submission
from .answers import ExplainedError
from .client import Json, NomadClient
from .options import Connection
from .secrets import Secrets


@dataclass(frozen=True)
class Wanted:
    """The job as it would be sent, the variables in it, and the source that goes with it."""

    job: Json
    variables: Json = field(default_factory=dict)
    submission: Json = field(default_factory=lambda: submission.EMPTY)


def wanted(client: NomadClient, params: Json, given: Connection, secrets: Secrets) -> Wanted:
    """What the options ask for. For a job that is registered, or is to be stopped, its ID is enough."""
    text = _read_source(params)
    found = Wanted({"ID": params["job_id"]})
    if text is not None or _needs_jobspec(params):
        found = _parsed(client, params, jobspec.read(text, params["content_format"]), secrets)
    if params["job_id"] not in (None, found.job["ID"]):
        raise UserError(
            f"job_id: it is {params['job_id']!r}, but the jobspec's is {found.job['ID']!r}. Remove"
            " one of them."
        )
    jobspec.check_id(found.job["ID"])
    asked = jobspec.Scope(params["namespace"] or "", params["region"] or "")
    where = jobspec.scope(found.job, asked, jobspec.Scope(given.namespace, given.region))
    client.use(where.namespace, where.region)
    if text is None and params["state"] == "present":
        found = _registered(client, str(found.job["ID"]), params["submission"])
    return Wanted(jobspec.prepared(found.job, where), found.variables, found.submission)


def _needs_jobspec(params: Json) -> bool:
    starts = params["force_start"] or params["rerun"] != "never"
    return params["state"] == "present" and not (starts and params["job_id"])


def _registered(client: NomadClient, job_id: str, with_source: bool) -> Wanted:
    job = client.find_job(job_id)
    if job is None:
        raise UserError(f"job_id: there is no job {job_id}. Give its jobspec.")
    source = client.find_submission(job_id, job["Version"]) if with_source else None
    return Wanted(job, submission=submission.again(source))


def _read_source(params: Json) -> t.Any:
    if params["url"]:
        data = download.jobspec(params["url"], params["checksum"], params["timeout"])
    elif params["src"]:
        data = read_bytes(params["src"])
    else:
        return params["jobspec"]
    return data.decode("utf-8", errors="replace")


def read_bytes(path: str, option: str = "src") -> bytes:
    if not os.path.isfile(path):
        raise UserError(f"{option}: there is no file {path} where the module runs.")
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UserError(f"{option}: {path} cannot be read: {error.strerror}.") from error


def _parsed(client: NomadClient, params: Json, spec: jobspec.Jobspec, secrets: Secrets) -> Wanted:
    given = [
        (f"variable_files: {path}", _variables_in(client, path, secrets))
        for path in params["variable_files"]
    ]
    variables = jobvars.merged(spec, [*given, ("variables", params["variables"])])
    text = jobvars.as_text(variables)
    job = spec.job
    if job is None:
        job = _read_by_nomad(client, spec.source, text, secrets, "jobspec")
    kept = submission.of(spec, text, job, secrets) if params["submission"] else submission.EMPTY
    return Wanted(job, variables, kept)


def _variables_in(client: NomadClient, path: str, secrets: Secrets) -> Json:
    text = read_bytes(path, "variable_files").decode("utf-8", errors="replace")
    found = jobvars.from_json(path, text)
    if found is not None:
        return found
    question = jobvars.question(jobvars.assigned(text))
    origin = f"variable_files: {path}"
    return jobvars.answered(_read_by_nomad(client, question, text, secrets, origin))


def _read_by_nomad(
    client: NomadClient, source: str, variables: str, secrets: Secrets, what: str
) -> Json:
    try:
        return client.parse(source, variables)
    except ApiError as error:
        if error.status != 400 or isinstance(error, ExplainedError):
            raise
        text = source if what == "jobspec" else variables
        problem = jobspec.explain_parse_error(error.body, text, secrets.named, what)
        raise UserError(problem) from error
