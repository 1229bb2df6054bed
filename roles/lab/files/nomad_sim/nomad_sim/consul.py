# SPDX-License-Identifier: GPL-3.0-or-later
"""Registers the agent and the tasks' services in Consul, and takes back only what it registered."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import threading
import typing as t
import urllib.error
import urllib.parse
import urllib.request

from . import ports
from .config import AgentConfig
from .durations import show_duration
from .node import meets_consul
from .placement import group_of
from .shapes import Data
from .store import Store
from .taskenv import environment, interpolate
from .tls import consul_context

LOG = logging.getLogger("nomad_sim.consul")
PERIOD = 5.0


class Consul:
    """C(wake): services may have changed. C(met) is called when Consul is there for the first time."""

    def __init__(self, store: Store, config: AgentConfig, wake: threading.Event,
                 met: t.Callable[[], None]) -> None:  # fmt: skip
        self.store = store
        self.met = met
        self.config = config
        self.context = consul_context(config)
        self.wake = wake
        self.counts = {"registrations": 0, "failures": 0}
        self.thread = threading.Thread(target=self._work, name="consul", daemon=True)

    def request(self, method: str, path: str, body: t.Any = None) -> t.Any:
        url = f"{self.config.consul_url}{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        if self.config.consul_token:
            request.add_header("X-Consul-Token", self.config.consul_token)
        with urllib.request.urlopen(request, timeout=5, context=self.context) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def version(self) -> Data:
        """What the node's attributes say of Consul; nothing where it does not answer."""
        try:
            own = self.request("GET", "/v1/agent/self")["Config"]
        except (OSError, ValueError, KeyError):
            return {}
        return {
            "consul.version": own["Version"],
            "consul.datacenter": own["Datacenter"],
            "consul.server": str(own["Server"]).lower(),
            "unique.consul.name": own["NodeName"],
        }

    def _work(self) -> None:
        while True:
            try:
                self._meet()
                self.sync()
            except (OSError, ValueError) as error:
                self.counts["failures"] += 1
                LOG.warning("Consul does not take our services: %s", error)
            self.wake.wait(PERIOD)
            self.wake.clear()

    def _meet(self) -> None:
        """As often as Consul was not there when the node was registered."""
        if "consul.version" not in self.store.node()["Attributes"]:
            found = self.version()
            if found:
                meets_consul(self.store, found)
                self.met()

    def sync(self) -> None:
        wanted = {s["ID"]: s for s in [*self.own_services(), *self.task_services()]}
        there = self.request("GET", "/v1/agent/services")
        for service_id, service in wanted.items():
            known = self.store.consul.get(service_id)
            if service_id not in there or known != service:
                self.request("PUT", "/v1/agent/service/register", service)
                self.counts["registrations"] += 1
                self._note(service_id, service)
        for service_id in [k for k in self.store.consul if k not in wanted]:
            if service_id in there:
                quoted = urllib.parse.quote(service_id, safe="")
                self.request("PUT", f"/v1/agent/service/deregister/{quoted}")
            self._note(service_id, None)

    def _note(self, service_id: str, service: Data | None) -> None:
        with self.store.write():
            if service is None:
                self.store.consul.pop(service_id, None)
            else:
                self.store.consul[service_id] = service

    def own_services(self) -> list[Data]:
        """Only what really listens: the simulator has no RPC and no Serf."""
        host, port = self.config.advertise_http
        scheme = "https" if self.config.tls else "http"
        found = []
        for kind, name in (("server", "nomad"), ("client", "nomad-client")):
            if not getattr(self.config, kind):
                continue
            check = {
                "CheckID": _digest("check", kind, host, str(port)),
                "HTTP": f"{scheme}://{host}:{port}/v1/agent/health?type={kind}",
                "Interval": "10s",
                "Name": f"Nomad {kind.title()} HTTP Check",
                "Timeout": "5s",
                **({"TLSSkipVerify": True} if self.config.tls else {}),
            }
            found.append(_service(_digest(kind, name, host, str(port)), name, host, port,
                                  ["http"], {}, [check]))  # fmt: skip
        return found

    def task_services(self) -> list[Data]:
        with self.store.changed:
            return [
                made
                for alloc in self.store.allocs.values()
                if alloc["ClientStatus"] == "running"
                for made in self._of_alloc(alloc)
            ]

    def _of_alloc(self, alloc: Data) -> t.Iterator[Data]:
        notes, group = self.store.runtime.get(alloc["ID"], {}), group_of(alloc)
        ready = []
        for task in group["Tasks"]:
            state, own = alloc["TaskStates"].get(task["Name"]) or {}, notes.get(task["Name"], {})
            if state.get("State") == "running" and own.get("address"):
                ready.append(task)
                place = Place.of_task(alloc, task, own["address"])
                yield from self._registered(alloc, task, task["Name"], task["Services"], place)
        if len(ready) == len(group["Tasks"]):
            name, place = f"group-{group['Name']}", Place.of_group(alloc)
            yield from self._registered(alloc, ready[0], name, group["Services"], place)

    def _registered(self, alloc: Data, task: Data, owner: str, services: list[Data] | None,
                    place: Place) -> t.Iterator[Data]:  # fmt: skip
        node = self.store.node()
        env = environment(alloc, task, node)
        for raw in services or []:
            service = interpolate(raw, env, node)
            label = service["PortLabel"]
            service_id = f"_nomad-task-{alloc['ID']}-{owner}-{service['Name']}-{label}"
            address, port = place.of(label, service["AddressMode"])
            checks = [
                _check(
                    c, service_id, *place.of(c["PortLabel"] or label, c["AddressMode"] or "host")
                )
                for c in service["Checks"] or []
            ]
            yield _service(service_id, service["Name"], address, port,
                           service["Tags"] or [], service["Meta"] or {}, checks)  # fmt: skip

    def healthy(self, alloc: Data) -> bool:
        """Whether the checks of an allocation's services pass, asked of Consul."""
        prefix = f"_nomad-task-{alloc['ID']}-"
        wanted = [s for s in self.task_services() if s["ID"].startswith(prefix)]
        group = group_of(alloc)
        expected = sum(len(x["Services"] or []) for x in (group, *group["Tasks"]))
        if not expected:
            return True
        try:
            there = self.request("GET", "/v1/agent/services")
            checks = self.request("GET", "/v1/agent/checks").values()
        except (OSError, ValueError):
            return False
        passing = [c for c in checks if c["ServiceID"].startswith(prefix)]
        registered = all(s["ID"] in there for s in wanted) and len(wanted) == expected
        return registered and all(c["Status"] == "passing" for c in passing)


def _digest(*parts: str) -> str:
    """A stable id of the form that Nomad gives to its own services and checks."""
    kind, *rest = parts
    return f"_nomad-{kind}-{hashlib.sha1('/'.join(rest).encode()).hexdigest()}"


@dataclasses.dataclass(frozen=True)
class Place:
    """Where services are. C(host): the ports of this machine; C(own): the container's address."""

    host: t.Mapping[str, Data]
    own: str = ""
    # A container in a network that Docker did not make itself is reached there.
    advertised: bool = False

    @classmethod
    def of_task(cls, alloc: Data, task: Data, own: str) -> Place:
        mode = (task["Config"] or {}).get("network_mode")
        return cls(ports.of(alloc), own, mode not in (None, "", "bridge", "default", "host"))

    @classmethod
    def of_group(cls, alloc: Data) -> Place:
        return cls(ports.of(alloc))

    def of(self, label: str, mode: str) -> tuple[str, int]:
        """The address and the port behind a label, or behind a number."""
        port = self.host.get(label)
        if mode == "driver" or (mode == "auto" and self.advertised):
            return self.own, ports.inner(port) if port else int(label or 0)
        return (port["HostIP"], port["Value"]) if port else ("", int(label or 0))


def _service(service_id: str, name: str, address: str, port: int, tags: list[str],
             meta: Data, checks: list[Data]) -> Data:  # fmt: skip
    return {
        "ID": service_id,
        "Name": name,
        "Address": address,
        "Port": port,
        "Tags": tags,
        "Meta": {"external-source": "nomad", **meta},
        "Checks": checks,
    }


def _check(check: Data, service_id: str, address: str, port: int) -> Data:
    made = {
        "CheckID": _digest("check", service_id, check["Name"]),
        "Name": check["Name"],
        "Interval": show_duration(check["Interval"]),
        "Timeout": show_duration(check["Timeout"]),
    }
    if check["InitialStatus"]:
        made["Status"] = check["InitialStatus"]
    if check["Type"] == "tcp":
        return {**made, "TCP": f"{address}:{port}"}
    url = f"{check['Protocol'] or 'http'}://{address}:{port}{check['Path']}"
    said = {key: check[key] for key in ("Method", "TLSSkipVerify") if check[key]}
    return {**made, **said, "HTTP": url}
