# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a job this simulator does not do."""

from __future__ import annotations

from . import ports
from .errors import NotSimulated
from .shapes import Data, words
from .validate import KNOWN_TYPES

TYPES = ("service", "batch")
CONFIG = frozenset(
    words(
        "image command args entrypoint network_mode force_pull labels volumes cap_add cap_drop "
        "pids_limit readonly_rootfs hostname work_dir extra_hosts dns_servers network_aliases init "
        "image_pull_timeout security_opt mount mounts shm_size ulimit tty interactive privileged "
        "userns_mode group_add ports"
    )
)


def refuse(job: Data) -> None:
    """501 for what this simulator does not do, before anything is believed to have worked."""
    if job["Type"] in KNOWN_TYPES and job["Type"] not in TYPES:
        raise NotSimulated(f"job type {job['Type']}")
    for key in ("Affinities", "Multiregion", "Periodic"):
        if job.get(key):
            raise NotSimulated(key.lower())
    for group in job["TaskGroups"] or []:
        _refuse_group(group)


def _refuse_group(group: Data) -> None:
    for key in ("Affinities", "Scaling"):
        if group.get(key):
            raise NotSimulated(key.lower())
    _refuse_networks(group)
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


def _refuse_networks(group: Data) -> None:
    for network in group["Networks"] or []:
        if network["Mode"] not in ("", "host"):
            raise NotSimulated(f"network mode {network['Mode']}")
        if network["DNS"]:
            raise NotSimulated("dns")
    if any(port["HostNetwork"] not in ("", "default") for port in ports.asked(group)):
        raise NotSimulated("host_network")


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
