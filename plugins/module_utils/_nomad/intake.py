# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""From a module's options to the job that they ask for."""

from __future__ import annotations

import os
import typing as t

from .._errors import ApiError, UserError
from . import jobspec
from .answers import ExplainedError
from .client import Json, NomadClient
from .options import Connection
from .secrets import Secrets


def job(client: NomadClient, params: Json, given: Connection, secrets: Secrets) -> Json:
    """The job as it would be sent. To stop one its ID is enough."""
    text = read_source(params)
    wanted: Json = {"ID": params["job_id"]}
    if text is not None or params["state"] == "present":
        spec = jobspec.read(text, params["content_format"])
        wanted = _parsed(client, spec, params["variables"], secrets)
    if params["job_id"] not in (None, wanted["ID"]):
        raise UserError(
            f"job_id: it is {params['job_id']!r}, but the jobspec's is {wanted['ID']!r}. Remove one"
            " of them."
        )
    jobspec.check_id(wanted["ID"])
    asked = jobspec.Scope(params["namespace"] or "", params["region"] or "")
    where = jobspec.scope(wanted, asked, jobspec.Scope(given.namespace, given.region))
    client.use(where.namespace, where.region)
    return jobspec.prepared(wanted, where)


def read_source(params: Json) -> t.Any:
    if not params["src"]:
        return params["jobspec"]
    return read_bytes(params["src"]).decode("utf-8", errors="replace")


def read_bytes(path: str) -> bytes:
    if not os.path.isfile(path):
        raise UserError(f"src: there is no file {path} where the module runs.")
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UserError(f"src: {path} cannot be read: {error.strerror}.") from error


def _parsed(client: NomadClient, spec: jobspec.Jobspec, variables: Json, secrets: Secrets) -> Json:
    text = jobspec.variables_text(spec, variables)
    if spec.job is not None:
        return spec.job
    try:
        return client.parse(spec.source, text)
    except ApiError as error:
        if error.status != 400 or isinstance(error, ExplainedError):
            raise
        problem = jobspec.explain_parse_error(error.body, spec.source, secrets.named)
        raise UserError(problem) from error
