# SPDX-License-Identifier: GPL-3.0-or-later
"""The server under test: a simulator of our own, or a real one by MLOPS_NOMAD_CONTRACT_ADDR."""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time
import typing as t

import pytest
import requests
from ansible_collections.mlops.infra.tests.contract.nomad import secured
from ansible_collections.mlops.infra.tests.secured import agents

PACKAGE = pathlib.Path(__file__).parents[3] / "roles/lab/files/nomad_sim"
CONFIG = """
data_dir  = "{data}"
name      = "contract"
bind_addr = "127.0.0.1"
ports {{
  http = {port}
}}
server {{
  enabled          = true
  bootstrap_expect = 1
}}
client {{
  enabled           = true
  cpu_total_compute = 8000
  meta {{
    mlops_trainer = "true"
  }}
  host_volume "scratch" {{
    path = "{scratch}"
  }}
}}
consul {{
  address = "127.0.0.1:{consul}"
}}
telemetry {{
  collection_interval        = "1s"
  disable_hostname           = true
  prometheus_metrics         = true
  publish_allocation_metrics = true
  publish_node_metrics       = true
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture(scope="session")
def nomad(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[str]:
    given = os.environ.get("MLOPS_NOMAD_CONTRACT_ADDR")
    if given:
        yield given.rstrip("/")
        return
    with simulator(tmp_path_factory.mktemp("nomad")) as address:
        yield address


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[secured.Server]:
    home = tmp_path_factory.mktemp("secured")
    ports = agents.free(4)
    with secured.running(home, ports, os.environ.get("MLOPS_NOMAD_CONTRACT_BIN", "")) as server:
        yield server


@contextlib.contextmanager
def simulator(root: pathlib.Path) -> t.Iterator[str]:
    """The address of one that runs meanwhile, with its data in C(root)."""
    port, consul = free_port(), free_port()
    registry = subprocess.Popen([sys.executable, str(CONSUL), str(consul)])
    file, scratch = root / "nomad.hcl", root / "scratch"
    scratch.mkdir()
    text = CONFIG.format(data=root / "data", scratch=scratch, port=port, consul=consul)
    file.write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    command = [sys.executable, "-m", "nomad_sim", "agent", f"-config={file}"]
    process = subprocess.Popen(command, env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/v1/agent/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        for one in (process, registry):
            one.terminate()
            one.wait(timeout=10)
        secured.remove_containers(root / "data" / "alloc")


CONSUL = pathlib.Path(__file__).with_name("consul_stub.py")
