# SPDX-License-Identifier: GPL-3.0-or-later
"""Is it fast: the services' own CPU, memory and files, their latencies, and Prometheus itself."""

from __future__ import annotations

from . import shared
from .model import Board, Query, Row, after, needs
from .panels import FRACTION, stat, timeseries, up_to

SERVICES = 'job=~"consul|nomad|prometheus|grafana"'
GO = 'job=~"consul|nomad|prometheus"'
# Their traffic is on a real disk as well, or in memory.
VIRTUAL = "dm-.*|loop.*|md.*|ram.*|zram.*"

HOST_CPU = timeseries(
    "Host: CPU by use",
    "Mean over the cores. Much system time: many small writes or context switches.",
    *(
        Query(
            f'avg by (instance) (nomad_client_host_cpu_{mode}{{job="nomad"}}) / 100',
            f"{{{{instance}}}} {mode}",
        )
        for mode in ("user", "system")
    ),
    unit="percentunit",
    stacked=True,
    min=0,
    max=1,
)
HOST_MEMORY = timeseries(
    "Host: memory",
    "Available memory is what can still be given out, caches included. Near nothing, the kernel kills.",
    Query(shared.gauge("host_memory_used"), "{{instance}} used"),
    Query(shared.gauge("host_memory_available"), "{{instance}} available"),
    Query(shared.gauge("host_memory_total"), "{{instance}} there"),
    unit="bytes",
    dashed=".*there",
    min=0,
)
HOST_LOAD = timeseries(
    "Host: load",
    "What runs or wants to, for each CPU, as the mean of five minutes. Above 1, work waits for a CPU or a "
    "disk.",
    Query(
        'max by (host) (node_load5{job="node"})'
        ' / count by (host) (node_cpu_seconds_total{job="node", mode="idle"})',
        "{{host}}",
    ),
    unit="none",
    none="no node exporter",
    steps=up_to(1, 4),
    min=0,
    width=8,
)
HOST_WAITS = timeseries(
    "Host: waiting",
    "Share of the time in which something had to wait for a CPU, a disk or memory, as the kernel counts "
    "it (pressure stall information). Waiting for memory is the one that never is well.",
    *(
        Query(
            f'max by (host) (rate(node_pressure_{what}_waiting_seconds_total{{job="node"}}'
            "[$__rate_interval]))",
            f"{{{{host}}}} {what}",
            after("something waits on a host whose kernel counts it"),
        )
        for what in ("cpu", "io", "memory")
    ),
    unit="percentunit",
    none="the kernel does not tell",
    min=0,
    width=8,
)
HOST_DISKS = timeseries(
    "Host: disks",
    "What is read and written a second, by all disks together.",
    *(
        Query(
            f'sum by (host) (rate(node_disk_{what}_bytes_total{{job="node", device!~"{VIRTUAL}"}}'
            "[$__rate_interval]))",
            f"{{{{host}}}} {what}",
        )
        for what in ("read", "written")
    ),
    unit="Bps",
    none="no node exporter",
    min=0,
    width=8,
)
CPU = timeseries(
    "Services: CPU",
    "What each service uses; 100% is one CPU.",
    Query(
        f"rate(process_cpu_seconds_total{{{SERVICES}}}[$__rate_interval])", "{{job}} {{instance}}"
    ),
    unit="percentunit",
    steps=up_to(0.8, 1.5),
    min=0,
    width=8,
)
MEMORY = timeseries(
    "Services: memory",
    "Resident memory. A line that only rises for days is a leak.",
    Query(f"process_resident_memory_bytes{{{SERVICES}}}", "{{job}} {{instance}}"),
    unit="bytes",
    min=0,
    width=8,
)
FILES = timeseries(
    "Services: open files",
    "Share of the files and connections that each process may have open. At the limit it refuses "
    "connections.",
    Query(
        f"process_open_fds{{{SERVICES}}} / process_max_fds{{{SERVICES}}}", "{{job}} {{instance}}"
    ),
    unit="percentunit",
    steps=FRACTION,
    min=0,
    width=8,
)
GOROUTINES = timeseries(
    "Goroutines",
    "What each Go service does at once. Growth without an end: requests that hang.",
    Query(
        f"go_goroutines{{{GO}}}",
        "{{job}} {{instance}}",
    ),
    unit="none",
    min=0,
    decimals=0,
)
PAUSES = timeseries(
    "Garbage collection",
    "Share of the time in which the collector stands still for.",
    Query(f"rate(go_gc_duration_seconds_sum{{{GO}}}[$__rate_interval])", "{{job}} {{instance}}"),
    unit="percentunit",
    steps=up_to(0.01, 0.05),
    min=0,
)

RAFT = timeseries(
    "Time to commit",
    "Mean time until an entry of Raft's log is committed: the disk, and the network between servers.",
    Query(
        shared.average_ms("nomad_raft_commitTime"),
        "Nomad {{instance}}",
        shared.A_WRITE,
    ),
    Query(
        shared.average_ms("consul_raft_commitTime", job="consul"),
        "Consul {{instance}}",
        after("Consul's catalog or keys change"),
    ),
    unit="ms",
    steps=up_to(100, 500),
)
APPLY = timeseries(
    "Time to apply",
    "Mean time of applying an entry to the state in memory.",
    Query(shared.average_ms("nomad_raft_fsm_apply"), "Nomad {{instance}}", shared.A_WRITE),
    Query(
        shared.average_ms("consul_raft_fsm_apply", job="consul"),
        "Consul {{instance}}",
        after("Consul's catalog or keys change"),
    ),
    unit="ms",
    steps=up_to(20, 100),
)
KEYS = timeseries(
    "Keys written",
    "Mean time of a write to Consul's keys, by a key or by a transaction.",
    Query(
        shared.average_ms("consul_kvs_apply", job="consul"),
        "{{instance}} key",
        after("a key is written"),
    ),
    Query(
        shared.average_ms("consul_txn_apply", job="consul"),
        "{{instance}} transaction",
        after("a transaction is written"),
    ),
    unit="ms",
    none="no key was written",
    steps=up_to(100, 500),
)
CONSUL_RPC = timeseries(
    "Consul: requests",
    "Requests between agents a second. Blocking queries are those that wait for a change.",
    Query('rate(consul_rpc_request{job="consul"}[$__rate_interval])', "{{instance}} requests"),
    Query('rate(consul_rpc_query{job="consul"}[$__rate_interval])', "{{instance}} queries"),
    unit="reqps",
    min=0,
)
CONSUL_CONTACT = timeseries(
    "Consul: leader's last contact",
    "How long ago the leader has heard of its followers. A single server has none.",
    Query(
        'max by (instance) (consul_raft_leader_lastContact{job="consul", quantile="0.9"} >= 0)',
        "{{instance}}",
        needs("more than one Consul server"),
    ),
    unit="ms",
    none="a single server",
    steps=up_to(200, 500),
)
GRAFANA = timeseries(
    "Grafana: time of an answer",
    "The time within which 95 of 100 requests are answered.",
    Query(
        "histogram_quantile(0.95, sum by (le, instance) (rate("
        'grafana_http_request_duration_seconds_bucket{job="grafana"}[5m]))) >= 0',
        "{{instance}}",
        after("somebody uses Grafana"),
    ),
    unit="s",
    none="nobody uses it",
    steps=up_to(1, 5),
    min=0,
)

HEAD = stat(
    "Series in memory",
    "Series that Prometheus keeps open. Each new run adds about forty; a jump is a label that should "
    "be none.",
    Query('sum(prometheus_tsdb_head_series{job="prometheus"})'),
    unit="short",
    steps=((None, "green"), (500_000, "yellow"), (2_000_000, "red")),
    spark=True,
    width=6,
)
SAMPLES = stat(
    "Samples a second",
    "What Prometheus takes in.",
    Query(
        'sum(rate(prometheus_tsdb_head_samples_appended_total{job="prometheus"}[$__rate_interval]))'
    ),
    unit="short",
    spark=True,
    width=6,
)
STORAGE = stat(
    "Blocks on disk",
    "What the samples of the past take up. The first block is written after two hours.",
    Query('sum(prometheus_tsdb_storage_blocks_bytes{job="prometheus"})'),
    unit="bytes",
    spark=True,
    width=6,
)
RELOAD = stat(
    "Configuration",
    "Whether Prometheus could read its configuration when it was last told to.",
    Query('min(prometheus_config_last_reload_successful{job="prometheus"})'),
    steps=((None, "red"), (1, "green")),
    mapping={0: ("refused", "red"), 1: ("accepted", "green")},
    none="unknown",
    width=6,
)
BY_JOB = timeseries(
    "Samples of a scrape",
    "What each job brings. Nomad's grows with every job that it knows.",
    Query("sum by (job) (scrape_samples_post_metric_relabeling)", "{{job}}"),
    unit="short",
    stacked=True,
    min=0,
)
QUERIES = timeseries(
    "Prometheus: time of a query",
    "Mean time that a query is worked on.",
    Query(
        "sum by (slice) (rate("
        'prometheus_engine_query_duration_seconds_sum{job="prometheus", slice!="result_sort"}[5m]))'
        " / sum by (slice) (rate("
        'prometheus_engine_query_duration_seconds_count{job="prometheus", slice!="result_sort"}[5m]))'
        " >= 0",
        "{{slice}}",
        after("somebody asks Prometheus"),
    ),
    unit="s",
    none="nobody asked",
    steps=up_to(1, 10),
    min=0,
)

BOARD = Board(
    uid="mlops-performance",
    title="MLOps: system performance",
    description="Is it fast: hosts, services, their latencies, and Prometheus itself.",
    rows=(
        Row("Hosts", (HOST_CPU, HOST_MEMORY, HOST_LOAD, HOST_WAITS, HOST_DISKS)),
        Row("Services", (CPU, MEMORY, FILES, GOROUTINES, PAUSES)),
        Row("Latencies", (RAFT, APPLY, KEYS, CONSUL_RPC, CONSUL_CONTACT, GRAFANA)),
        Row("Prometheus", (HEAD, SAMPLES, STORAGE, RELOAD, BY_JOB, QUERIES)),
    ),
    annotations=shared.ANNOTATIONS,
)
