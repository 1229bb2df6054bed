# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a namespace is to be, and what keeps one from being removed."""

from __future__ import annotations

import re
import typing as t

from .._errors import ApiError, FailedError, UserError

Json = t.Dict[str, t.Any]

DESCRIPTION_LIMIT = 256  # bytes, Nomad's own
_NAME = re.compile(r"[a-zA-Z0-9-]{1,128}")
_SERVERS_OWN = ("Hash", "CreateIndex", "ModifyIndex")
_FIELDS = {"description": "Description", "quota": "Quota", "meta": "Meta"}
# In the order in which they are documented: the options' names and Nomad's.
CAPABILITIES = {
    "enabled_task_drivers": "EnabledTaskDrivers",
    "disabled_task_drivers": "DisabledTaskDrivers",
    "enabled_network_modes": "EnabledNetworkModes",
    "disabled_network_modes": "DisabledNetworkModes",
}
NODE_POOLS = {"default": "Default", "allowed": "Allowed", "denied": "Denied"}
_BLOCKS = {
    "capabilities": ("Capabilities", CAPABILITIES),
    "node_pool_config": ("NodePoolConfiguration", NODE_POOLS),
}
_SHOWN = 10  # names in a message


def check(name: str, description: str | None) -> None:
    """Nomad's rules."""
    if not _NAME.fullmatch(name):
        raise UserError(
            f"name: {name!r} is no name of a namespace. Use 1 to 128 letters without accents, digits"
            " and hyphens."
        )
    size = len((description or "").encode())
    if size > DESCRIPTION_LIMIT:
        raise UserError(
            f"description: it has {size} bytes, and Nomad takes {DESCRIPTION_LIMIT} at most. Shorten"
            " it."
        )


def desired(observed: Json | None, params: t.Mapping[str, t.Any]) -> Json:
    """The whole namespace: what the task says of it, and for the rest what it has."""
    # A write replaces a namespace, so that what is left out would be lost.
    body = {k: v for k, v in (observed or {}).items() if k not in _SERVERS_OWN}
    body["Name"] = params["name"]
    body.update({_FIELDS[o]: params[o] for o in _FIELDS if params[o] is not None})
    if params["meta"] is not None:
        body["Meta"] = {str(key): _text(value) for key, value in params["meta"].items()}
    for option, (field, names) in _BLOCKS.items():
        given = params[option] or {}
        values = {names[o]: given[o] for o in names if given.get(o) is not None}
        if values:
            body[field] = {**(body.get(field) or {}), **values}
    return body


def _text(value: t.Any) -> str:
    # YAML reads true and 5 where everybody means the words, and Nomad takes words alone.
    return str(value).lower() if isinstance(value, bool) else str(value)


def comparable(namespace: Json | None) -> Json | None:
    """Without what the server adds, what is empty, and the order of lists, which means nothing."""
    if namespace is None:
        return None
    return _reduced({k: v for k, v in namespace.items() if k not in _SERVERS_OWN})


def _reduced(data: t.Any) -> t.Any:
    if isinstance(data, list):
        return sorted(data)
    if not isinstance(data, dict):
        return data
    reduced = {key: _reduced(value) for key, value in data.items()}
    return {key: value for key, value in reduced.items() if value not in (None, "", [], {})}


def refused(error: ApiError) -> UserError | None:
    """What is wrong with the options, where Nomad's answer tells."""
    words = _words(error.body)
    if "non-existent quota" in words:
        return UserError(f"quota: {words}. Create the quota first, or leave it out.")
    if "node pool configuration" in words:
        return UserError(f"node_pool_config: {words.rstrip('.')}. It needs Nomad Enterprise.")
    return None


def _words(body: str) -> str:
    """Nomad's list of errors as one line."""
    lines = re.sub(r"\d+ errors? occurred:", "", body).splitlines()
    said = "; ".join(line.strip(" *\t") for line in lines if line.strip(" *\t"))
    return said.replace(":;", ":")


def ignored(wanted: Json, stored: Json | None) -> FailedError | None:
    """An older server drops fields that it does not know, without a word."""
    before, after = comparable(wanted) or {}, comparable(stored) or {}
    lost = sorted(_paths(before) - _paths(after))
    if not lost:
        return None
    return FailedError(
        f"Nomad took namespace {wanted['Name']}, but kept nothing of {', '.join(lost)}: this version"
        " does not know it. Remove it from the task, or upgrade Nomad.",
        {"changed": True, "namespace": stored},
    )


def _paths(data: Json) -> set[str]:
    flat = set()
    for key, value in data.items():
        blocks = key in ("Capabilities", "NodePoolConfiguration")
        flat |= {f"{key}.{inner}" for inner in value} if blocks else {key}
    return flat


def live(jobs: t.Iterable[Json]) -> list[str]:
    """The IDs of the jobs that keep a namespace in use."""
    return sorted(str(job["ID"]) for job in jobs if job["Status"] != "dead")


def in_use(
    name: str, jobs: list[str], variables: list[str], refusal: ApiError | None = None
) -> FailedError | None:
    """Why a namespace stays, by what is in it or else in Nomad's own words."""
    found = [
        f"the {kind} {_listed(names)}"
        for kind, names in (("jobs", jobs), ("variables", variables))
        if names
    ]
    words = _words(refusal.body) if refusal else ""
    if not found and not words:
        return None
    cause = f"it has {' and '.join(found)}" if found else words
    return FailedError(
        f"Namespace {name} was not removed, since {cause}. Remove what is in it first, with state:"
        " absent of nomad_job and nomad_variable.",
        {"changed": False, "jobs": jobs, "variables": variables},
    )


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
