# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/agent/self and members: of the real answers, what the configuration and the state here can tell."""

from __future__ import annotations

from . import VERSION
from .config import AgentConfig
from .shapes import Data
from .store import Store


def describe(config: AgentConfig, store: Store) -> Data:
    host, port = config.advertise_rpc
    alive = [a for a in store.allocs.values() if a["ClientStatus"] in ("pending", "running")]
    return {
        "config": _config(config),
        "member": _member(config),
        "stats": {
            "client": {
                "known_servers": f"{host}:{port}",
                "node_id": store.node()["ID"],
                "num_allocations": str(len(alive)),
            },
            "nomad": {
                "bootstrap": "true",
                "known_regions": "1",
                "leader": "true",
                "leader_addr": f"{host}:{port}",
                "server": "true",
            },
            "raft": {
                "applied_index": str(store.index),
                "commit_index": str(store.index),
                "last_log_index": str(store.index),
                "state": "Leader",
            },
        },
    }


def members(config: AgentConfig) -> Data:
    return {
        "Members": [_member(config)],
        "ServerDC": config.datacenter,
        "ServerName": config.name,
        "ServerRegion": config.region,
    }


def _member(config: AgentConfig) -> Data:
    host, port = config.advertise_rpc
    return {
        "Addr": host,
        "Name": f"{config.name}.{config.region}",
        "Port": config.advertised("serf", 4648)[1],
        "Status": "alive",
        "Tags": {
            "build": VERSION,
            "dc": config.datacenter,
            "port": str(port),
            "region": config.region,
            "role": "nomad",
            "rpc_addr": host,
        },
    }


def _config(config: AgentConfig) -> Data:
    http, rpc = config.advertise_http, config.advertise_rpc
    serf = config.advertised("serf", 4648)
    bind = str(config.raw.get("bind_addr") or "127.0.0.1")
    server = config.block("server")
    address = config.consul_url.partition("://")[2]
    return {
        "ACL": {"Enabled": config.acl},
        "Addresses": {"HTTP": config.bind_addr, "RPC": bind, "Serf": bind},
        "AdvertiseAddrs": {
            "HTTP": f"{http[0]}:{http[1]}",
            "RPC": f"{rpc[0]}:{rpc[1]}",
            "Serf": f"{serf[0]}:{serf[1]}",
        },
        "BindAddr": bind,
        "Client": _client(config),
        "Consul": {"Addr": address},
        "DataDir": str(config.data_dir),
        "Datacenter": config.datacenter,
        "Files": config.files,
        "LogLevel": str(config.raw.get("log_level") or "INFO"),
        "NodeName": config.name,
        "Ports": {"HTTP": config.http_port, "RPC": rpc[1], "Serf": serf[1]},
        "Region": config.region,
        "Server": {
            "BootstrapExpect": int(server.get("bootstrap_expect") or 0),
            "Enabled": config.server,
        },
        "Telemetry": _telemetry(config.block("telemetry")),
        "Version": {
            "Revision": "simulator",
            "Version": VERSION,
            "VersionMetadata": "",
            "VersionPrerelease": "",
        },
    }


def _client(config: AgentConfig) -> Data:
    client = config.block("client")
    return {
        "CpuCompute": int(client.get("cpu_total_compute") or 0),
        "Enabled": config.client,
        "Meta": {k: str(v) for k, v in (client.get("meta") or {}).items()},
        "NodeClass": str(client.get("node_class") or ""),
        "NodePool": str(client.get("node_pool") or "default"),
        "Options": {k: str(v) for k, v in (client.get("options") or {}).items()},
    }


def _telemetry(telemetry: Data) -> Data:
    return {
        "CollectionInterval": str(telemetry.get("collection_interval") or "1s"),
        "DisableHostname": bool(telemetry.get("disable_hostname")),
        "PrometheusMetrics": bool(telemetry.get("prometheus_metrics")),
        "PublishAllocationMetrics": bool(telemetry.get("publish_allocation_metrics")),
        "PublishNodeMetrics": bool(telemetry.get("publish_node_metrics")),
    }
