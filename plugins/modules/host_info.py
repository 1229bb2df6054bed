#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: host_info
version_added: 0.1.0
short_description: Read what a host offers before anything on it is changed
description:
  - Tells in one run what a preflight check asks of a Linux host, so that a play can say what is
    missing, and what to do about it, before it has changed anything.
author:
  - mlops.infra maintainers (@mlops-infra)
extends_documentation_fragment:
  - mlops.infra._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
  idempotent:
    support: N/A
options:
  address:
    description: Address on which O(ports) are tried.
    type: str
    default: 127.0.0.1
  ports:
    description: TCP ports to try.
    type: list
    elements: int
    default: []
  path:
    description: Path whose file system is described. It need not exist yet.
    type: path
    default: /
  paths:
    description: Paths to look for.
    type: list
    elements: path
    default: []
  peers:
    description:
      - Addresses of other hosts with a TCP port each, as in V(192.0.2.11:8300), to tell which cannot be reached.
      - One that refuses the connection is there. One from which no answer comes within 3 seconds is not, or a firewall
        is between.
    type: list
    elements: str
    default: []
  reference_time:
    description:
      - The time by the controller's clock when the task begins, in seconds since the epoch, to tell
        how far the host's clock is from it. What the task takes to get there is part of it.
    type: float
  subnet:
    description: Network in CIDR form that is about to be used, to find routes that overlap it.
    type: str
    default: ""
seealso:
  - module: ansible.builtin.setup
  - module: community.docker.docker_host_info
"""

EXAMPLES = r"""
- name: Look at the host
  mlops.infra.host_info:
    ports: [4646, 8500]
    path: /var/lib/mlops
    reference_time: "{{ now().timestamp() }}"
  register: host
"""

RETURN = r"""
root:
  description: Whether the module ran as root.
  returned: always
  type: bool
systemd:
  description: Whether systemd is the init system.
  returned: always
  type: bool
docker:
  description: Whether the engine is C(installed), its C(program), whether a C(client) and the C(socket) are there.
  returned: always
  type: dict
  sample: {"installed": true, "program": "/usr/sbin/dockerd", "client": true, "socket": true}
memory_mb:
  description: Memory in MiB.
  returned: always
  type: int
cpus:
  description: Number of CPUs that may be used.
  returned: always
  type: int
clock_offset:
  description: By how many seconds the host's clock is ahead of O(reference_time), or V(null) without one.
  returned: always
  type: float
  sample: 0.4
disk_free_mb:
  description: Free space for O(path) in MiB.
  returned: always
  type: int
shared_mount:
  description: Whether mounts below O(path) propagate to other mount namespaces.
  returned: always
  type: bool
mounts:
  description: Mount points at or below O(path), the deepest first.
  returned: always
  type: list
  elements: str
overlapping_routes:
  description: Networks that the host has a route to, the default route aside, and that overlap O(subnet).
  returned: always
  type: list
  elements: dict
  sample: [{"network": "172.17.0.0/16", "interface": "docker0"}]
paths_found:
  description: Which of O(paths) are there.
  returned: always
  type: list
  elements: str
peers_unreachable:
  description: Which of O(peers) cannot be reached from here.
  returned: always
  type: list
  elements: str
ports_taken:
  description: Which of O(ports) somebody listens on.
  returned: always
  type: list
  elements: int
"""

import errno
import ipaddress
import os
import shutil
import socket
import struct
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.infra.plugins.module_utils._errors import MlopsError, UserError

DOCKER_SOCKET = "/var/run/docker.sock"
PEER_TIMEOUT = 3


def taken(address: str, port: int) -> bool:
    """Whether the port cannot be bound; bound for a moment, never connected to."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except (OSError, ValueError) as exc:
            if isinstance(exc, (socket.gaierror, ValueError)) or exc.errno == errno.EADDRNOTAVAIL:
                raise UserError(
                    f"address: {address!r} is not an IPv4 address of this host, correct it"
                ) from exc
            return True
    return False


def unreachable(peer: str) -> bool:
    """Whether nobody answers there, not even with a refusal."""
    address, _colon, port = peer.rpartition(":")
    if not address or not port.isdigit():
        raise UserError(f"peers: {peer!r} is not an address with a port, as in 192.0.2.11:8300")
    try:
        socket.create_connection((address, int(port)), PEER_TIMEOUT).close()
    except ConnectionRefusedError:
        return False
    except OSError:
        return True
    return False


def check(params: dict[str, t.Any]) -> None:
    for port in params["ports"]:
        if not 1 <= port <= 65535:
            raise UserError(f"ports: {port} is not a port, which go from 1 to 65535")
    for option in ("address", "path"):
        if "\0" in params[option]:
            raise UserError(f"{option}: it has a NUL in it, leave that out")


def routes(table: str) -> list[dict[str, str]]:
    """Parse C(/proc/net/route): hexadecimal addresses in the host's byte order."""
    found = []
    for line in table.splitlines()[1:]:
        interface, destination, mask = (line.split()[i] for i in (0, 1, 7))
        network = ipaddress.IPv4Network((unpacked(destination), unpacked(mask)))
        if network.prefixlen:
            found.append({"network": str(network), "interface": interface})
    return found


def overlapping(found: list[dict[str, str]], subnet: str) -> list[dict[str, str]]:
    if not subnet:
        return []
    try:
        wanted = ipaddress.IPv4Network(subnet)
    except ValueError as exc:
        raise UserError(f"subnet: {exc}, write it as 172.20.0.0/16") from exc
    return [r for r in found if wanted.overlaps(ipaddress.IPv4Network(r["network"]))]


def unpacked(word: str) -> str:
    return socket.inet_ntoa(struct.pack("=L", int(word, 16)))


def parse_mounts(mountinfo: str) -> list[tuple[str, bool]]:
    """Each mount point of C(/proc/self/mountinfo) with whether it is shared."""
    rows = (line.split(" - ")[0].split() for line in mountinfo.splitlines())
    return [(unescaped(row[4]), any(o.startswith("shared:") for o in row[6:])) for row in rows]


def unescaped(path: str) -> str:
    return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")


def below(path: str, parent: str) -> bool:
    return path == parent or path.startswith(parent.rstrip("/") + "/")


def shared(path: str, mounts: list[tuple[str, bool]]) -> bool:
    """The propagation of the mount that C(path) lies on, the last one where mounts are stacked."""
    over = [(len(point), index) for index, (point, _s) in enumerate(mounts) if below(path, point)]
    return bool(over) and mounts[max(over)[1]][1]


def existing(path: str) -> str:
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


def content(path: str) -> str:
    with open(path, encoding="utf-8") as handle:
        return handle.read()


def docker() -> dict[str, t.Any]:
    program = shutil.which("dockerd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    return {
        "installed": bool(program),
        "program": program or "",
        "client": bool(shutil.which("docker")),
        "socket": os.path.exists(DOCKER_SOCKET),
    }


def offset(reference: t.Optional[float]) -> t.Optional[float]:
    return None if reference is None else round(time.time() - reference, 1)


def run(params: dict[str, t.Any]) -> dict[str, t.Any]:
    check(params)
    path = os.path.realpath(params["path"])
    mounts = parse_mounts(content("/proc/self/mountinfo"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "root": os.geteuid() == 0,
        "systemd": os.path.isdir("/run/systemd/system"),
        "docker": docker(),
        "memory_mb": memory // 2**20,
        "cpus": len(os.sched_getaffinity(0)),
        "clock_offset": offset(params["reference_time"]),
        "disk_free_mb": shutil.disk_usage(existing(path)).free // 2**20,
        "shared_mount": shared(path, mounts),
        "mounts": sorted((p for p, _s in mounts if below(p, path)), key=len, reverse=True),
        "overlapping_routes": overlapping(routes(content("/proc/net/route")), params["subnet"]),
        "paths_found": [one for one in params["paths"] if os.path.lexists(one)],
        "peers_unreachable": [peer for peer in params["peers"] if unreachable(peer)],
        "ports_taken": [p for p in params["ports"] if taken(params["address"], p)],
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "address": {"type": "str", "default": "127.0.0.1"},
            "ports": {"type": "list", "elements": "int", "default": []},
            "path": {"type": "path", "default": "/"},
            "paths": {"type": "list", "elements": "path", "default": []},
            "peers": {"type": "list", "elements": "str", "default": []},
            "reference_time": {"type": "float"},
            "subnet": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module.params)
    except MlopsError as exc:
        module.fail_json(msg=str(exc), **exc.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
