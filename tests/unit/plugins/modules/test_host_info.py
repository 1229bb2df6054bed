# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.modules import host_info

ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
br-1\t000014AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
"""
MOUNTS = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 254:0 /srv /var/lib/mlops/nomad rw,relatime shared:5 - ext4 /dev/vda rw
41 40 0:50 / /var/lib/mlops/nomad/data/alloc/1/secrets rw shared:6 - tmpfs tmpfs rw
42 27 0:51 / /var/lib/mlops2\\040x rw shared:7 - tmpfs tmpfs rw
43 42 0:52 / /var/lib/mlops2\\040x rw - tmpfs tmpfs rw
"""
HERE = {
    "path": "/",
    "ports": [],
    "address": "127.0.0.1",
    "subnet": "",
    "peers": [],
    "paths": [],
    "reference_time": None,
}


def test_routes_leave_out_the_default_route() -> None:
    assert host_info.routes(ROUTES) == [
        {"network": "172.17.0.0/16", "interface": "docker0"},
        {"network": "172.20.0.0/16", "interface": "br-1"},
    ]


@pytest.mark.parametrize(
    ("subnet", "interfaces"),
    [
        ("172.20.0.0/16", ["br-1"]),
        ("172.16.0.0/12", ["docker0", "br-1"]),
        ("10.0.0.0/8", []),
        ("", []),
    ],
)
def test_overlap(subnet: str, interfaces: list[str]) -> None:
    found = host_info.overlapping(host_info.routes(ROUTES), subnet)
    assert [route["interface"] for route in found] == interfaces


def test_a_subnet_with_host_bits_is_an_error() -> None:
    with pytest.raises(UserError, match="write it as"):
        host_info.overlapping([], "172.20.0.1/16")


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/var/lib/mlops", False),
        ("/var/lib/mlops/nomad", True),
        ("/var/lib/mlops/nomad/data", True),
        ("/var/lib/mlops/nomads", False),
        ("/var/lib/mlops2 x", False),  # the last of two mounts on one point counts
    ],
)
def test_shared_mount(path: str, shared: bool) -> None:
    assert host_info.shared(path, host_info.parse_mounts(MOUNTS)) is shared


def test_a_port_is_taken_while_somebody_listens() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert host_info.taken("127.0.0.1", port)
    assert not host_info.taken("127.0.0.1", port)


@pytest.mark.parametrize("address", ["203.0.113.9", "no-such.invalid", "a..b", "::1"])
def test_an_address_of_another_host_is_no_taken_port(address: str) -> None:
    with pytest.raises(UserError, match=r"address: .* is not an IPv4 address of this host"):
        host_info.taken(address, 4646)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ports": [65536]}, "ports: 65536 is not a port"),
        ({"ports": [-1]}, "ports: -1 is not a port"),
        ({"peers": ["192.0.2.1"]}, "peers: '192.0.2.1' is not an address with a port"),
        ({"peers": ["192.0.2.1:x"]}, "is not an address with a port"),
        ({"path": "/a\0"}, "path: it has a NUL"),
        ({"address": "a\0"}, "address: it has a NUL"),
    ],
)
def test_what_cannot_be_looked_at_is_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        host_info.run({**HERE, **options})


def test_this_host(tmp_path: Path) -> None:
    info = host_info.run({**HERE, "path": str(tmp_path / "not" / "yet")})
    assert info["clock_offset"] is None
    assert info["memory_mb"] > 100
    assert info["disk_free_mb"] > 0
    assert info["mounts"] == []


def test_paths_that_are_there(tmp_path: Path) -> None:
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    paths = [str(tmp_path), str(tmp_path / "not"), str(dangling)]
    assert host_info.run({**HERE, "paths": paths})["paths_found"] == [str(tmp_path), str(dangling)]


def test_how_far_the_clock_is_off() -> None:
    for seconds in (-60.0, 0.0, 60.0):
        info = host_info.run({**HERE, "reference_time": time.time() - seconds})
        assert abs(info["clock_offset"] - seconds) < 5


def test_peers_that_listen_refuse_or_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_info, "PEER_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        listening = f"127.0.0.1:{server.getsockname()[1]}"
        refusing = "127.0.0.1:1"
        nowhere = "nowhere.invalid:8300"
        peers = [listening, refusing, nowhere]
        info = host_info.run({**HERE, "peers": peers})
    assert info["peers_unreachable"] == [nowhere]
