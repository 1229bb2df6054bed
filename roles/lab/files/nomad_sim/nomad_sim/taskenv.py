# SPDX-License-Identifier: GPL-3.0-or-later
"""A task's environment, and what ${...} means in its specification."""

from __future__ import annotations

import re
import typing as t

from . import ports
from .placement import group_of, resolve
from .shapes import Data

REFERENCE = re.compile(r"\$\{([^}]+)\}")


def environment(alloc: Data, task: Data, node: Data) -> dict[str, str]:
    """All variables: Nomad's own, the meta in both cases, then the task's env block."""
    job = alloc["Job"]
    meta = merged_meta(job, group_of(alloc), task)
    name, number = alloc["Name"], alloc["Name"].rpartition("[")[2].rstrip("]")
    found = {
        "NOMAD_ALLOC_DIR": "/alloc",
        "NOMAD_ALLOC_ID": alloc["ID"],
        "NOMAD_ALLOC_INDEX": number,
        "NOMAD_ALLOC_NAME": name,
        "NOMAD_CPU_LIMIT": str(task["Resources"]["CPU"]),
        "NOMAD_DC": node["Datacenter"],
        "NOMAD_GROUP_NAME": alloc["TaskGroup"],
        "NOMAD_JOB_ID": job["ID"],
        "NOMAD_JOB_NAME": job["Name"],
        "NOMAD_MEMORY_LIMIT": str(task["Resources"]["MemoryMB"]),
        "NOMAD_NAMESPACE": job["Namespace"],
        "NOMAD_REGION": job["Region"],
        "NOMAD_SECRETS_DIR": "/secrets",
        "NOMAD_SHORT_ALLOC_ID": alloc["ID"][:8],
        "NOMAD_TASK_DIR": "/local",
        "NOMAD_TASK_NAME": task["Name"],
    }
    found.update(ports.environment(alloc))
    if job["ParentID"]:
        found["NOMAD_JOB_PARENT_ID"] = job["ParentID"]
    for key, value in meta.items():
        found[f"NOMAD_META_{key}"] = value
        found[f"NOMAD_META_{key.upper()}"] = value
    for key, value in (task["Env"] or {}).items():
        found[key] = interpolate(value, found, node)
    return found


def merged_meta(job: Data, group: Data, task: Data) -> dict[str, str]:
    parameterized = job["ParameterizedJob"] or {}
    optional = dict.fromkeys(parameterized.get("MetaOptional") or [], "")
    return {**optional, **(job["Meta"] or {}), **(group["Meta"] or {}), **(task["Meta"] or {})}


def interpolate(value: t.Any, env: t.Mapping[str, str], node: Data) -> t.Any:
    """C(value) with every known reference replaced; whole numbers as such again."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return REFERENCE.sub(lambda m: _reference(m, env, node), value)
    if isinstance(value, list):
        return [interpolate(v, env, node) for v in value]
    if isinstance(value, dict):
        return {interpolate(k, env, node): interpolate(v, env, node) for k, v in value.items()}
    return value


def _reference(found: re.Match[str], env: t.Mapping[str, str], node: Data) -> str:
    name = found[1]
    quoted = re.fullmatch(r'env\["([^"]+)"\]', name)
    if quoted or name in env:
        return env.get(quoted[1] if quoted else name, "")
    known = resolve(found[0], node) if re.match(r"(attr|meta|node)\.", name) else None
    return found[0] if known is None else known
