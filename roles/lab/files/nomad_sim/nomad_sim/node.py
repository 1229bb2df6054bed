# SPDX-License-Identifier: GPL-3.0-or-later
"""The node: this machine as the API describes it."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import typing as t

from . import VERSION
from .config import AgentConfig
from .docker_driver import DockerDriver
from .node_state import merged
from .placement import NO_RESOURCES
from .records import rfc3339
from .shapes import SECOND, Data, words
from .store import Store, new_id, now

MEGABYTE = 1024 * 1024
SIGNALS = (
    "SIGUSR2,SIGWINCH,SIGBUS,SIGHUP,SIGPROF,SIGTERM,SIGXCPU,SIGXFSZ,SIGALRM,SIGINT,SIGKILL,"
    "SIGQUIT,SIGTRAP,SIGTTIN,SIGUSR1,SIGNULL,SIGABRT,SIGFPE,SIGILL,SIGIO,SIGIOT,SIGPIPE,SIGSEGV,"
    "SIGCONT,SIGSTOP,SIGSYS,SIGTSTP,SIGTTOU"
)


def machine() -> dict[str, int]:
    return {
        "cores": os.cpu_count() or 1,
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    }


def drivers(driver: DockerDriver, stamp: str) -> Data:
    info = driver.client.version()
    attributes = {
        "driver.docker": "true",
        "driver.docker.os_type": str(info["Os"]),
        "driver.docker.version": str(info["Version"]),
    }
    return {
        "docker": {
            "Attributes": attributes,
            "Detected": True,
            "HealthDescription": "Healthy",
            "Healthy": True,
            "UpdateTime": stamp,
        }
    }


def attributes(config: AgentConfig, has: dict[str, int], shares: int) -> dict[str, str]:
    arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    disk = shutil.disk_usage(config.data_dir)
    host, port = config.advertise_http
    return {
        "cpu.arch": arch,
        "cpu.numcores": str(has["cores"]),
        "cpu.reservablecores": str(has["cores"]),
        "cpu.totalcompute": str(shares),
        "kernel.arch": platform.machine(),
        "kernel.name": platform.system().lower(),
        "kernel.version": platform.release(),
        "memory.totalbytes": str(has["memory"]),
        "nomad.advertise.address": f"{host}:{port}",
        "nomad.revision": "simulator",
        "nomad.service_discovery": "true",
        "nomad.version": VERSION,
        "os.signals": SIGNALS,
        "unique.hostname": socket.gethostname(),
        "unique.network.ip-address": host,
        "unique.storage.bytesfree": str(disk.free),
        "unique.storage.bytestotal": str(disk.total),
    }


def _network(mode: str, device: str, address: str) -> Data:
    return {
        "CIDR": f"{address}/32" if address else "", "DNS": None, "Device": device,
        "DynamicPorts": None, "IP": address, "MBits": 1000 if address else 0, "Mode": mode,
        "ReservedPorts": None,
    }  # fmt: skip


def _alias(address: str) -> Data:
    return {"Address": address, "Alias": "default", "Family": "ipv4", "Gateway": "",
            "ReservedPorts": ""}  # fmt: skip


def _resources(config: AgentConfig, shares: int, memory: int, disk: int) -> Data:
    kept = config.block("client", "reserved")
    reserved = {k: int(kept.get(k) or 0) for k in ("cpu", "memory", "disk")}
    cores = list(range(os.cpu_count() or 1))
    host = config.advertise_http[0]
    device = str(config.block("client").get("network_interface") or "eth0")
    own = _network("host", device, host)
    return {
        "NodeResources": {
            "Cpu": {
                "CpuShares": shares, "ReservableCpuCores": cores, "TotalCpuCores": len(cores),
            },
            "Devices": None,
            "Disk": {"DiskMB": disk},
            "MaxDynamicPort": 32000,
            "Memory": {"MemoryMB": memory},
            "MinDynamicPort": 20000,
            "Networks": [_network("bridge", "", ""), own],
            "NodeNetworks": [
                {"Addresses": None, "Device": "", "MacAddress": "", "Mode": "bridge", "Speed": 0},
                {"Addresses": [_alias(host)], "Device": device, "MacAddress": "", "Mode": "host",
                 "Speed": 1000},
            ],
        },
        "Reserved": {
            **NO_RESOURCES, "CPU": reserved["cpu"], "MemoryMB": reserved["memory"],
            "DiskMB": reserved["disk"],
        },
        "ReservedResources": {
            "Cpu": {"CpuShares": reserved["cpu"], "ReservedCpuCores": None},
            "Disk": {"DiskMB": reserved["disk"]},
            "Memory": {"MemoryMB": reserved["memory"]},
            "Networks": {"ReservedHostPorts": str(kept.get("reserved_ports") or "")},
        },
        "Resources": {**NO_RESOURCES, "CPU": shares, "DiskMB": disk, "MemoryMB": memory,
                      "Networks": [own]},
    }  # fmt: skip


# What a node that nobody touched says in any case.
PLAIN: Data = {
    "CSIControllerPlugins": {},
    "CSINodePlugins": {},
    "CgroupParent": "/nomad",
    "ComputedClass": "v1:simulator",
    "Drain": False,
    "DrainStrategy": None,
    "HostNetworks": None,
    "LastAllocUpdateIndex": 0,
    "LastDrain": None,
    "LastMissedHeartbeatIndex": 0,
    "SchedulingEligibility": "eligible",
    "SecretID": "",
    "Status": "ready",
    "StatusDescription": "",
}


def register(store: Store, config: AgentConfig, driver: DockerDriver, consul: Data) -> None:
    """Write the node; its id and its history stay what they were before a restart."""
    has, stamp = machine(), now()
    client = config.block("client")
    shares = int(client.get("cpu_total_compute") or 2000 * has["cores"])
    memory = int(client.get("memory_total_mb") or has["memory"] // MEGABYTE)
    disk = shutil.disk_usage(config.data_dir).free // MEGABYTE
    before: Data = next(iter(store.nodes.values()), {})
    host, port = config.advertise_http
    found = drivers(driver, rfc3339(stamp))
    with store.write("nodes") as index:
        made = {
            **PLAIN,
            **_kept(before, client.get("meta") or {}),
            "Attributes": {
                **attributes(config, has, shares),
                **consul,
                **found["docker"]["Attributes"],
                "driver.docker": "1",
            },
            "CreateIndex": before.get("CreateIndex") or index,
            "Datacenter": config.datacenter,
            "Drivers": found,
            "Events": before.get("Events") or [_event(stamp)],
            "HTTPAddr": f"{host}:{port}",
            "HostVolumes": config.host_volumes or None,
            "ID": before.get("ID") or new_id(),
            "Links": _links(consul),
            "ModifyIndex": index,
            "Name": config.name,
            "NodeClass": str(client.get("node_class") or ""),
            "NodePool": str(client.get("node_pool") or "default"),
            **_resources(config, shares, memory, disk),
            "StatusUpdatedAt": stamp // SECOND,
            "TLSEnabled": bool(config.tls),
            "_signing_key": before.get("_signing_key") or new_id(),
        }
        store.nodes = {made["ID"]: made}


def meets_consul(store: Store, consul: Data) -> None:
    """Consul came up after this agent: from now on the node can have jobs with services."""
    with store.write("nodes") as index:
        node = store.node()
        node["Attributes"].update(consul)
        node.update(Links=_links(consul), ModifyIndex=index)


def _kept(before: Data, meta: Data) -> Data:
    """What was changed of the node before a restart, and the meta data that follow from it."""
    static = {k: str(v) for k, v in meta.items()}
    dynamic = before.get("_dynamic_meta") or {}
    kept: Data = {k: before[k] for k in ("LastDrain", "SchedulingEligibility") if k in before}
    return {
        **kept,
        "Meta": merged(static, dynamic),
        "_dynamic_meta": dynamic,
        "_static_meta": static,
    }


def _event(stamp: int) -> Data:
    return {
        "CreateIndex": 0,
        "Details": None,
        "Message": "Node registered",
        "Subsystem": "Cluster",
        "Timestamp": rfc3339(stamp - stamp % SECOND),
    }


def _links(consul: Data) -> dict[str, str] | None:
    if not consul:
        return None
    return {"consul": f"{consul['consul.datacenter']}.{consul['unique.consul.name']}"}


def row(node: Data) -> Data:
    """As the list of nodes shows it."""
    keys = words(
        "CreateIndex Datacenter Drain Drivers HostVolumes ID LastDrain ModifyIndex Name NodeClass "
        "NodePool SchedulingEligibility Status StatusDescription"
    )
    address, version = node["HTTPAddr"].rpartition(":")[0], node["Attributes"]["nomad.version"]
    found: dict[str, t.Any] = {k: node[k] for k in keys}
    return {**found, "Address": address, "Version": version}
