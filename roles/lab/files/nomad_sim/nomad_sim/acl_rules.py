# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of an ACL policy as the API shows them, and what is wrong with them in its words."""

from __future__ import annotations

import json
import re
import typing as t

from . import hcl1
from .errors import SpecError
from .shapes import Data, words

READ = words(
    "list-jobs parse-job read-job csi-list-volume csi-read-volume read-job-scaling "
    "list-scaling-policies read-scaling-policy"
)
SCALE = words("list-scaling-policies read-scaling-policy read-job-scaling scale-job")
WRITE = (
    *READ,
    *words(
        "scale-job submit-job dispatch-job read-logs read-fs alloc-exec alloc-lifecycle "
        "csi-mount-volume csi-write-volume submit-recommendation"
    ),
)
# Each policy is short for these capabilities.
NAMESPACE = {"deny": ("deny",), "read": READ, "scale": SCALE, "write": WRITE}
HOST_VOLUME = {
    "deny": ("deny",),
    "read": ("mount-readonly",),
    "write": ("mount-readonly", "mount-readwrite"),
}
NODE_POOL = {"deny": ("deny",), "read": ("read",), "write": ("delete", "read", "write")}
CAPABILITIES = {*WRITE, *words("deny alloc-node-exec csi-register-plugin sentinel-override")}
VARIABLE = words("deny list read write destroy")
NAME = re.compile(r"[a-zA-Z0-9-*]{1,128}")
# The kinds that have one policy for all, with the policies that they know.
PLAIN = {
    **dict.fromkeys(("agent", "node", "operator", "quota"), ("deny", "read", "write")),
    "plugin": ("deny", "read", "list"),
}
SHOWN = {"agent": "Agent", "node": "Node", "operator": "Operator", "quota": "Quota",
         "plugin": "Plugin"}  # fmt: skip


class RulesError(Exception):
    """The rules are not taken; the text says why."""


def parsed(text: str) -> Data:
    """What C(RulesJSON) of a policy is."""
    found = _read(text)
    rules: Data = {SHOWN[kind]: _plain(kind, found) for kind in PLAIN}
    rules["Namespaces"] = _each(_one(found.get("namespace")), _namespace)
    rules["HostVolumes"] = _each(_one(found.get("host_volume")), _host_volume)
    rules["NodePools"] = _each(_one(found.get("node_pool")), _node_pool)
    if text and not any(rules.values()):
        raise RulesError(f"Invalid policy: {text}")
    return {**rules, "Raw": text}


def _read(text: str) -> Data:
    try:
        return _one(json.loads(text) if text.lstrip().startswith("{") else hcl1.read(text))
    except (SpecError, ValueError) as error:
        raise RulesError(f"Failed to parse ACL Policy: (simulator's words) {error}") from error


def _one(value: t.Any) -> Data:
    """A block, which JSON may have in a list of its own."""
    if isinstance(value, list) and len(value) == 1:
        return _one(value[0])
    if value is not None and not isinstance(value, dict):
        raise RulesError(f"Failed to parse ACL Policy: (simulator's words) {value} is no block")
    return value or {}


def _each(found: Data, shape: t.Callable[[str, Data], Data]) -> list[Data] | None:
    return [shape(name, _one(row)) for name, row in found.items()] or None


def _plain(kind: str, found: Data) -> Data | None:
    if kind not in found:
        return None
    policy = str(_one(found[kind]).get("policy") or "")
    if policy not in PLAIN[kind]:
        raise RulesError(f'Invalid {kind} policy: &acl.{SHOWN[kind]}Policy{{Policy:"{policy}"}}')
    return {"Policy": policy}


def _namespace(name: str, row: Data) -> Data:
    policy, asked = str(row.get("policy") or ""), row.get("capabilities")
    shown = _shown("NamespacePolicy", name, policy, asked, "Variables:(*acl.VariablesPolicy)(nil)")
    if not NAME.fullmatch(name):
        raise RulesError(f"Invalid namespace name: {shown}")
    if policy and policy not in NAMESPACE:
        raise RulesError(f"Invalid namespace policy: {shown}")
    for one in asked or []:
        if one not in CAPABILITIES:
            raise RulesError(f"Invalid namespace capability '{one}': {shown}")
    return {
        "Capabilities": _capabilities(asked, NAMESPACE.get(policy)),
        "Name": name,
        "Policy": policy,
        "Variables": _variables(name, row),
    }


def _shown(kind: str, name: str, policy: str, asked: list[str] | None, *more: str) -> str:
    """As Go prints the structure."""
    listed = "(nil)" if asked is None else "{" + ", ".join(f'"{x}"' for x in asked) + "}"
    fields = [f'Name:"{name}"', f'Policy:"{policy}"', f"Capabilities:[]string{listed}", *more]
    return f"&acl.{kind}{{{', '.join(fields)}}}"


def _capabilities(asked: list[str] | None, short: t.Sequence[str] | None) -> list[str] | None:
    return asked if short is None else [*(asked or []), *short]


def _variables(namespace: str, row: Data) -> Data | None:
    if "variables" not in row:
        return None
    paths = _one(_one(row["variables"]).get("path"))
    if not paths:
        text = f"Invalid variable policy: no variable paths in namespace {namespace}"
        raise RulesError(text)
    rows = [_path(namespace, path, _one(row)) for path, row in paths.items()]
    return {"Paths": rows}


def _path(namespace: str, path: str, row: Data) -> Data:
    if not path:
        raise RulesError(f"Invalid missing variable path in namespace {namespace}")
    for one in row.get("capabilities") or []:
        if one not in VARIABLE:
            raise RulesError(f"Invalid variable capability '{one}' in namespace {namespace}")
    return {"Capabilities": row.get("capabilities"), "PathSpec": path}


def _host_volume(name: str, row: Data) -> Data:
    policy, asked = str(row.get("policy") or ""), row.get("capabilities")
    shown = _shown("HostVolumePolicy", name, policy, asked)
    if policy and policy not in HOST_VOLUME:
        raise RulesError(f"Invalid host volume policy: {shown}")
    for one in asked or []:
        if one not in (*HOST_VOLUME["write"], "deny"):
            raise RulesError(f"Invalid host volume capability '{one}': {shown}")
    return {"Capabilities": _capabilities(asked, HOST_VOLUME.get(policy)), "Name": name,
            "Policy": policy}  # fmt: skip


def _node_pool(name: str, row: Data) -> Data:
    policy, asked = str(row.get("policy") or ""), row.get("capabilities")
    if policy and policy not in NODE_POOL:
        raise RulesError(f"Invalid node pool policy '{policy}' for '{name}'")
    for one in asked or []:
        if one not in (*NODE_POOL["write"], "deny"):
            raise RulesError(f"Invalid node pool capability '{one}' for '{name}'")
    return {"Capabilities": _capabilities(asked, NODE_POOL.get(policy)), "Name": name,
            "Policy": policy}  # fmt: skip
