# SPDX-License-Identifier: GPL-3.0-or-later
"""What this machine and its containers use, as metrics."""

from __future__ import annotations

import pathlib
import shutil

from .samples import Labels, Samples
from .shapes import Data


class Host:
    def __init__(self, data_dir: pathlib.Path) -> None:
        self.data_dir = data_dir
        self.cpu: dict[str, tuple[int, ...]] = {}

    def write(self, samples: Samples, labels: Labels) -> None:
        memory = _meminfo()
        values = {
            "available": memory["MemAvailable"],
            "free": memory["MemFree"],
            "total": memory["MemTotal"],
            "used": memory["MemTotal"] - memory["MemFree"] - memory["Buffers"] - memory["Cached"],
        }
        for key, value in values.items():
            samples.add(f"nomad_client_host_memory_{key}", value, labels)
        disk = shutil.disk_usage(self.data_dir)
        where = {**labels, "disk": str(self.data_dir)}
        for key, size in (("size", disk.total), ("used", disk.used), ("available", disk.free)):
            samples.add(f"nomad_client_host_disk_{key}", size, where)
        samples.add("nomad_client_host_disk_used_percent", 100 * disk.used / disk.total, where)
        with open("/proc/uptime", encoding="ascii") as file:
            samples.add("nomad_client_uptime", int(float(file.read().split()[0])), labels)
        for cpu, percent in self._percentages().items():
            for key, share in percent.items():
                samples.add(f"nomad_client_host_cpu_{key}", share, {**labels, "cpu": cpu})

    def _percentages(self) -> dict[str, dict[str, float]]:
        """The processors' time since the last scrape."""
        found: dict[str, dict[str, float]] = {}
        for cpu, now in _cpu_times().items():
            spent = [a - b for a, b in zip(now, self.cpu.get(cpu, (0,) * len(now)), strict=True)]
            total = sum(spent) or 1
            user, system = 100 * (spent[0] + spent[1]) / total, 100 * spent[2] / total
            idle = 100 * (spent[3] + spent[4]) / total
            found[cpu] = {
                "user": user,
                "system": system,
                "idle": idle,
                "total": 100 - idle,
                "total_percent": 100 - idle,
            }
            self.cpu[cpu] = now
        return found


def usage(samples: Samples, labels: Labels, asked: Data, now: Data, before: Data) -> None:
    memory = now.get("memory_stats") or {}
    detail = memory.get("stats") or {}
    if "usage" in memory:
        values = {
            "allocated": asked["MemoryMB"] * 1024 * 1024,
            "cache": detail.get("cache", detail.get("file", 0)),
            "rss": detail.get("rss", detail.get("anon", 0)),
            "swap": detail.get("swap", 0),
            "usage": memory["usage"],
        }
        for key, value in values.items():
            samples.add(f"nomad_client_allocs_memory_{key}", value, labels)
    percent = _percent(now, before)
    throttling = (now.get("cpu_stats") or {}).get("throttling_data") or {}
    for key, value in {
        "allocated": asked["CPU"],
        "throttled_periods": throttling.get("throttled_periods", 0),
        "throttled_time": throttling.get("throttled_time", 0),
        "total_percent": percent,
        "total_ticks": percent / 100 * 2000,
    }.items():
        samples.add(f"nomad_client_allocs_cpu_{key}", value, labels)


def _percent(now: Data, before: Data) -> float:
    """Of one processor, between two samples."""
    one, other = (x.get("cpu_stats") or {} for x in (now, before))
    spent = [x.get("cpu_usage", {}).get("total_usage", 0) for x in (one, other)]
    system = [x.get("system_cpu_usage", 0) for x in (one, other)]
    total = system[0] - system[1]
    return 100.0 * one.get("online_cpus", 1) * (spent[0] - spent[1]) / total if total > 0 else 0.0


def _meminfo() -> dict[str, int]:
    with open("/proc/meminfo", encoding="ascii") as file:
        rows = (line.split() for line in file)
        return {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows}


def _cpu_times() -> dict[str, tuple[int, ...]]:
    with open("/proc/stat", encoding="ascii") as file:
        rows = [line.split() for line in file if line.startswith("cpu") and line[3].isdigit()]
    return {row[0]: tuple(int(x) for x in row[1:8]) for row in rows}
