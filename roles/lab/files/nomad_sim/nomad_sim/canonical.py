# SPDX-License-Identifier: GPL-3.0-or-later
"""The defaults: of the API's job, and of the job as the server keeps it."""

from __future__ import annotations

import copy
import typing as t

from . import ports, shapes
from .shapes import Data

API_JOB: Data = {
    "AllAtOnce": False, "ConsulNamespace": "", "ConsulToken": "", "CreateIndex": 0,
    "JobModifyIndex": 0, "ModifyIndex": 0, "Namespace": "default", "NodePool": "",
    "NomadTokenID": "", "ParentID": "", "Priority": 50, "Region": "global", "Stable": False,
    "Status": "", "StatusDescription": "", "Stop": False, "Type": "service",
    "VaultNamespace": "", "VaultToken": "", "Version": 0,
}  # fmt: skip


def canonical(job: Data) -> Data:
    """The API's job with its defaults, as /v1/jobs/parse?Canonicalize gives it."""
    result = shapes.filled(job, API_JOB, shapes.JOB)
    result["Name"] = result["Name"] or result["ID"]
    result["ID"] = result["ID"] or result["Name"]
    if result["ParameterizedJob"] is not None:
        result["ParameterizedJob"] = shapes.filled(
            result["ParameterizedJob"], {}, shapes.PARAMETERIZED
        )
    service = result["Type"] == "service"
    if service:
        result["Update"] = shapes.filled(result["Update"], shapes.DEFAULT_UPDATE, shapes.UPDATE)
    groups = [_group(g, result, service) for g in result["TaskGroups"] or []]
    result["TaskGroups"] = groups or result["TaskGroups"]
    return result


def _kind(job: Data) -> str:
    return "service" if job["Type"] not in ("batch", "sysbatch") else "batch"


def _group(group: Data, job: Data, service: bool) -> Data:
    kind = _kind(job)
    result = shapes.filled(
        group, {"Name": "", "Count": 1, "Consul": {"Namespace": ""}}, shapes.GROUP
    )
    result["EphemeralDisk"] = shapes.filled(
        group.get("EphemeralDisk"), shapes.DEFAULT_DISK, shapes.DISK
    )
    result["RestartPolicy"] = shapes.filled(
        group.get("RestartPolicy"), shapes.DEFAULT_RESTART[kind], shapes.RESTART
    )
    asked = {
        **{k: v for k, v in (job.get("Reschedule") or {}).items() if v is not None},
        **{k: v for k, v in (group.get("ReschedulePolicy") or {}).items() if v is not None},
    }
    result["ReschedulePolicy"] = shapes.filled(
        asked, shapes.DEFAULT_RESCHEDULE[kind], shapes.RESCHEDULE
    )
    if service:
        result["Update"] = shapes.filled(group.get("Update"), job["Update"], shapes.UPDATE)
        result["Migrate"] = shapes.filled(
            group.get("Migrate"), job.get("Migrate") or shapes.DEFAULT_MIGRATE, shapes.MIGRATE
        )
    result["Services"] = _services(group.get("Services"))
    for name, volume in (group.get("Volumes") or {}).items():
        result["Volumes"][name] = shapes.filled(volume, {}, shapes.VOLUME)
    result["Networks"] = ports.canonical(group.get("Networks"), shapes.NETWORK, shapes.PORT)
    result["Spreads"] = _each(group.get("Spreads"), shapes.SPREAD)
    tasks = [_task(x, result) for x in group.get("Tasks") or []]
    result["Tasks"] = tasks or group.get("Tasks")
    return result


def _each(items: list[Data] | None, shape: Data) -> list[Data] | None:
    return None if items is None else [shapes.filled(x, {}, shape) for x in items]


def _task(task: Data, group: Data) -> Data:
    result = shapes.filled(task, {"Name": "", "KillTimeout": 5 * shapes.SECOND}, shapes.TASK)
    result["RestartPolicy"] = shapes.filled(
        task.get("RestartPolicy"), group["RestartPolicy"], shapes.RESTART
    )
    result["LogConfig"] = shapes.filled(task.get("LogConfig"), shapes.DEFAULT_LOGS, shapes.LOGS)
    result["Resources"] = shapes.filled(
        task.get("Resources"), shapes.DEFAULT_RESOURCES, shapes.RESOURCES
    )
    result["Services"] = _services(task.get("Services"))
    mounts = task.get("VolumeMounts")
    if mounts is not None:
        result["VolumeMounts"] = [
            shapes.filled(m, shapes.DEFAULT_MOUNT, shapes.VOLUME_MOUNT) for m in mounts
        ]
    return result


def _services(services: list[Data] | None) -> list[Data] | None:
    return None if services is None else [_service(s) for s in services]


def _service(service: Data) -> Data:
    result = shapes.filled(service, {}, shapes.SERVICE)
    defaults = {"OnUpdate": "require_healthy", "Provider": "consul", "AddressMode": "auto"}
    result.update({k: v for k, v in defaults.items() if not result[k]})
    if result["Checks"] is not None:
        result["Checks"] = [_check(c, result) for c in result["Checks"]]
    return result


def _check(check: Data, service: Data) -> Data:
    result = shapes.filled(check, {}, shapes.CHECK)
    result["OnUpdate"] = result["OnUpdate"] or service["OnUpdate"]
    return result


def stored(job: Data) -> Data:
    """The canonical job as the server keeps and returns it: other keys, names filled in."""
    result = copy.deepcopy(canonical(job))
    for key in ("Migrate", "Reschedule"):
        del result[key]
    result["NodePool"] = result["NodePool"] or "default"
    result["Datacenters"] = result["Datacenters"] or ["*"]
    if result["ParameterizedJob"] is not None:
        result["ParameterizedJob"]["Payload"] = result["ParameterizedJob"]["Payload"] or "optional"
    result["DispatchIdempotencyToken"] = result["DispatchIdempotencyToken"] or ""
    update = result["Update"]
    result["Update"] = dict(shapes.NO_UPDATE)
    if update:
        result["Update"].update({k: update[k] for k in ("MaxParallel", "Stagger")})
    for group in result["TaskGroups"] or []:
        for service in group["Services"] or []:
            _store_service(service, result, group["Name"], "")
        for task in group["Tasks"] or []:
            _store_task(task, group, result)
        group["Constraints"] = _implied(group)
        group["Networks"] = ports.stored(group["Networks"])
        group["Volumes"] = _volumes(group["Volumes"])
    return result


def _volumes(volumes: Data | None) -> Data | None:
    """The server drops volumes of a type that it does not know, and misses them afterwards."""
    known = {k: v for k, v in (volumes or {}).items() if v["Type"] in ("host", "csi")}
    return known or None


def _store_task(task: Data, group: Data, job: Data) -> None:
    task["CSIPluginConfig"] = None
    task["LogConfig"].pop("Enabled", None)
    for key in ("DiskMB", "IOPS", "MemoryMaxMB"):
        task["Resources"][key] = task["Resources"][key] or 0
    for service in task["Services"] or []:
        _store_service(service, job, group["Name"], task["Name"])
    task["Config"] = _floats(task["Config"]) or None


def _floats(value: t.Any) -> t.Any:
    """A driver's config has no types of its own: its numbers are JSON's."""
    if isinstance(value, dict):
        return {k: _floats(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_floats(v) for v in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _store_service(service: Data, job: Data, group: str, task: str) -> None:
    service.pop("CheckRestart", None)
    service["Namespace"] = job["Namespace"]
    service["TaskName"] = service["TaskName"] or task
    parts = [job["Name"], group, *([task] if task else [])]
    service["Name"] = service["Name"] or "-".join(parts)
    for name, value in (("JOB", job["Name"]), ("GROUP", group), ("TASK", task)):
        service["Name"] = service["Name"].replace(f"${{{name}}}", value)
    for check in service["Checks"] or []:
        check.pop("Advertise", None)
        check["TaskName"] = check["TaskName"] or task
        check["Name"] = check["Name"] or f'service: "{service["Name"]}" check'


def _implied(group: Data) -> list[Data] | None:
    """The constraints that the server adds for signals and for services in Consul."""
    found: list[t.Any] = list(group["Constraints"] or [])
    signals = sorted({x["KillSignal"] for x in group["Tasks"] or [] if x["KillSignal"]})
    if signals:
        found.append(_constraint("${attr.os.signals}", "set_contains", ",".join(signals)))
    services = [*(group["Services"] or [])]
    for task in group["Tasks"] or []:
        services.extend(task["Services"] or [])
    if any(s["Provider"] == "consul" for s in services):
        found.append(_constraint("${attr.consul.version}", "semver", ">= 1.7.0"))
    unique: list[t.Any] = []
    for one in found:
        if one not in unique:
            unique.append(one)
    return unique or None


def _constraint(left: str, operand: str, right: str) -> Data:
    return {"LTarget": left, "Operand": operand, "RTarget": right}
