# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server finds wrong with a job, in its words."""

from __future__ import annotations

import typing as t

from . import ports
from .errors import ApiError
from .shapes import Data

KNOWN_TYPES = ("service", "batch", "system", "sysbatch")


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
    network = list(ports.problems(group))
    if network:
        found.append(f"Task group network validation failed: {show(network)}")
    found.extend(_volumes(group))
    for task in group["Tasks"] or []:
        wrong = [*_task(task), *_services(task, group), *_mounts(task, group)]
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


def _services(task: Data, group: Data) -> list[str]:
    """A port is a label of the group's, or a number within the container."""
    labels = {"", *(port["Label"] for port in ports.asked(group))}
    found, unknown = [], dict[str, list[str]]()
    for service in task["Services"] or []:
        label, driver = service["PortLabel"], service["AddressMode"] == "driver"
        if label not in labels and not (driver and label.isdigit()):
            unknown.setdefault(label, []).append(service["Name"])
        for check in service["Checks"] or []:
            number = check["PortLabel"] or label
            if number.isdigit() and number not in labels and check["AddressMode"] != "driver":
                found.append(
                    f'check "{check["Name"]}" cannot use a numeric port {number} without setting '
                    'address_mode="driver"'
                )
    for label, names in unknown.items():
        shown = ",".join(names)
        found.append(f'port label "{label}" referenced by services {shown} does not exist')
    return [show(found)] if found else []


def transition(old: Data, new: Data) -> None:
    """What a registration may not change about a job that exists."""
    if old["Type"] != new["Type"]:
        raise ApiError(500, f'cannot update job from type "{old["Type"]}" to "{new["Type"]}"')
    was, becomes = bool(old["ParameterizedJob"]), bool(new["ParameterizedJob"])
    if was and not becomes:
        raise ApiError(500, "cannot update parameterized job to being non-parameterized")
    if becomes and not was:
        raise ApiError(500, "cannot update non-parameterized job to being parameterized")
