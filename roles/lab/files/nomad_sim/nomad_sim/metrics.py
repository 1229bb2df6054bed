# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/metrics: Nomad's names and labels, from the state and from the containers."""

from __future__ import annotations

import socket
import threading
import time
import typing as t

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from .config import AgentConfig
from .consul import Consul
from .docker_driver import DockerDriver
from .machine import Host, usage
from .placement import capacity, group_of, used
from .samples import Labels, Samples
from .shapes import Data
from .store import Store

STATUSES = ("pending", "running", "dead")
SUMMARY = ("Queued", "Starting", "Running", "Complete", "Failed", "Lost", "Unknown")
EXPIRY = 60.0


class Metrics:
    def __init__(self, store: Store, config: AgentConfig, driver: DockerDriver, consul: Consul,
                 summary: t.Callable[[Data], Data]) -> None:  # fmt: skip
        self.store = store
        self.config = config
        self.driver = driver
        self.consul = consul
        self.summary = summary
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.stats: dict[str, tuple[Data, Data]] = {}
        self.host = Host(config.data_dir)
        self.thread = threading.Thread(target=self._collect, name="metrics", daemon=True)

    @property
    def telemetry(self) -> Data:
        return self.config.block("telemetry")

    def _collect(self) -> None:
        """The containers' use of resources is sampled, as the real agent does it."""
        while True:
            before, self.stats = self.stats, {}
            for alloc_id, tasks in list(self.store.runtime.items()):
                for task, notes in list(tasks.items()):
                    if notes.get("container"):
                        now = self.driver.stats(notes["container"])
                        key = f"{alloc_id}/{task}"
                        self.stats[key] = (now, before.get(key, (now, now))[0])
            time.sleep(5)

    def render(self) -> str:
        if not self.telemetry.get("prometheus_metrics"):
            return ""
        hostless = self.telemetry.get("disable_hostname")
        samples = Samples({} if hostless else {"host": socket.gethostname()})
        with self.store.changed:
            self._server(samples)
            self._jobs(samples)
            self._node(samples)
            self._allocs(samples)
        return samples.text() + generate_latest(self.registry).decode()

    def _server(self, samples: Samples) -> None:
        store = self.store
        pending = [e for e in store.evals.values() if e["Status"] == "pending"]
        blocked = [e for e in store.evals.values() if e["Status"] == "blocked"]
        plain = {
            "nomad_nomad_autopilot_failure_tolerance": 0,
            "nomad_nomad_autopilot_healthy": 1,
            "nomad_nomad_blocked_evals_total_blocked": len(blocked),
            "nomad_nomad_broker_total_pending": len(pending),
            "nomad_nomad_broker_total_ready": 0,
            "nomad_nomad_broker_total_unacked": 0,
            "nomad_nomad_broker_total_waiting": 0,
            "nomad_nomad_heartbeat_active": len(store.nodes),
            "nomad_nomad_plan_queue_depth": 0,
            "nomad_raft_appliedIndex": store.index,
            "nomad_raft_lastIndex": store.index,
            "nomad_raft_leader_oldestLogAge": 0,
            "nomad_runtime_num_goroutines": threading.active_count(),
            "nomad_state_snapshotIndex": store.index,
            "nomad_client_consul_services": len(store.consul),
            "nomad_client_consul_checks": sum(len(s["Checks"]) for s in store.consul.values()),
        }
        for name, value in plain.items():
            samples.add(name, value)
        samples.add("nomad_client_consul_service_registrations",
                    self.consul.counts["registrations"], kind="counter")  # fmt: skip
        if self.consul.counts["failures"]:
            samples.add("nomad_client_consul_sync_failure", self.consul.counts["failures"],
                        kind="counter")  # fmt: skip

    def _jobs(self, samples: Samples) -> None:
        found = [j["Status"] for j in self.store.jobs.values()]
        for status in STATUSES:
            samples.add(f"nomad_nomad_job_status_{status}", found.count(status))
        for job in self.store.jobs.values():
            labels = job_labels(job)
            for group, counts in self.summary(job)["Summary"].items():
                for key in SUMMARY:
                    samples.add(f"nomad_nomad_job_summary_{key.lower()}", counts[key],
                                {**labels, "task_group": group})  # fmt: skip

    def _node(self, samples: Samples) -> None:
        node = self.store.node()
        labels = {
            "datacenter": node["Datacenter"],
            "node_class": node["NodeClass"] or "none",
            "node_id": node["ID"],
            "node_pool": node["NodePool"],
            "node_scheduling_eligibility": node["SchedulingEligibility"],
            "node_status": node["Status"],
        }
        taken, limit = used(self.store.allocs.values()), capacity(node)
        for key in ("cpu", "memory", "disk"):
            samples.add(f"nomad_client_allocated_{key}", taken[key], labels)
            samples.add(f"nomad_client_unallocated_{key}", limit[key] - taken[key], labels)
        samples.add("nomad_client_allocated_max_memory", taken["memory"], labels)
        statuses = [a["ClientStatus"] for a in self.store.allocs.values()]
        for status in ("pending", "running"):
            samples.add(f"nomad_client_allocations_{status}", statuses.count(status), labels)
        ended = len(statuses) - statuses.count("pending") - statuses.count("running")
        for status, count in (("terminal", ended), ("blocked", 0), ("migrating", 0)):
            samples.add(f"nomad_client_allocations_{status}", count, labels)
        if self.telemetry.get("publish_node_metrics"):
            self.host.write(samples, labels)

    def _allocs(self, samples: Samples) -> None:
        if not self.telemetry.get("publish_allocation_metrics"):
            return
        for alloc in self.store.allocs.values():
            for task in group_of(alloc)["Tasks"]:
                labels = {
                    **job_labels(alloc["Job"]),
                    "alloc_id": alloc["ID"],
                    "task": task["Name"],
                    "task_group": alloc["TaskGroup"],
                }
                self._ended(samples, alloc, labels)
                stats = self.stats.get(f"{alloc['ID']}/{task['Name']}")
                if stats:
                    usage(samples, labels, task["Resources"], *stats)

    def _ended(self, samples: Samples, alloc: Data, labels: Labels) -> None:
        """Counters are born with the event and vanish a minute after it."""
        if time.time() - alloc["ModifyTime"] / 1e9 > EXPIRY:
            return
        status = alloc["ClientStatus"]
        if status in ("complete", "failed", "running"):
            samples.add(f"nomad_client_allocs_{status}", 1, labels, "counter")


def job_labels(job: Data) -> dict[str, str]:
    labels = {"job": job["ID"], "namespace": job["Namespace"]}
    if job["ParentID"]:
        dispatch = job["ID"].rpartition("/dispatch-")[2]
        labels.update(parent_id=job["ParentID"], dispatch_id=dispatch)
    return labels
