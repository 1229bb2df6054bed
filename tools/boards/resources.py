# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU, memory and disk: what is there, what is reserved, what is used."""

from __future__ import annotations

from . import shared
from .model import Board, Query, Row
from .panels import FRACTION, Column, bargauge, table, timeseries, up_to
from .shared import share, shares

MIB = 1048576
N = shared.NODES
TASK = "exported_job, task, alloc_id"


def total(name: str) -> str:
    return f"sum(max by (instance) (nomad_client_{name}{{{N}}}))"


def of_tasks(name: str, by: str = TASK) -> str:
    return f"max by ({by}) (nomad_client_allocs_{name}{{{N}}})"


def reserved(kind: str) -> str:
    return f"{total(f'allocated_{kind}')} / ({total(f'allocated_{kind}')} + {total(f'unallocated_{kind}')})"


CPU_USED = share(
    "CPU used",
    "Mean over all cores of the nodes chosen.",
    Query(f"avg(nomad_client_host_cpu_total_percent{{{N}}}) / 100"),
    steps=FRACTION,
)
CPU_RESERVED = share(
    "CPU reserved",
    "Share of the nodes' CPU that jobs have asked for. When nothing is left, runs wait.",
    Query(reserved("cpu")),
    steps=FRACTION,
)
MEMORY_USED = share(
    "Memory used",
    "Memory that the nodes could not give to anybody any more.",
    Query(f"1 - {total('host_memory_available')} / {total('host_memory_total')}"),
    steps=FRACTION,
)
MEMORY_RESERVED = share(
    "Memory reserved",
    "Share of the nodes' memory that jobs have asked for.",
    Query(reserved("memory")),
    steps=FRACTION,
)
DISK_USED = share(
    "Fullest disk",
    "The disk of a node that is nearest to full. Images, artifacts and checkpoints fill it.",
    Query(f"max(nomad_client_host_disk_used_percent{{{N}}}) / 100"),
    steps=FRACTION,
)
IDLE = share(
    "Asked for and idle",
    "CPU that tasks have reserved and do not use now. Much of it, for long: the jobs ask for too much.",
    Query(
        f"clamp_min((sum({of_tasks('cpu_allocated')}) - sum({of_tasks('cpu_total_ticks')}))"
        f" / ({total('allocated_cpu')} + {total('unallocated_cpu')}), 0) or vector(0)"
    ),
)

CPU_PLAN = timeseries(
    "CPU: there, reserved, used",
    "Used above reserved: tasks take what others have not claimed. Reserved near the limit with "
    "little used: requests are too large.",
    Query(f"{total('allocated_cpu')} + {total('unallocated_cpu')}", "there"),
    Query(total("allocated_cpu"), "reserved"),
    Query(f"sum({of_tasks('cpu_total_ticks')})", "used by tasks", shared.A_RUN),
    unit="rotmhz",
    dashed="there|reserved",
    colors={"reserved": "yellow", "there": "text", "used by tasks": "blue"},
    min=0,
)
MEMORY_PLAN = timeseries(
    "Memory: there, reserved, used",
    "Memory cannot be taken beyond what was asked for: a task at its limit is killed.",
    Query(f"({total('allocated_memory')} + {total('unallocated_memory')}) * {MIB}", "there"),
    Query(f"{total('allocated_memory')} * {MIB}", "reserved"),
    Query(f"sum({of_tasks('memory_usage')})", "used by tasks", shared.A_RUN),
    unit="bytes",
    dashed="there|reserved",
    colors={"reserved": "yellow", "there": "text", "used by tasks": "blue"},
    min=0,
)
CPU_NODES = shares(
    "CPU by node",
    "Mean over the cores of a node, everything that runs on it counted.",
    Query(f"avg by (instance) (nomad_client_host_cpu_total_percent{{{N}}}) / 100", "{{instance}}"),
)
MEMORY_NODES = shares(
    "Memory by node",
    "Memory that is not available, of all that the node has.",
    Query(
        f"1 - {shared.gauge('host_memory_available', N)} / {shared.gauge('host_memory_total', N)}",
        "{{instance}}",
    ),
)

CPU_TASKS = bargauge(
    "CPU: used of what was asked for",
    "The ten tasks that use most of it. Above 100 % they use what nobody else wants now.",
    Query(
        f"topk(10, {of_tasks('cpu_total_ticks')} / {of_tasks('cpu_allocated')})",
        "{{exported_job}} {{task}}",
        shared.A_RUN,
    ),
    steps=((None, "blue"), (0.8, "green"), (1.5, "yellow")),
    none="no task runs",
    min=0,
    decimals=0,
)
MEMORY_TASKS = bargauge(
    "Memory: used of what was asked for",
    "The ten tasks that are nearest to their limit, at which they are killed. The cache counts.",
    Query(
        f"topk(10, {of_tasks('memory_usage')} / {of_tasks('memory_allocated')})",
        "{{exported_job}} {{task}}",
        shared.A_RUN,
    ),
    none="no task runs",
    min=0,
    max=1,
    decimals=0,
)
TASKS = table(
    "Tasks",
    "What each running task has asked for and uses now.",
    (
        Column("exported_job", "Job"),
        Column("task", "Task", width=100),
        Column("alloc_id", "Allocation", width=300),
        Column("Value #A", "CPU used", unit="rotmhz", width=120, decimals=0),
        Column("Value #B", "CPU asked for", unit="rotmhz", width=130),
        Column("Value #C", "Memory used", unit="bytes", width=130),
        Column("Value #D", "Memory asked for", unit="bytes", width=150),
        Column("Value #E", "Of its memory", unit="percentunit", steps=FRACTION, bar=True),
    ),
    *(
        Query(of_tasks(name), "", shared.A_RUN, ("exported_job", "task", "alloc_id"))
        for name in ("cpu_total_ticks", "cpu_allocated", "memory_usage", "memory_allocated")
    ),
    Query(
        f"{of_tasks('memory_usage')} / {of_tasks('memory_allocated')}",
        "",
        shared.A_RUN,
        ("exported_job", "task", "alloc_id"),
    ),
    sort="Of its memory",
    none="no task runs",
)
THROTTLED = timeseries(
    "Throttled",
    "Time that tasks were held back by their CPU limit, in each second. Only tasks with a hard limit "
    "are.",
    Query(
        f"sum by (exported_job, task) (rate(nomad_client_allocs_cpu_throttled_time{{{N}}}[5m])) / 1e9",
        "{{exported_job}} {{task}}",
        shared.A_RUN,
    ),
    unit="s",
    none="no task runs",
    steps=up_to(0.1, 0.5),
    min=0,
)
DISKS = shares(
    "Disks",
    "Share of each disk that is used. Nomad collects old allocations from 80 % on.",
    Query(
        f"max by (instance, disk) (nomad_client_host_disk_used_percent{{{N}}}) / 100",
        "{{instance}} {{disk}}",
    ),
)

BOARD = Board(
    uid="mlops-resources",
    title="MLOps: CPU and memory",
    description="What the nodes have, what jobs have reserved, what is used.",
    rows=(
        Row(
            "Now",
            (CPU_USED, CPU_RESERVED, IDLE, MEMORY_USED, MEMORY_RESERVED, DISK_USED),
        ),
        Row("Use against reservation", (CPU_PLAN, MEMORY_PLAN)),
        Row("Tasks", (CPU_TASKS, MEMORY_TASKS, TASKS)),
        Row("Nodes", (CPU_NODES, MEMORY_NODES, DISKS, THROTTLED)),
    ),
    variables=(shared.NODE,),
    annotations=shared.ANNOTATIONS,
)
