# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Nomad agents with TLS and ACLs, started for a test and stopped after it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import socket
import subprocess
import time
import typing as t
from urllib.parse import quote

import requests

from .certificates import Authority, Pair

Json = t.Any
PORTS = range(41000, 42000)
NAMES = ("server.global.nomad", "server.east.nomad", "server.west.nomad", "localhost")


@dataclasses.dataclass
class Agent:
    """Where it is, and what a client needs to be let in."""

    address: str
    serf: int
    authority: Authority
    pair: Pair
    token: str = ""

    @property
    def options(self) -> dict[str, t.Any]:
        """The options of a module that is let in and may do everything."""
        return {
            "address": self.address,
            "ca_path": self.authority.path,
            "client_cert": self.pair.cert,
            "client_key": self.pair.key,
            "token": self.token,
        }

    @property
    def theirs(self) -> dict[str, t.Any]:
        """The same for community.general's modules."""
        return {
            "host": "localhost",
            "port": int(self.address.rpartition(":")[2]),
            "client_cert": self.pair.cert,
            "client_key": self.pair.key,
            "validate_certs": False,
            "token": self.token,
        }

    def ask(self, method: str, path: str, body: Json = None, **params: str) -> Json:
        answer = requests.request(
            method,
            f"{self.address}/v1/{path}",
            json=body,
            params=params,
            headers={"X-Nomad-Token": self.token} if self.token else {},
            verify=self.authority.path,
            cert=(self.pair.cert, self.pair.key),
            timeout=30,
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def token_of(self, name: str, rules: str) -> str:
        """The secret of a new token whose only policy has these rules."""
        self.ask("POST", f"acl/policy/{name}", {"Name": name, "Rules": rules})
        made = {"Name": name, "Type": "client", "Policies": [name], "Global": True}
        return str(self.ask("POST", "acl/token", made)["SecretID"])


def free(count: int) -> list[int]:
    """Ports that nobody listens on; serf takes its own by UDP too."""
    found: list[int] = []
    for port in PORTS:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError(f"no {count} free ports from {PORTS.start} to {PORTS.stop}")


def _configuration(home: pathlib.Path, region: str, ports: list[int], **more: t.Any) -> Json:
    here = "127.0.0.1"
    return {
        "data_dir": str(home),
        "bind_addr": here,
        "name": f"secured-{region}",
        "region": region,
        "disable_update_check": True,
        "ports": dict(zip(("http", "rpc", "serf"), ports, strict=True)),
        "advertise": {"http": here, "rpc": here, "serf": here},
        "server": {"enabled": True, "bootstrap_expect": 1},
        "consul": dict.fromkeys(("auto_advertise", "server_auto_join", "client_auto_join"), False),
        "plugin": [{"raw_exec": [{"config": [{"enabled": True}]}]}],
        **more,
    }


def _client(home: pathlib.Path) -> Json:
    return {
        "enabled": True,
        "cpu_total_compute": 4000,
        "memory_total_mb": 2048,
        "network_interface": "lo",
        "state_dir": str(home / "client"),
        "options": {
            "driver.allowlist": "raw_exec",
            # Off the clouds their metadata addresses only cost time.
            "fingerprint.denylist": "env_aws,env_gce,env_azure,env_digitalocean",
        },
    }


@contextlib.contextmanager
def agent(binary: str, home: pathlib.Path) -> t.Iterator[Agent]:
    """A server that is a node too, and lets in nobody without a certificate and a token."""
    authority = Authority(home, "authority")
    with _running(binary, home, authority, "global", alone=True) as found:
        found.token = found.ask("POST", "acl/bootstrap")["SecretID"]
        _until(lambda: [n for n in found.ask("GET", "nodes") if n["Status"] == "ready"])
        try:
            yield found
        finally:
            _purged(found)


@contextlib.contextmanager
def fresh(binary: str, home: pathlib.Path) -> t.Iterator[Agent]:
    """A server with ACLs that nobody bootstrapped, and that has no leader yet."""
    authority = Authority(home, "authority")
    with _running(binary, home, authority, "global", alone=True, node=False) as found:
        yield found


def _purged(agent: Agent) -> None:
    """Tasks outlive the agent that started them, so none may be left when it stops."""
    everywhere = {"namespace": "*"}
    for job in agent.ask("GET", "jobs", **everywhere):
        where = f"job/{quote(job['ID'], safe='')}"
        agent.ask("DELETE", where, namespace=job["Namespace"], purge="true")
    alive = ("pending", "running")

    def over() -> bool:
        found = agent.ask("GET", "allocations", **everywhere)
        return not [a for a in found if a["ClientStatus"] in alive]

    _until(over)


@contextlib.contextmanager
def federation(binary: str, home: pathlib.Path) -> t.Iterator[tuple[Agent, Agent]]:
    """The regions east and west, which know each other and have neither nodes nor ACLs."""
    authority = Authority(home, "authority")
    with (
        _running(binary, home, authority, "east", alone=False) as east,
        _running(binary, home, authority, "west", alone=False) as west,
    ):
        west.ask("POST", "agent/join", address=f"127.0.0.1:{east.serf}")
        _until(lambda: west.ask("GET", "regions") == east.ask("GET", "regions") == ["east", "west"])
        for one, other in ((east, "west"), (west, "east")):
            _until(lambda one=one, other=other: one.ask("GET", "status/leader", region=other))
        yield east, west


@contextlib.contextmanager
def _running(
    binary: str,
    home: pathlib.Path,
    authority: Authority,
    region: str,
    *,
    alone: bool,
    node: bool = True,
) -> t.Iterator[Agent]:
    ports = free(3)
    own = authority.signed(f"server-{region}", *NAMES)
    data = home / f"data-{region}"
    data.mkdir()
    more: Json = {
        "acl": {"enabled": alone},
        "tls": {
            "http": True,
            "rpc": True,
            "ca_file": authority.path,
            "cert_file": own.cert,
            "key_file": own.key,
            "verify_server_hostname": True,
            "verify_https_client": True,
        },
    }
    if alone and node:
        more["client"] = _client(data)
    path = home / f"{region}.json"
    path.write_text(json.dumps(_configuration(data, region, ports, **more)))
    pair = authority.signed(f"client-{region}", f"cli.{region}.nomad")
    found = Agent(f"https://localhost:{ports[0]}", ports[2], authority, pair)
    with (home / f"{region}.log").open("w") as log:
        process = subprocess.Popen(
            [binary, "agent", f"-config={path}"], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            if node:
                _until(lambda: found.ask("GET", "status/leader"), process, home / f"{region}.log")
            yield found
        finally:
            stopped(process, data)


def _until(
    happened: t.Callable[[], t.Any],
    process: subprocess.Popen[bytes] | None = None,
    log: pathlib.Path | None = None,
) -> None:
    last: Exception | None = None
    for _ in range(150):
        if process and process.poll() is not None:
            break
        try:
            if happened():
                return
        except (AssertionError, requests.RequestException) as error:
            last = error
        time.sleep(0.2)
    tail = "\n".join(log.read_text().splitlines()[-10:]) if log else ""
    raise AssertionError(f"Nomad did not come to what was waited for: {last}\n{tail}")


def stopped(process: subprocess.Popen[bytes], data: pathlib.Path) -> None:
    """Nomad leaves the mounts of tasks that are still known, and they hold the directory."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=20)
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        target = line.split()[1]
        if target.startswith(f"{data}/"):
            subprocess.run(["umount", target], check=True)
