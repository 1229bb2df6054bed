# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a parameterized job takes a payload and meta data."""

from __future__ import annotations

import base64
import binascii
import json
import typing as t

from .errors import ApiError
from .shapes import Data

MAX_PAYLOAD = 16 * 1024


def payload_of(body: Data) -> bytes:
    try:
        return base64.b64decode(body.get("Payload") or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(400, "illegal base64 data at input byte 0") from error


def may_dispatch(parent: Data, payload: bytes, meta: t.Mapping[str, t.Any]) -> None:
    config, job_id = parent["ParameterizedJob"], json.dumps(parent["ID"])
    if not parent["ParameterizedJob"] or parent["Dispatched"]:
        raise ApiError(500, f"Specified job {job_id} is not a parameterized job")
    if parent["Stop"]:
        raise ApiError(500, f"Specified job {job_id} is stopped")
    if config["Payload"] == "required" and not payload:
        raise ApiError(500, "Payload is not provided but required by parameterized job")
    if config["Payload"] == "forbidden" and payload:
        raise ApiError(500, "Payload provided but forbidden by parameterized job")
    if len(payload) > MAX_PAYLOAD:
        raise ApiError(500, f"Payload exceeds maximum size; {len(payload)} > {MAX_PAYLOAD}")
    required, optional = (config[k] or [] for k in ("MetaRequired", "MetaOptional"))
    beyond = [k for k in meta if k not in {*required, *optional}]
    if beyond:
        names = " ".join(beyond)
        raise ApiError(500, f"Dispatch request included unpermitted metadata keys: [{names}]")
    missing = " ".join(k for k in required if k not in meta)
    if missing:
        raise ApiError(500, f"Dispatch did not provide required meta keys: [{missing}]")
