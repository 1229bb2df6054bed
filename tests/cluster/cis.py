# SPDX-License-Identifier: GPL-3.0-or-later
"""Section 5 of the CIS Docker Benchmark, by docker inspect: python -m tests.cluster.cis prints a table.

An item is a question to one container. Where the answer is no, the platform has to have a reason, which
stands in C(REASONS) and in docs/proofs.md.
"""

from __future__ import annotations

import dataclasses
import re
import sys
import typing as t
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[2]))
from tests.cluster.hosts import NAME, everyone

Container = dict[str, t.Any]
SENSITIVE = ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr")
PROPAGATED = ("shared", "rshared")


@dataclasses.dataclass(frozen=True)
class Item:
    number: str
    asks: str
    holds: t.Callable[[Container], bool]


def host(container: Container) -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], container["HostConfig"])


def options(container: Container) -> list[str]:
    return host(container)["SecurityOpt"] or []


def bindings(container: Container) -> list[dict[str, str]]:
    return [b for bound in (host(container)["PortBindings"] or {}).values() for b in bound or []]


def sources(container: Container) -> list[str]:
    return [mount.get("Source", "") for mount in container["Mounts"] if mount["Type"] == "bind"]


def capabilities(container: Container) -> list[str]:
    return host(container)["CapAdd"] or []


ITEMS = [
    Item("5.2", "AppArmor is on", lambda c: "apparmor=unconfined" not in options(c)),
    Item(
        "5.4",
        "all capabilities are dropped, none is added",
        lambda c: (host(c)["CapDrop"] or []) in (["ALL"], ["all"]) and not capabilities(c),
    ),
    Item("5.5", "it is not privileged", lambda c: not host(c)["Privileged"]),
    Item(
        "5.6",
        "no directory of the system is mounted",
        lambda c: not [s for s in sources(c) if s in SENSITIVE or re.match("/(sys|proc|etc)/", s)],
    ),
    Item(
        "5.8",
        "no privileged port is mapped",
        lambda c: all(int(b["HostPort"] or 65535) >= 1024 for b in bindings(c)),
    ),
    Item("5.10", "the host's network is not shared", lambda c: host(c)["NetworkMode"] != "host"),
    Item("5.11", "memory is limited", lambda c: host(c)["Memory"] > 0),
    Item("5.12", "CPU is limited", lambda c: host(c)["NanoCpus"] > 0 or host(c)["CpuShares"] > 0),
    Item("5.13", "the root file system is read-only", lambda c: host(c)["ReadonlyRootfs"]),
    Item(
        "5.14",
        "ports are bound to one address",
        lambda c: all(b["HostIp"] not in ("", "0.0.0.0", "::") for b in bindings(c)),
    ),
    Item(
        "5.15",
        "restarts are limited to five",
        lambda c: host(c)["RestartPolicy"]["Name"] in ("", "no", "on-failure"),
    ),
    Item("5.16", "the host's processes are not shared", lambda c: host(c)["PidMode"] != "host"),
    Item("5.17", "the host's IPC is not shared", lambda c: host(c)["IpcMode"] != "host"),
    Item("5.18", "no device of the host is given", lambda c: not host(c)["Devices"]),
    Item(
        "5.20",
        "no mount propagates to the host",
        lambda c: not [m for m in c["Mounts"] if m.get("Propagation") in PROPAGATED],
    ),
    Item("5.21", "the host's UTS is not shared", lambda c: host(c)["UTSMode"] != "host"),
    Item("5.22", "seccomp is on", lambda c: "seccomp=unconfined" not in options(c)),
    Item("5.25", "no other control group is named", lambda c: not host(c)["CgroupParent"]),
    Item("5.26", "no new privileges", lambda c: "no-new-privileges" in " ".join(options(c))),
    Item(
        "5.27",
        "its health is checked",
        lambda c: (c["Config"].get("Healthcheck") or {}).get("Test", ["NONE"])[0] != "NONE",
    ),
    Item("5.28", "its image has a version", lambda c: not c["Config"]["Image"].endswith(":latest")),
    Item("5.29", "the number of processes is limited", lambda c: (host(c)["PidsLimit"] or 0) > 0),
    Item("5.31", "the host's users are not shared", lambda c: host(c)["UsernsMode"] != "host"),
    Item(
        "5.32", "Docker's socket is not mounted", lambda c: "/var/run/docker.sock" not in sources(c)
    ),
]

# Why an item does not hold, by the kind of container.
AGENTS = "agents speak to each other under the host's own address, and to tasks on any port"
CLIENT = "a Nomad client mounts a tmpfs for each task's secrets, which its tasks have to see"
FOREVER = "a service is started again however often it fails; an alert tells of it"
REASONS: dict[str, dict[str, str]] = {
    "consul": {"5.10": AGENTS, "5.15": FOREVER},
    "nomad": {"5.10": AGENTS, "5.15": FOREVER},
    "nomad client": {
        "5.2": CLIENT,
        "5.4": CLIENT + "; and it hands files to the tasks' users",
        "5.6": "it limits and measures tasks by control groups, in /sys/fs/cgroup",
        "5.20": CLIENT,
        "5.32": "it starts tasks with Docker; so only trusted people may submit jobs",
    },
    "prometheus": {"5.15": FOREVER},
    "alertmanager": {"5.15": FOREVER},
    "alert-sink": {"5.15": FOREVER},
    "grafana": {"5.15": FOREVER},
    "node-exporter": {"5.6": "it tells of the host what is in /proc and /sys", "5.15": FOREVER},
    "task": {
        "5.14": "Nomad publishes the ports of tasks on the node's address",
        "5.27": "Consul checks the tasks' health",
    },
}


def kind(container: Container) -> str:
    name = container["Name"].lstrip("/")
    if not name.startswith(f"{NAME}-"):
        return "task"
    service = name.removeprefix(f"{NAME}-")
    client = service == "nomad" and "/var/run/docker.sock" in sources(container)
    return "nomad client" if client else service


def reasons(kind_: str) -> dict[str, str]:
    own = REASONS.get(kind_, {})
    return {**REASONS["nomad"], **own} if kind_ == "nomad client" else own


def findings() -> dict[str, dict[str, int]]:
    """By the kind of container and the item, how many containers it does not hold for."""
    found: dict[str, dict[str, int]] = {}
    for machine in everyone():
        for container in machine.inspect():
            failed = found.setdefault(kind(container), {})
            for item in ITEMS:
                failed[item.number] = failed.get(item.number, 0) + (not item.holds(container))
    return found


def exceptions(found: dict[str, dict[str, int]], number: str) -> str:
    """The reasons for which an item does not hold, each with the kinds of containers that have it."""
    kinds: dict[str, list[str]] = {}
    for one in sorted(found):
        if found[one][number]:
            kinds.setdefault(reasons(one).get(number, "NO REASON"), []).append(one)
    everywhere = sorted(found)
    told = [f"{'all' if k == everywhere else ', '.join(k)}: {why}" for why, k in kinds.items()]
    return "; ".join(told) or "-"


def table(found: dict[str, dict[str, int]]) -> str:
    lines = ["| | | where not, and why |", "|---|---|---|"]
    lines += [f"| {i.number} | {i.asks} | {exceptions(found, i.number)} |" for i in ITEMS]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(findings()))
