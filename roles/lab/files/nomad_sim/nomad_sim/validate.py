# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server finds wrong with a job, in its words."""

from __future__ import annotations

import typing as t

from .errors import ApiError, NotSimulated
from .shapes import Data, words

TYPES = ("service", "batch")
KNOWN_TYPES = ("service", "batch", "system", "sysbatch")
CONFIG = frozenset(
    words(
        "image command args entrypoint network_mode force_pull labels volumes cap_add cap_drop "
        "pids_limit readonly_rootfs hostname work_dir extra_hosts dns_servers network_aliases init "
        "image_pull_timeout security_opt mount mounts shm_size ulimit tty interactive privileged "
        "userns_mode group_add"
    )
)


def show(errors: t.Sequence[str]) -> str:
    """Several errors as one text, each on a line of its own."""
    head = "1 error occurred:" if len(errors) == 1 else f"{len(errors)} errors occurred:"
    return head + "".join(f"\n\t* {e}" for e in errors) + "\n\n"


def problems(job: Data) -> list[str]:
    """The errors of a stored job."""
    found = [*_name_and_type(job)]
    groups = job["TaskGroups"] or []
    if not groups:
        found.append("Missing job task groups")
    found.extend(_redefined(groups))
    found.extend(_parameterized(job))
    for group in groups:
        wrong = _group(group, job)
        if wrong:
            found.append(f"Task group {group['Name']} validation failed: {show(wrong)}")
    return found


def _name_and_type(job: Data) -> t.Iterator[str]:
    if " " in job["ID"]:
        yield "Job ID contains a space"
    if not job["ID"]:
        yield "Missing job ID"
    if "\0" in job["ID"]:
        yield "Job ID contains a null character"
    if not job["Name"]:
        yield "Missing job name"
    if "\0" in job["Name"]:
        yield "Job Name contains a null character"
    if job["Type"] not in KNOWN_TYPES:
        yield f'Invalid job type: "{job["Type"]}"'
    if not 1 <= job["Priority"] <= 100:
        yield "job priority must be between [1, 100]"


def _redefined(groups: list[Data]) -> t.Iterator[str]:
    seen: dict[str, int] = {}
    for number, group in enumerate(groups, 1):
        name = group["Name"]
        if not name:
            yield f"Job task group {number} missing name"
        elif name in seen:
            yield f"Job task group {number} redefines '{name}' from group {seen[name]}"
        else:
            seen[name] = number


def _parameterized(job: Data) -> t.Iterator[str]:
    parameterized = job["ParameterizedJob"]
    if parameterized is None:
        return
    if job["Type"] not in ("batch", "sysbatch"):
        yield 'Parameterized job can only be used with "batch" or "sysbatch" scheduler'
    wrong = []
    if parameterized["Payload"] not in ("optional", "required", "forbidden"):
        wrong.append(f'Unknown payload requirement: "{parameterized["Payload"]}"')
    both = set(parameterized["MetaRequired"] or []) & set(parameterized["MetaOptional"] or [])
    if both:
        wrong.append(
            "Required and optional meta keys should be disjoint. Following keys exist in both: "
            f"[{' '.join(sorted(both))}]"
        )
    if wrong:
        yield show(wrong)


def _group(group: Data, job: Data) -> list[str]:
    found = ["Task group name contains null character"] if "\0" in group["Name"] else []
    if group["Count"] < 0:
        found.append("Task group count can't be negative")
    if not group["Tasks"]:
        found.append("Missing tasks for task group")
    driver = [
        f'service "{s["Name"]}" cannot use address_mode="driver", only services defined in a '
        '"task" block can use this mode'
        for s in group["Services"] or []
        if s["AddressMode"] == "driver"
    ]
    if driver:
        found.append(f"Task group service validation failed: {show(driver)}")
    found.extend(_volumes(group))
    for task in group["Tasks"] or []:
        wrong = [*_task(task), *_mounts(task, group)]
        if wrong:
            found.append(f"Task {task['Name']} validation failed: {show(wrong)}")
    return found


def _volumes(group: Data) -> t.Iterator[str]:
    for name, volume in (group["Volumes"] or {}).items():
        if not volume["Source"]:
            wrong = show(["volume has an empty source"])
            yield f"Task group volume validation for {name} failed: {wrong}"


def _mounts(task: Data, group: Data) -> t.Iterator[str]:
    for number, mount in enumerate(task["VolumeMounts"] or []):
        if mount["PropagationMode"] not in ("", "private", "host-to-task", "bidirectional"):
            yield (
                f"Volume Mount ({number}) has an invalid propagation mode: "
                f'"{mount["PropagationMode"]}"'
            )
        if not mount["Volume"]:
            yield f"Volume Mount ({number}) references an empty volume"
        elif mount["Volume"] not in (group["Volumes"] or {}):
            yield f"Volume Mount ({number}) references undefined volume {mount['Volume']}"


def _task(task: Data) -> list[str]:
    found = []
    if not task["Name"]:
        found.append("Missing task name")
    if "/" in task["Name"]:
        found.append("Task name cannot include slashes")
    if "\0" in task["Name"]:
        found.append("Task name cannot include null characters")
    if not task["Driver"]:
        found.append("Missing task driver")
    small = []
    if task["Resources"]["CPU"] < 1:
        small.append(f"minimum CPU value is 1; got {task['Resources']['CPU']}")
    if task["Resources"]["MemoryMB"] < 10:
        small.append(f"minimum MemoryMB value is 10; got {task['Resources']['MemoryMB']}")
    if small:
        found.append(show([show(small)]))
    return found


def refuse_beyond(job: Data) -> None:
    """501 for what this simulator does not do, before anything is believed to have worked."""
    if job["Type"] in KNOWN_TYPES and job["Type"] not in TYPES:
        raise NotSimulated(f"job type {job['Type']}")
    for key in ("Affinities", "Multiregion", "Periodic"):
        if job.get(key):
            raise NotSimulated(key.lower())
    for group in job["TaskGroups"] or []:
        _refuse_group(group)


def _refuse_group(group: Data) -> None:
    for key in ("Affinities", "Networks", "Scaling"):
        if group.get(key):
            raise NotSimulated(key.lower())
    for volume in (group.get("Volumes") or {}).values():
        _refuse_volume(volume)
    update = group.get("Update") or {}
    for key in ("AutoRevert", "AutoPromote"):
        if update.get(key):
            raise NotSimulated(f"update.{key}")
    services = list(group["Services"] or [])
    for task in group["Tasks"] or []:
        _refuse_task(task)
        services.extend(task["Services"] or [])
    for service in services:
        _refuse_service(service)


def _refuse_volume(volume: Data) -> None:
    if volume["Type"] == "csi":
        raise NotSimulated("volume type csi")
    for key in ("AccessMode", "AttachmentMode", "MountOptions", "PerAlloc"):
        if volume[key]:
            raise NotSimulated(f"volume {key.lower()}")


def _refuse_task(task: Data) -> None:
    keys = ("Affinities", "Artifacts", "Lifecycle", "Templates", "Vault",
            "CSIPluginConfig", "ScalingPolicies", "Identity")  # fmt: skip
    for key in keys:
        if task.get(key):
            raise NotSimulated(key.lower())
    if task["Driver"] not in ("", "docker"):
        raise NotSimulated(f"driver {task['Driver']}")
    for key in sorted(set(task["Config"] or {}) - CONFIG):
        raise NotSimulated(f"task config {key}")


def _refuse_service(service: Data) -> None:
    if service["Connect"]:
        raise NotSimulated("connect")
    if service["Provider"] != "consul":
        raise NotSimulated(f"service provider {service['Provider']}")
    for check in service["Checks"] or []:
        if check["Type"] not in ("http", "tcp"):
            raise NotSimulated(f"check type {check['Type']}")


def transition(old: Data, new: Data) -> None:
    """What a registration may not change about a job that exists."""
    if old["Type"] != new["Type"]:
        raise ApiError(500, f'cannot update job from type "{old["Type"]}" to "{new["Type"]}"')
    was, becomes = bool(old["ParameterizedJob"]), bool(new["ParameterizedJob"])
    if was and not becomes:
        raise ApiError(500, "cannot update parameterized job to being non-parameterized")
    if becomes and not was:
        raise ApiError(500, "cannot update non-parameterized job to being parameterized")
