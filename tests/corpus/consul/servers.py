# SPDX-License-Identifier: GPL-3.0-or-later
"""Consul servers on the loopback address, each in a container of the lab's image, gone at the end."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import subprocess
import time
import typing as t

import requests

Json = t.Any
LIFETIME = 900  # seconds, whatever becomes of the tests
SCRIPT = f'echo "$CONFIG" >/c.json; exec timeout {LIFETIME} consul agent -config-file=/c.json'
PORTS = iter(range(23000, 24000))  # below those that clients get


@dataclasses.dataclass(frozen=True)
class Server:
    container: str
    port: int
    lan: int
    wan: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **how: t.Any) -> Json:
        answer = requests.get(f"{self.address}/v1/{path}", timeout=5, **how)
        answer.raise_for_status()
        return answer.json()

    def kill(self) -> None:
        """At once, as a host does that loses its power."""
        docker("rm", "--force", self.container)


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {arguments[0]}: {done.stderr}"
    return done.stdout.strip()


def image() -> str:
    """The newest of the lab's images of Consul, empty where there is none."""
    try:
        found = docker("images", "--format={{.Repository}}:{{.Tag}}", "mlops-lab/consul")
    except FileNotFoundError:
        return ""
    return found.partition("\n")[0]


@contextlib.contextmanager
def servers(
    amount: int = 1, settings: Json = None, wan: t.Sequence[Server] = ()
) -> t.Iterator[list[Server]]:
    """So many servers of one datacenter, which have a leader; C(wan) are those of another."""
    places = [
        tuple(_free() for _part in ("http", "lan", "wan", "rpc")) for _server in range(amount)
    ]
    lans, wans = [place[1] for place in places], [server.wan for server in wan]
    started: list[Server] = []
    try:
        for place in places:
            container = _start(place, amount, lans, wans, settings or {})
            started.append(Server(container, *place[:3]))
        for server in started:
            _wait_for_leader(server)
        yield started
    finally:
        for server in started:
            with contextlib.suppress(AssertionError):  # a test may have killed it
                server.kill()


def _start(
    place: t.Sequence[int], amount: int, lans: list[int], wans: list[int], settings: Json
) -> str:
    http, lan, wan, rpc = place
    config = {
        "server": True,
        "bootstrap_expect": amount,
        "node_name": f"consul-{http}",
        "data_dir": "/consul",
        "bind_addr": "127.0.0.1",
        "client_addr": "127.0.0.1",
        "disable_update_check": True,
        "log_level": "err",
        "performance": {"raft_multiplier": 1},
        "ports": {"http": http, "serf_lan": lan, "serf_wan": wan, "server": rpc, "dns": -1},
        "retry_join": [f"127.0.0.1:{port}" for port in lans],
        "retry_join_wan": [f"127.0.0.1:{port}" for port in wans],
        **settings,
    }
    told = f"CONFIG={json.dumps(config)}"
    options = ("--detach", "--rm", "--network=host", "--tmpfs=/consul")
    return docker("run", *options, "--env", told, "--entrypoint=sh", image(), "-c", SCRIPT)


def _free() -> int:
    for port in PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free on the loopback address")


def _wait_for_leader(server: Server) -> None:
    """Until it answers consistent reads, for which it has to know the leader."""
    for _ in range(300):
        with contextlib.suppress(requests.RequestException):
            if server.get("status/leader") and _reads(server):
                return
        time.sleep(0.1)
    logs = docker("logs", "--tail=20", server.container)
    raise AssertionError(f"the Consul at {server.address} has no leader: {logs}")


def _reads(server: Server) -> bool:
    url = f"{server.address}/v1/kv/corpus-ready?consistent"
    return requests.get(url, timeout=5).status_code in (200, 403, 404)
