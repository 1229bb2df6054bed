# SPDX-License-Identifier: GPL-3.0-or-later
"""A server with TLS and ACLs, and with a Consul agent that has both: a real program, or the simulator."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time
import typing as t

import docker
import requests

from ...secured import agents
from ...secured.certificates import Authority, Pair
from .cases_secured import BOOTSTRAP, SECRET
from .play import Door, Player
from .steps import JSON

PACKAGE = pathlib.Path(__file__).parents[3] / "roles/lab/files/nomad_sim"
STUB = pathlib.Path(__file__).with_name("consul_stub.py")
SIMULATOR = (sys.executable, "-m", "nomad_sim")
CONSUL_TOKEN = "6d1f5a0e-0d6c-4b52-8f6a-3d1f0b8a5c11"
HERE = "127.0.0.1"
LABEL = "com.hashicorp.nomad.alloc_id"


@dataclasses.dataclass(frozen=True)
class Server:
    """One that is bootstrapped; C(bootstrapped) is what it said to that."""

    address: str
    door: Door
    bootstrapped: list[dict[str, JSON]]

    def player(self) -> Player:
        return Player(self.address, self.door)


def version(server: Server) -> str:
    return str(server.player().ask("/v1/agent/self")["config"]["Version"]["Version"])


def _configuration(home: pathlib.Path, ports: list[int], authority: Authority, own: Pair) -> JSON:
    options = {
        "driver.allowlist": "docker",
        "fingerprint.denylist": "env_aws,env_azure,env_digitalocean,env_gce",
    }
    return {
        "name": "contract",
        "data_dir": str(home / "data"),
        "bind_addr": HERE,
        "advertise": dict.fromkeys(("http", "rpc", "serf"), HERE),
        "ports": dict(zip(("http", "rpc", "serf"), ports, strict=False)),
        "disable_update_check": True,
        "acl": {"enabled": True},
        "server": {"enabled": True, "bootstrap_expect": 1},
        "client": {
            "enabled": True, "cpu_total_compute": 8000, "network_interface": "lo",
            "options": options,
        },
        "consul": {
            "address": f"{HERE}:{ports[3]}", "ssl": True, "ca_file": authority.path,
            "token": CONSUL_TOKEN,
        },
        "tls": {
            "http": True, "rpc": True, "ca_file": authority.path, "cert_file": own.cert,
            "key_file": own.key, "verify_server_hostname": True, "verify_https_client": False,
        },
        # Two clients on one Docker engine would reap each other's tasks.
        "plugin": [{"docker": [{"config": [{"gc": [{"dangling_containers": [{"dry_run": True}]}]}]}]}],
    }  # fmt: skip


@contextlib.contextmanager
def running(home: pathlib.Path, ports: list[int], program: str = "") -> t.Iterator[Server]:
    """C(program): a real Nomad; without one it is the simulator."""
    authority = Authority(home, "authority")
    own = authority.signed("server", "server.global.nomad", "localhost", addresses=(HERE,))
    (home / "data").mkdir()
    file = home / "nomad.json"
    file.write_text(json.dumps(_configuration(home, ports, authority, own)), encoding="utf-8")
    command = [*((program,) if program else SIMULATOR), "agent", f"-config={file}"]
    consul = [sys.executable, str(STUB), str(ports[3]), f"--cert={own.cert}", f"--key={own.key}",
              f"--token={CONSUL_TOKEN}"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    with (home / "log").open("w") as log, contextlib.ExitStack() as stack:
        stack.callback(remove_containers, home / "data" / "alloc")
        for words in (consul, command):
            process = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
            stack.callback(agents.stopped, process, home / "data")
        door = Door(authority.path, SECRET, f"https://{HERE}:{ports[3]}", CONSUL_TOKEN)
        found = Server(f"https://{HERE}:{ports[0]}", door, [])
        _until(lambda: _leader(found.address, authority.path), home / "log")
        found.bootstrapped.extend(found.player().play(BOOTSTRAP))
        _until(lambda: _knows_consul(found.player()), home / "log")
        yield found


def remove_containers(allocs: pathlib.Path) -> None:
    """The tasks outlive their agent, as they should; after the tests they go."""
    ids = [p.name for p in allocs.iterdir()] if allocs.exists() else []
    client = docker.DockerClient.from_env()
    for alloc in ids:
        for container in client.containers.list(all=True, filters={"label": f"{LABEL}={alloc}"}):
            container.remove(force=True)


def _leader(address: str, authority: str) -> bool:
    try:
        return requests.get(f"{address}/v1/status/leader", verify=authority, timeout=5).ok
    except requests.ConnectionError:
        return False


def _knows_consul(player: Player) -> bool:
    nodes = player.ask("/v1/nodes")
    node = player.ask("/v1/node/{id}", id=nodes[0]["ID"]) if nodes else {"Attributes": {}}
    return "consul.version" in node["Attributes"] and node["Status"] == "ready"


def _until(happened: t.Callable[[], bool], log: pathlib.Path) -> None:
    for _ in range(300):
        if happened():
            return
        time.sleep(0.2)
    tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-10:])
    raise AssertionError(f"the server does not come up:\n{tail}")
