# SPDX-License-Identifier: GPL-3.0-or-later
"""The difference of two stored jobs, in the form of a plan's Diff."""

from __future__ import annotations

import typing as t

from .diff_values import (
    Flat,
    compound,
    config,
    fields,
    flat,
    kind_of,
    object_key,
    objects,
    plain,
    plain_set,
    show,
    text_set,
)
from .shapes import Data, words

NOT_COMPARED = frozenset(
    words(
        "ID Status StatusDescription Version Stable CreateIndex ModifyIndex JobModifyIndex Update "
        "SubmitTime NomadTokenID VaultToken"
    )
)


def service(old: Data | None, new: Data | None) -> list[Data]:
    before, after = old or {}, new or {}
    inner = [
        *text_set(before.get("CanaryTags"), after.get("CanaryTags"), "CanaryTags", True),
        *text_set(before.get("Tags"), after.get("Tags"), "Tags", True),
        *_checks(before.get("Checks"), after.get("Checks")),
    ]
    return compound(old, new, "Service", inner)


def _checks(old: list[Data] | None, new: list[Data] | None) -> list[Data]:
    before, after = ({c["Name"]: c for c in x or []} for x in (old, new))
    names = [*before, *(n for n in after if n not in before)]
    found = [d for n in names for d in compound(before.get(n), after.get(n), "Check", [])]
    return sorted(found, key=object_key)


def volumes(old: Data | None, new: Data | None) -> list[Data]:
    """Matched by name; the options of CSI volumes have no value here, and are shown without one."""
    before, after = old or {}, new or {}
    names = sorted(before.keys() | after.keys())
    found = [d for n in names for d in plain(before.get(n), after.get(n), "Volume")]
    return sorted(found, key=object_key)


def networks(old: list[Data] | None, new: list[Data] | None) -> list[Data]:
    """Without identity: one in which anything differs goes as a whole, and another one comes."""
    gone = [x for x in old or [] if x not in (new or [])]
    come = [x for x in new or [] if x not in (old or [])]
    found = [_network(x, "Deleted") for x in gone] + [_network(x, "Added") for x in come]
    return sorted(found, key=object_key)


def _network(network: Data, kind: str) -> Data:
    rows = {"Hostname": network.get("Hostname"), **{k: network[k] for k in ("MBits", "Mode")}}
    inner = [
        *_ports(network["ReservedPorts"], kind, "Static Port", ()),
        *_ports(network["DynamicPorts"], kind, "Dynamic Port", ("Value",)),
    ]
    found = _one_sided({k: show(v) for k, v in rows.items()}, kind)
    return {"Fields": found, "Name": "Network", "Objects": objects(inner), "Type": kind}


def _ports(ports: list[Data] | None, kind: str, name: str, skip: t.Container[str]) -> list[Data]:
    found = [_one_sided(flat(port, skip), kind) for port in ports or []]
    rows = [{"Fields": f, "Name": name, "Objects": None, "Type": kind} for f in found]
    return sorted(rows, key=object_key)


def _one_sided(values: Flat, kind: str) -> list[Data]:
    """The fields of something that is only there before, or only afterwards."""
    old, new = (values, {}) if kind == "Deleted" else ({}, values)
    return fields(old, new, context=True)


def services(old: list[Data] | None, new: list[Data] | None) -> list[Data]:
    """Matched by name and port label; a single one always matches."""
    if len(old or []) == 1 and len(new or []) == 1:
        return service((old or [])[0], (new or [])[0])
    before, after = ({(s["Name"], s["PortLabel"]): s for s in x or []} for x in (old, new))
    names = [*before, *(n for n in after if n not in before)]
    found = [d for n in names for d in service(before.get(n), after.get(n))]
    return sorted(found, key=object_key)


def parameterized(old: Data | None, new: Data | None) -> list[Data]:
    before, after = old or {}, new or {}
    inner = [
        d
        for key in ("MetaOptional", "MetaRequired")
        for d in text_set(before.get(key), after.get(key), key, True)
    ]
    return compound(old, new, "ParameterizedJob", inner)


def task(old: Data | None, new: Data | None) -> Data:
    before, after = old or {}, new or {}
    skip = ("Name", "CSIPluginConfig")
    found = [
        *plain_set(before.get("Constraints"), after.get("Constraints"), "Constraint"),
        *config(before.get("Config"), after.get("Config")),
        *plain(before.get("Resources"), after.get("Resources"), "Resources"),
        *plain(before.get("LogConfig"), after.get("LogConfig"), "LogConfig"),
        *plain(before.get("DispatchPayload"), after.get("DispatchPayload"), "DispatchPayload"),
        *services(before.get("Services"), after.get("Services")),
    ]
    rows = fields(flat(old, skip), flat(new, skip))
    return _named(old, new, rows, found, {"Annotations": None})


def _named(old: Data | None, new: Data | None, rows: list[Data], found: list[Data],
           more: Data) -> Data:  # fmt: skip
    name = (new or old or {})["Name"]
    kind = "None" if old == new else kind_of(old, new)
    head = {"Fields": rows or None, "Name": name, "Objects": objects(found), "Type": kind}
    return {**head, **more}


def group(old: Data | None, new: Data | None) -> Data:
    before, after = old or {}, new or {}
    update = [{k: v for k, v in (x.get("Update") or {}).items() if k != "Stagger"}
              for x in (before, after)]  # fmt: skip
    found = [
        *plain_set(before.get("Constraints"), after.get("Constraints"), "Constraint"),
        *plain(before.get("RestartPolicy"), after.get("RestartPolicy"), "RestartPolicy"),
        *plain(before.get("ReschedulePolicy"), after.get("ReschedulePolicy"), "ReschedulePolicy"),
        *plain(before.get("EphemeralDisk"), after.get("EphemeralDisk"), "EphemeralDisk"),
        *plain(before.get("Consul"), after.get("Consul"), "Consul"),
        *plain(update[0] or None, update[1] or None, "Update"),
        *networks(before.get("Networks"), after.get("Networks")),
        *services(before.get("Services"), after.get("Services")),
        *volumes(before.get("Volumes"), after.get("Volumes")),
    ]
    rows = fields(flat(old, ("Name",)), flat(new, ("Name",)))
    tasks = _by_name(before.get("Tasks"), after.get("Tasks"), task)
    return _named(old, new, rows, found, {"Tasks": tasks})


def _by_name(old: list[Data] | None, new: list[Data] | None,
             one: t.Callable[[Data | None, Data | None], Data]) -> list[Data] | None:  # fmt: skip
    before, after = ({x["Name"]: x for x in y or []} for y in (old, new))
    found = [one(before.get(n), after.get(n)) for n in sorted(before.keys() | after.keys())]
    return found or None


def job(old: Data | None, new: Data) -> Data:
    before = old or {}
    found = [
        *text_set(before.get("Datacenters"), new["Datacenters"], "Datacenters", old is not None),
        *plain_set(before.get("Constraints"), new["Constraints"], "Constraint"),
        *parameterized(before.get("ParameterizedJob"), new["ParameterizedJob"]),
    ]
    found = [d for d in found if d["Type"] != "None"]
    rows = fields(flat(old, NOT_COMPARED), flat(new, NOT_COMPARED))
    groups = _by_name(before.get("TaskGroups"), new["TaskGroups"], group) or []
    kind = "Added"
    if old is not None:
        same = not rows and not found and all(g["Type"] == "None" for g in groups)
        kind = "None" if same else "Edited"
    return {
        "Fields": rows or None,
        "ID": new["ID"],
        "Objects": objects(found),
        "TaskGroups": groups,
        "Type": kind,
    }
