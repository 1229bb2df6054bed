# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the sources of parameters: the payload, Nomad's metadata and Consul's key-value store."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from trainer.errors import BadParametersError
from trainer.kv import Consul, KvError
from trainer.log import Log
from trainer.parameters import ALIASES, Parameters, Source

CONFIG_PREFIX = "mlops/config/training/"


def read_sources(env: Mapping[str, str], consul: Consul | None, log: Log) -> list[Source]:
    """All sources, the strongest first."""
    return [payload(env), meta(env), key_values(consul, log)]


def payload(env: Mapping[str, str]) -> Source:
    """The JSON object that the run was dispatched with. Nothing dispatched is nothing given."""
    path = _payload_path(env)
    text = _read(path, required="MLOPS_PARAMS_FILE" in env) if path else ""
    where = f"the payload {path}"
    try:
        values = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise BadParametersError(
            f"All parameters from {where} are refused, the text {text[:40]!r} being no JSON "
            f"({error}); allowed is one JSON object."
        ) from error
    if not isinstance(values, dict):
        raise BadParametersError(
            f"All parameters from {where} are refused, the value {text[:40]!r} being no object; "
            'allowed is one JSON object like {"epochs": 20}.'
        )
    return Source("payload", where.replace("{", "{{").replace("}", "}}"), values)


def meta(env: Mapping[str, str]) -> Source:
    """What Nomad passes on of a dispatch's metadata.

    Only known names are looked for: a job may carry metadata of its own, and a misspelt key of a
    dispatch is refused by Nomad itself. An optional key that was not given can arrive empty.
    """
    names = [field.name for field in dataclasses.fields(Parameters)] + list(ALIASES)
    given = {name: env.get(f"NOMAD_META_{name}", "") for name in names}
    values = {name: value for name, value in given.items() if value.strip()}
    return Source("meta", "the metadata NOMAD_META_{name}", values)


def key_values(consul: Consul | None, log: Log) -> Source:
    """The defaults that the platform's owner keeps in Consul. A run can do without them."""
    values: dict[str, str] = {}
    if consul is not None:
        try:
            values = consul.read_tree(CONFIG_PREFIX)
        except KvError as error:
            log.warning("kv_unavailable", f"Going on without the defaults in Consul: {error}.")
    # An empty key is no value: user interfaces leave one for each folder.
    values = {name: value for name, value in values.items() if value.strip()}
    return Source("kv", "the Consul key " + CONFIG_PREFIX + "{name}", values)


def _payload_path(env: Mapping[str, str]) -> Path | None:
    if env.get("MLOPS_PARAMS_FILE"):
        return Path(env["MLOPS_PARAMS_FILE"])
    if env.get("NOMAD_TASK_DIR"):
        return Path(env["NOMAD_TASK_DIR"], "params.json")
    return None


def _read(path: Path, required: bool) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if not required:
            return ""
        raise _unreadable(path, error) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> BadParametersError:
    return BadParametersError(
        f"No parameter can be read from the payload {path} ({error}); allowed is a UTF-8 file "
        "with one JSON object."
    )
