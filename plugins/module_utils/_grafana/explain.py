# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an answer of Grafana means, and what to do about it. Pure."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError

# What a server says that starts, or a proxy whose server starts.
BUSY = (429, 502, 503, 504)
# By what the answer says, for the refusals whose own text does not tell the remedy.
REMEDIES: t.Tuple[t.Tuple[str, str], ...] = (
    (
        "name-exists",
        "another dashboard in this folder has the same title: change one of the titles",
    ),
    ("same as folder", "a folder has the same title: change the dashboard's title"),
    ("plugin-dashboard", "the dashboard belongs to a plugin: set overwrite=true to replace it"),
    ("provisioned dashboard", "it comes from a file on Grafana's own host: change that file"),
    ("Folder not found", "create the folder first, or correct folder_uid"),
    ("Quota reached", "raise the organisation's dashboard quota, or remove dashboards"),
)


def explained(error: ApiError) -> str:
    """The refusal as a sentence: what was asked, the server's own words, and a remedy."""
    if not error.status:
        return f"Grafana cannot be reached ({error.body}): check 'url', and that it runs."
    remedy = next((text for mark, text in REMEDIES if mark in error.body), _by_status(error))
    asked = f"{error.method} {error.path}"
    return f"Grafana answered {error.status} to {asked}: {said(error)}; {remedy}."


def is_missing(error: ApiError) -> bool:
    """Any web server answers 404; Grafana says in JSON what it did not find."""
    try:
        return error.status == 404 and isinstance(json.loads(error.body), dict)
    except ValueError:
        return False


def _by_status(error: ApiError) -> str:
    status = error.status
    if status == 404 and error.path.startswith("/apis/"):
        return "boards of the v2 model need Grafana 12: export it in the classic model"
    if status == 404:
        return "check that 'url' is the address of Grafana's API"
    if status in (401, 403):
        return "check the credentials and what they are allowed to do"
    if status in BUSY:
        return "it was still busy after wait_timeout: read its log and run again"
    if status >= 500:
        return "read its log and run again"
    return "correct what was asked for"


def said(error: ApiError) -> str:
    """The server's own words, out of its three forms of an error: a list, a mapping, text."""
    try:
        body = json.loads(error.body)
    except ValueError:
        return " ".join(error.body.split()) or "no text"
    first = body[0] if isinstance(body, list) and body else body
    message = first.get("message") if isinstance(first, dict) else None
    return str(message or error.body)
