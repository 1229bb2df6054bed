# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is not let in, asked from outside: the anonymous, those whose authority is another, plain text."""

from __future__ import annotations

import socket
import ssl
import typing as t

import pytest
import requests

from .hosts import HOME, Host, group
from .servers import CA, consul, leading, nomad, secret

Case = tuple[str, int, str]
# Service, its port, and what nobody without credentials may read there.
ASKED = {
    "consul_servers": [("consul", 8501, "/v1/kv/?recurse"), ("consul", 8501, "/v1/catalog/nodes")],
    "nomad_clients": [("consul", 8501, "/v1/agent/self"), ("nomad", 4646, "/v1/jobs")],
    "nomad_servers": [("nomad", 4646, "/v1/nodes"), ("nomad", 4646, "/v1/acl/tokens")],
    "prometheus": [("prometheus", 9090, "/api/v1/query?query=up")],
    "alertmanager": [("alertmanager", 9093, "/api/v2/alerts")],
    "grafana": [("grafana", 3000, "/api/search")],
}
REFUSED = {"consul": (403,), "nomad": (403,), "prometheus": (401,), "alertmanager": (401,)}


def cases() -> t.Iterator[t.Any]:
    for name, asked in ASKED.items():
        for host in group(name):
            for service, port, path in asked:
                yield pytest.param(service, host, port, path, id=f"{host.name}-{service}-{path}")


def doors() -> list[t.Any]:
    """Each service on each host, once."""
    found = {(service, host, port) for service, host, port, _path in (c.values for c in cases())}
    found |= {("node_exporter", host, 9100) for host in group("all")}
    ordered = sorted(found, key=lambda door: (door[1].name, door[2]))
    return [pytest.param(*door, id=f"{door[1].name}-{door[0]}") for door in ordered]


@pytest.mark.parametrize(("service", "host", "port", "path"), list(cases()))
def test_the_anonymous_are_refused(service: str, host: Host, port: int, path: str) -> None:
    answer = requests.get(f"https://{host.address}:{port}{path}", verify=str(CA), timeout=10)
    empty = service == "consul" and answer.text in ("[]", "")  # ACLs hide nodes, and say nothing
    assert answer.status_code in REFUSED.get(service, (401,)) or empty, answer.text[:200]


@pytest.mark.parametrize(("service", "host", "port"), doors())
def test_the_certificate_is_of_the_platforms_own_authority(
    service: str, host: Host, port: int
) -> None:
    """With it a handshake succeeds and names the host; without it, none does."""
    shake(host, port, ssl.create_default_context(cafile=str(CA)))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(host, port, ssl.create_default_context())


@pytest.mark.parametrize(("service", "host", "port"), doors())
def test_plain_text_is_refused(service: str, host: Host, port: int) -> None:
    """Go answers 400 to it; nothing of the service is behind that."""
    try:
        answer = requests.get(f"http://{host.address}:{port}/", timeout=10)
    except requests.ConnectionError:
        return
    assert answer.status_code == 400
    assert "HTTP request to an HTTPS server" in answer.text


@pytest.mark.parametrize("host", group("consul_servers"), ids=lambda host: host.name)
def test_consul_has_no_port_without_tls(host: Host) -> None:
    with socket.socket() as probe:
        assert probe.connect_ex((host.address, 8500)) != 0


@pytest.mark.parametrize("host", group("all"), ids=lambda host: host.name)
def test_the_exporter_wants_a_certificate(host: Host) -> None:
    url = f"https://{host.address}:9100/metrics"
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(url, verify=str(CA), timeout=10)
    own = HOME / "secrets" / "certs" / group("prometheus")[0].name / "prometheus"
    pair = (f"{own}.pem", f"{own}.key")
    answer = requests.get(url, verify=str(CA), cert=pair, timeout=10)
    assert "node_cpu_seconds_total" in answer.text


@pytest.mark.parametrize(
    ("service", "port", "path", "user", "password"),
    [
        ("prometheus", 9090, "/-/ready", "mlops", "prometheus_password"),
        ("alertmanager", 9093, "/-/ready", "mlops", "alertmanager_password"),
        ("grafana", 3000, "/api/org", "admin", "grafana_admin_password"),
    ],
)
def test_a_wrong_password_is_refused(
    service: str, port: int, path: str, user: str, password: str
) -> None:
    url = f"https://{group(service)[0].address}:{port}{path}"
    right = (user, secret(password))
    assert requests.get(url, auth=right, verify=str(CA), timeout=10).status_code == 200
    for wrong in ((user, "wrong"), ("nobody", right[1])):
        assert requests.get(url, auth=wrong, verify=str(CA), timeout=10).status_code == 401


def test_an_unknown_token_is_refused() -> None:
    stranger = "00000000-0000-4000-8000-000000000000"
    for server in (consul(group("consul_servers")[0]), nomad(group("nomad_servers")[0])):
        path = "kv/mlops?recurse" if server.service == "consul" else "jobs"
        known = type(server)(server.service, server.host, server.token)
        unknown = type(server)(server.service, server.host, stranger)
        assert known.request("GET", path).ok
        assert unknown.request("GET", path).status_code == 403


def test_a_token_can_do_no_more_than_its_job() -> None:
    """The trainer writes records of runs, Prometheus reads; neither sees or changes anything else."""
    host = leading("consul")  # another may lose the leader's refusal of a snapshot, and say 500
    trainer = type(consul(host))("consul", host, secret("consul_trainer_token"))
    prometheus = type(trainer)("consul", host, secret("consul_prometheus_token"))
    assert trainer.ask("PUT", "kv/mlops/runs/refusals", b"{}") is True
    assert trainer.ask("DELETE", "kv/mlops/runs/refusals") is True
    for server, path in (
        (trainer, "kv/mlops/config/training/epochs"),
        (trainer, "kv/mlops/state/refusals"),
        (prometheus, "kv/mlops/runs/refusals"),
    ):
        assert server.request("PUT", path, b"1").status_code == 403
    for server in (trainer, prometheus):
        assert server.request("GET", "acl/tokens").status_code == 403
        assert server.request("GET", "snapshot").status_code == 403


def shake(host: Host, port: int, context: ssl.SSLContext) -> None:
    with socket.create_connection((host.address, port), timeout=10) as plain:
        context.wrap_socket(plain, server_hostname=host.address).close()
