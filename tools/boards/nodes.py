# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is there: nodes, what runs on them, what Consul knows, what Prometheus reaches."""

from __future__ import annotations

from dataclasses import replace

from . import shared
from .model import Board, Query, Row, after, needs
from .overview import CONSUL_LEADER, DOWN, READY
from .panels import (
    ANY_IS_BAD,
    FRACTION,
    NONE_IS_BAD,
    Column,
    stat,
    state_timeline,
    table,
    timeseries,
)

CONSUL_1_16 = needs("Consul 1.16")


def catalog(name: str) -> str:
    """Each server reports the whole catalog; the series without a datacenter are always 0."""
    return f'max(consul_{name}{{job="consul", datacenter!=""}})'


NOT_READY = stat(
    "Nodes without work",
    "Nomad clients that are down, are drained or were made ineligible.",
    Query(
        "count(max by (node_id) (nomad_client_uptime{"
        'job="nomad", node_status!="ready"}'
        ' or nomad_client_uptime{job="nomad", node_scheduling_eligibility!="eligible"}))'
        " or vector(0)"
    ),
    steps=((None, "green"), (1, "yellow")),
    mapping={0: ("none", "green")},
)
UP = stat(
    "Services up",
    "Services that Prometheus scrapes without an error, runs not counted.",
    Query('count(up{job!="ml-training"} == 1) or vector(0)'),
    steps=NONE_IS_BAD,
)
CERTIFICATE = stat(
    "Consul's certificate",
    "Time until the first agent's TLS certificate expires. Consul 1.16 tells, 1.8 does not, and only "
    "with TLS.",
    Query('min(consul_agent_tls_cert_expiry{job="consul"} > 0)', when=CONSUL_1_16),
    unit="s",
    steps=((None, "red"), (3 * 86400, "yellow"), (14 * 86400, "green")),
    none="no TLS",
    height=8,
)
NODES = table(
    "Nodes",
    "Each Nomad client: whether it takes work, what runs on it, and how full it is.",
    (
        Column("instance", "Node"),
        Column("datacenter", "Datacenter", width=110),
        Column("node_pool", "Pool", width=100),
        Column("node_status", "Status", width=90),
        Column("node_scheduling_eligibility", "Eligibility", width=110),
        Column("Value #A", "Host up for", unit="s", width=120),
        Column("Value #B", "Allocations", width=110),
        Column("Value #C", "CPU reserved", unit="percentunit", steps=FRACTION, bar=True),
        Column("Value #D", "Memory reserved", unit="percentunit", steps=FRACTION, bar=True),
        Column("Value #E", "CPU used", unit="percentunit", steps=FRACTION, bar=True),
    ),
    Query(
        "max by (instance, datacenter, node_pool, node_status, node_scheduling_eligibility)"
        ' (nomad_client_uptime{job="nomad"})',
        labels=(
            "instance",
            "datacenter",
            "node_pool",
            "node_status",
            "node_scheduling_eligibility",
        ),
    ),
    Query(shared.gauge("allocations_running"), labels=("instance",)),
    *(
        Query(
            shared.reserved(kind),
            labels=("instance",),
        )
        for kind in ("cpu", "memory")
    ),
    Query(
        'avg by (instance) (nomad_client_host_cpu_total_percent{job="nomad"}) / 100',
        labels=("instance",),
    ),
    height=5,
    sort="Node",
)
ALLOCATIONS = timeseries(
    "Allocations on nodes",
    "What runs where. Terminal ones are kept until Nomad collects them.",
    *(
        Query(
            f'max by (instance) (nomad_client_allocations_{state}{{job="nomad"}})',
            f"{{{{instance}}}} {state}",
        )
        for state in ("running", "pending", "migrating", "blocked")
    ),
    stacked=True,
    steady=True,
    min=0,
    decimals=0,
)
TARGETS = state_timeline(
    "Targets",
    "What Prometheus scrapes, runs included. A run is not reached for a moment when it ends, until Consul "
    "knows; one that stays so while it runs does not answer.",
    Query('min by (job, instance) (up{job!="ml-training"})', "{{job}} {{instance}}"),
    Query(
        '2 - min by (job, run_name, instance) (up{job="ml-training"})',
        "run {{run_name}}",
        shared.A_RUN,
    ),
    mapping={**shared.UP, 2: ("not reached", "purple")},
    height=9,
)
SCRAPES = timeseries(
    "Time of a scrape",
    "How long each target that answers takes for it. Near the limit of 4 s, samples are lost.",
    Query(
        "max by (job, instance) (scrape_duration_seconds and up == 1)",
        "{{job}} {{instance}}",
    ),
    unit="s",
    steps=((None, "green"), (1, "yellow"), (4, "red")),
    min=0,
)
VERSIONS = table(
    "Versions",
    "What tells its version. Nomad does not, Consul 1.16 does and 1.8 does not.",
    (
        Column("job", "Service", width=110),
        Column("instance", "Instance"),
        Column("version", "Version", width=100),
    ),
    Query(
        'max by (job, instance, version) (prometheus_build_info{job="prometheus"}'
        ' or alertmanager_build_info{job="alertmanager"} or grafana_build_info{job="grafana"}'
        ' or node_exporter_build_info{job="node"})',
        labels=("job", "instance", "version"),
    ),
    Query(
        'max by (job, instance, version) (consul_version{job="consul"})',
        "",
        CONSUL_1_16,
        ("job", "instance", "version"),
    ),
    width=8,
    height=8,
    sort="Service",
)

MEMBERS = timeseries(
    "Members of Consul",
    "Agents that are alive in the gossip pool. Consul 1.16 tells, 1.8 does not.",
    Query(catalog("members_servers"), "servers", CONSUL_1_16),
    Query(catalog("members_clients"), "clients", CONSUL_1_16),
    none="an older Consul does not tell",
    steady=True,
    width=8,
    min=0,
    decimals=0,
)
CATALOG = timeseries(
    "Catalog of Consul",
    "What is registered. Instances that only grow are services that nobody deregisters. "
    "Consul 1.16 tells, 1.8 does not.",
    Query(catalog("state_nodes"), "nodes", CONSUL_1_16),
    Query(catalog("state_services"), "services", CONSUL_1_16),
    Query(catalog("state_service_instances"), "instances", CONSUL_1_16),
    Query(catalog("state_kv_entries"), "keys", CONSUL_1_16),
    none="an older Consul does not tell",
    steady=True,
    width=8,
    min=0,
    decimals=0,
)
NOMADS = timeseries(
    "Nomad's services in Consul",
    "Services and checks that each agent keeps in Consul, its own and its tasks'. Nomad says so only "
    "when something changes, so this is the most of the ten minutes before.",
    *(
        Query(
            f'max by (instance) (max_over_time(nomad_client_consul_{what}{{job="nomad"}}[10m]))',
            f"{{{{instance}}}} {what}",
            after("Nomad registers a service"),
        )
        for what in ("services", "checks")
    ),
    none="Nomad has registered nothing",
    steady=True,
    width=8,
    min=0,
    decimals=0,
)
SYNC = stat(
    "Nomad cannot reach Consul",
    "Failures to bring Consul's catalog up to date, where any were in the last minute. New runs are "
    "not found by Prometheus while that lasts.",
    Query(
        f"sum({shared.gauge('consul_sync_failure')}) or vector(0)",
    ),
    steps=ANY_IS_BAD,
    mapping={0: ("in sync", "green")},
)
CHURN = timeseries(
    "Changes to the catalog",
    "Registrations a second, from Nomad's agents for the most part. Many while nothing changes: two "
    "agents fight over the same services.",
    Query(
        'rate(consul_catalog_register_count{job="consul"}[5m])',
        "{{instance}} registrations",
        after("a service is registered"),
    ),
    Query(
        'rate(consul_catalog_deregister_count{job="consul"}[5m])',
        "{{instance}} deregistrations",
        after("a service is deregistered"),
    ),
    unit="ops",
    min=0,
)

BOARD = Board(
    uid="mlops-nodes",
    title="MLOps: nodes and services",
    description="Who is there, what runs on it, what Consul knows and Prometheus reaches.",
    rows=(
        Row(
            "Now",
            (
                *(
                    replace(one, width=4)
                    for one in (READY, NOT_READY, UP, DOWN, CONSUL_LEADER, SYNC)
                ),
                NODES,
            ),
        ),
        Row("Services", (TARGETS, ALLOCATIONS, SCRAPES)),
        Row("Consul", (MEMBERS, CATALOG, NOMADS, CHURN, VERSIONS, CERTIFICATE)),
    ),
    annotations=shared.ANNOTATIONS,
)
