# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Consul that speaks nothing but TLS and asks for certificates, gone after the tests."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import subprocess
import time
import typing as t

import requests

from .agents import free
from .certificates import Authority, Pair

NAMES = ("server.dc1.consul", "localhost")


@dataclasses.dataclass(frozen=True)
class Agent:
    """C(plain) is the port that speaks no TLS."""

    address: str
    plain: str
    authority: Authority
    pair: Pair

    @property
    def options(self) -> dict[str, t.Any]:
        return {
            "address": self.address,
            "ca_cert": self.authority.path,
            "client_cert": self.pair.cert,
            "client_key": self.pair.key,
        }

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CONSUL_HTTP_ADDR": self.address,
            "CONSUL_CACERT": self.authority.path,
            "CONSUL_CLIENT_CERT": self.pair.cert,
            "CONSUL_CLIENT_KEY": self.pair.key,
        }

    def get(self, path: str) -> t.Any:
        cert = (self.pair.cert, self.pair.key)
        where = f"{self.address}/v1/{path}"
        return requests.get(where, verify=self.authority.path, cert=cert, timeout=5).json()


@contextlib.contextmanager
def agent(binary: str, home: pathlib.Path) -> t.Iterator[Agent]:
    authority = Authority(home, "authority")
    own = authority.signed("server", *NAMES)
    https, http, server, lan, wan = free(5)
    settings = {
        "server": True,
        "bootstrap_expect": 1,
        "node_name": "secured",
        "data_dir": str(home / "data"),
        "bind_addr": "127.0.0.1",
        "client_addr": "127.0.0.1",
        "disable_update_check": True,
        "ports": {
            **{"https": https, "http": http, "server": server, "dns": -1},
            **{"serf_lan": lan, "serf_wan": wan},
        },
        "ca_file": authority.path,
        "cert_file": own.cert,
        "key_file": own.key,
        "verify_incoming": True,
        "verify_outgoing": True,
        "verify_server_hostname": True,
    }
    (home / "consul.json").write_text(json.dumps(settings))
    with (home / "log").open("wb") as log:
        started = subprocess.Popen(
            [binary, "agent", f"-config-file={home / 'consul.json'}"],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            pair = authority.signed("client", "cli.dc1.consul")
            places = f"https://localhost:{https}", f"http://127.0.0.1:{http}"
            found = Agent(*places, authority, pair)
            _wait(found, home / "log")
            yield found
        finally:
            started.terminate()
            started.wait(30)


def _wait(agent: Agent, log: pathlib.Path) -> None:
    """Until it has a leader and is in its own catalog."""
    for _ in range(300):
        with contextlib.suppress(requests.RequestException, ValueError):
            if agent.get("status/leader") and agent.get("catalog/nodes"):
                return
        time.sleep(0.1)
    raise AssertionError(f"no leader: {log.read_text()[-2000:]}")
