# SPDX-License-Identifier: GPL-3.0-or-later
"""Consul and Nomad as a stranger with the right token sees them: plain HTTPS, none of our modules."""

from __future__ import annotations

import dataclasses
import time
import typing as t

import requests

from .hosts import HOME, Host, group

CA = HOME / "secrets" / "ca" / "ca.pem"
PORTS = {
    "consul": 8501,
    "nomad": 4646,
    "prometheus": 9090,
    "alertmanager": 9093,
    "grafana": 3000,
    "node_exporter": 9100,
}
HEADERS = {"consul": "X-Consul-Token", "nomad": "X-Nomad-Token"}


def secret(name: str) -> str:
    """As the roles use it: 32 hexadecimal digits are a UUID."""
    text = (HOME / "secrets" / name).read_text().strip()
    if name.endswith("_token") and len(text) == 32:
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    return text


@dataclasses.dataclass(frozen=True)
class Server:
    service: str
    host: Host
    token: str = ""
    ca: str = str(CA)

    @property
    def url(self) -> str:
        return f"https://{self.host.address}:{PORTS[self.service]}"

    def request(
        self, method: str, path: str, body: t.Any = None, **params: str
    ) -> requests.Response:
        headers = {HEADERS[self.service]: self.token} if self.token else {}
        url = f"{self.url}/v1/{path}"
        raw = {"data": body} if isinstance(body, bytes) else {"json": body}
        return requests.request(
            method, url, params=params, headers=headers, verify=self.ca, timeout=10, **raw
        )

    def ask(self, method: str, path: str, body: t.Any = None, **params: str) -> t.Any:
        answer = self.request(method, path, body, **params)
        assert answer.ok, f"{method} {path} at {self.host.name}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path: str, **params: str) -> t.Any:
        return self.ask("GET", path, **params)


def consul(host: Host) -> Server:
    return Server("consul", host, secret("consul_modules_token"))


def nomad(host: Host) -> Server:
    return Server("nomad", host, secret("nomad_modules_token"))


OF = {"consul": consul, "nomad": nomad}


def members(service: str) -> list[Server]:
    return [OF[service](host) for host in group(f"{service}_servers")]


def leader(service: str, among: t.Iterable[Server] | None = None) -> Host | None:
    """Who leads, if those who are asked agree."""
    asked = list(members(service) if among is None else among)
    said = {str(address(server)) for server in asked}
    if len(said) != 1:
        return None
    found = said.pop().rpartition(":")[0]
    return next((s.host for s in members(service) if s.host.address == found), None)


def leading(service: str) -> Host:
    found = until(lambda: leader(service), f"all servers of {service} know the same leader")
    assert isinstance(found, Host)
    return found


def address(server: Server) -> str | None:
    """Where its leader is, as far as it knows."""
    try:
        return t.cast(str, server.get("status/leader"))
    except (AssertionError, requests.RequestException):
        return None


def healthy(service: str, count: int | None = None) -> bool:
    """Whether autopilot finds every server well, and there are as many as the inventory names."""
    wanted = count or len(members(service))
    for server in members(service):
        try:
            found = server.request("GET", "operator/autopilot/health").json()
        except requests.RequestException:
            continue
        return bool(found.get("Healthy")) and len(found.get("Servers") or []) == wanted
    return False


def until(happened: t.Callable[[], t.Any], what: str, seconds: float = 120) -> t.Any:
    """What C(happened) gives as soon as it is something; not to be used for saying how long a thing may take."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := happened():
            return found
        time.sleep(0.5)
    raise AssertionError(f"in {seconds:.0f} s it did not happen that {what}")
