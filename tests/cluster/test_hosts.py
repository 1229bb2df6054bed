# SPDX-License-Identifier: GPL-3.0-or-later
"""Every host has what the inventory says, and got it from this machine."""

from __future__ import annotations

import re
import ssl

import pytest
import requests
from cryptography import x509

from . import hosts
from .servers import CA, PORTS, consul, healthy, leading, members, nomad, secret, until


def test_consul_knows_every_host() -> None:
    agents = {
        host.name
        for g in ("consul_servers", "nomad_servers", "nomad_clients")
        for host in hosts.group(g)
    }
    known = {
        node["Address"] for node in consul(hosts.group("consul_servers")[0]).get("catalog/nodes")
    }
    assert known == {host.address for host in hosts.everyone() if host.name in agents}


@pytest.mark.parametrize("service", ["consul", "nomad"])
def test_the_servers_have_one_leader_and_are_well(service: str) -> None:
    assert leading(service) in [server.host for server in members(service)]
    until(lambda: healthy(service), f"the servers of {service} are well")


def test_every_client_can_be_given_work() -> None:
    found = nomad(hosts.group("nomad_servers")[0]).get("nodes")
    ready = {node["Address"] for node in found if node["Status"] == "ready"}
    assert ready == {host.address for host in hosts.group("nomad_clients")}


@pytest.mark.parametrize("job", ["node", "nomad", "consul"])
def test_prometheus_sees_every_host(job: str) -> None:
    """One exporter each, one Consul agent and one Nomad agent where there is one."""
    agents = {*hosts.group("nomad_servers"), *hosts.group("nomad_clients")}
    there = {
        "node": hosts.everyone(),
        "nomad": agents,
        "consul": agents | {*hosts.group("consul_servers")},
    }
    count = len(there[job])
    until(lambda: up(job) == count, f"{count} targets of {job} are up")


def up(job: str) -> int:
    url = f"https://{hosts.group('prometheus')[0].address}:9090/api/v1/query"
    login = ("mlops", secret("prometheus_password"))
    query = {"query": f'count(up{{job="{job}"}} == 1)'}
    answer = requests.get(url, params=query, auth=login, verify=str(CA), timeout=10).json()
    found = answer["data"]["result"]
    return int(found[0]["value"][1]) if found else 0


@pytest.mark.parametrize("host", hosts.everyone(), ids=lambda host: host.name)
def test_the_exporter_tells_when_each_certificate_ends_that_is_shown(host: hosts.Host) -> None:
    own = hosts.HOME / "secrets" / "certs" / hosts.group("prometheus")[0].name / "prometheus"
    pair = (f"{own}.pem", f"{own}.key")
    url = f"https://{host.address}:{PORTS['node_exporter']}/metrics"
    text = requests.get(url, verify=str(CA), cert=pair, timeout=10).text
    metric = r'^mlops_certificate_not_after_seconds\{service="(\w+)"\} (\S+)$'
    told = {service: float(when) for service, when in re.findall(metric, text, re.MULTILINE)}
    assert told.pop("authority") == ending(CA.read_text())
    assert "node_exporter" in told
    for service in set(told) & set(PORTS):
        pem = ssl.get_server_certificate((host.address, PORTS[service]), timeout=10)
        assert told[service] == ending(pem), service


def ending(pem: str) -> float:
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc.timestamp()


@pytest.mark.parametrize("host", hosts.everyone(), ids=lambda host: host.name)
def test_no_host_has_built_or_fetched_an_image(host: hosts.Host) -> None:
    """An image has the id of the one on this machine only if it came from there."""
    shown = "{{.ID}} {{.Repository}}:{{.Tag}}"
    there = host.docker("image", "ls", "--no-trunc", f"--format={shown}").splitlines()
    here = hosts.local("docker", "image", "ls", "--no-trunc", f"--format={shown}").splitlines()
    assert there
    assert set(there) <= set(here)


def test_no_host_reaches_a_registry() -> None:
    assert (
        hosts.local("docker", "network", "inspect", "--format={{.Internal}}", "mlops-cluster")
        == "true\n"
    )


def test_what_runs_leave_behind_is_shared() -> None:
    """The volume that stands for NFS: what one trainer's host writes, all of them see."""
    first, *others = hosts.group("trainers")
    first.run("sh", "-c", "echo seen > /srv/artifacts/shared")
    assert [host.run("cat", "/srv/artifacts/shared").strip() for host in others] == ["seen"] * len(
        others
    )
    first.run("rm", "/srv/artifacts/shared")


def test_the_smoke_run_is_done() -> None:
    server = members("consul")[0]
    keys = server.get("kv/mlops/runs/", keys="true")
    assert [server.get(f"kv/{key}", raw="true")["status"] for key in keys] == ["done"] * len(keys)
    assert keys
