# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that lets in only clients with a certificate and a token, and notes what they send."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import json
import typing as t
from urllib.parse import parse_qs, urlsplit

from ansible_collections.mlops.infra.tests.listening import Handler, behind_tls, listening

from .certificates import Authority, Pair

TOKEN = "11111111-2222-3333-4444-555555555555"
ITEMS = {"Path": "app", "Items": {"a": "1"}, "ModifyIndex": 1, "Namespace": "ns"}
NODE = {
    "ID": "5a7d6b9e-0000-0000-0000-000000000001",
    "Name": "n1",
    "Address": "127.0.0.1",
    "Datacenter": "dc1",
    "NodeClass": "",
    "Status": "ready",
    "SchedulingEligibility": "eligible",
    "ModifyIndex": 1,
    "CreateIndex": 1,
    "Drain": False,
    "Version": "2.0.5",
    "Drivers": {},
}


LISTS = ("jobs", "vars", "statuses", "allocations", "evaluations", "deployments")
KEY = {"Key": "app", "Flags": 0, "CreateIndex": 1, "ModifyIndex": 1, "LockIndex": 0}
AGENT = {"Node": "n1", "ID": "", "Address": "127.0.0.1", "Datacenter": "dc1", "CreateIndex": 1}


def _of_nomad(method: str, path: str) -> t.Any:
    if path == "/v1/nodes":
        return [NODE]
    if method == "GET" and path.endswith(LISTS):
        return []
    return ITEMS if path.startswith("/v1/var/") else {"Meta": {}, "ID": "x", "Name": "x"}


def _of_consul(_method: str, path: str) -> t.Any:
    if path.startswith("/v1/kv/"):
        return [{**KEY, "Value": "MQ=="}]
    if path == "/v1/catalog/nodes":
        return [{**AGENT, "TaggedAddresses": None, "Meta": None}]
    return {} if path == "/v1/catalog/services" else []


@dataclasses.dataclass(frozen=True)
class Product:
    """Whose server it plays: what its options and its environment are called."""

    header: str
    ca: str
    variables: dict[str, str]
    answer: t.Callable[[str, str], t.Any]


_TLS = {name: name for name in ("CACERT", "CLIENT_CERT", "CLIENT_KEY")}
NOMAD = Product(
    "X-Nomad-Token",
    "ca_path",
    {f"NOMAD_{name}": name for name in ("ADDR", "TOKEN", "NAMESPACE", "REGION", *_TLS)},
    _of_nomad,
)
CONSUL = Product(
    "X-Consul-Token",
    "ca_cert",
    {
        "CONSUL_HTTP_ADDR": "ADDR",
        "CONSUL_HTTP_TOKEN": "TOKEN",
        "CONSUL_NAMESPACE": "NAMESPACE",
        **{f"CONSUL_{name}": name for name in _TLS},
    },
    _of_consul,
)


@dataclasses.dataclass
class Gate:
    """Where it is, who is let in, and what was asked by whom."""

    address: str
    authority: Authority
    pair: Pair
    asked: list[dict[str, t.Any]]
    product: Product

    @property
    def options(self) -> dict[str, t.Any]:
        return {
            "address": self.address,
            "token": TOKEN,
            self.product.ca: self.authority.path,
            "client_cert": self.pair.cert,
            "client_key": self.pair.key,
        }

    @property
    def environment(self) -> dict[str, str]:
        values = {
            "ADDR": self.address,
            "TOKEN": TOKEN,
            "NAMESPACE": "ns",
            "REGION": "east",
            "CACERT": self.authority.path,
            "CLIENT_CERT": self.pair.cert,
            "CLIENT_KEY": self.pair.key,
        }
        return {variable: values[name] for variable, name in self.product.variables.items()}


def _handler(product: Product, asked: list[dict[str, t.Any]]) -> type[Handler]:
    class Gatekeeper(Handler):
        def serve(self) -> None:
            url = urlsplit(self.path)
            subject = dict(pair[0] for pair in self.connection.getpeercert()["subject"])
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            token = self.headers.get(product.header)
            asked.append(
                {
                    "method": self.command,
                    "path": url.path,
                    "client": subject["commonName"],
                    "token": token,
                    "namespace": query.get("namespace") or query.get("ns"),
                    "region": query.get("region"),
                }
            )
            self.content()
            known = token == TOKEN
            raw = (
                json.dumps(product.answer(self.command, url.path)).encode()
                if known
                else b"Permission denied"
            )
            self.answer(200 if known else 403, raw, X_Consul_Index="1")

    return Gatekeeper


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: t.Any) -> None:
        """Who is not let in is what the tests are about."""


@contextlib.contextmanager
def serving(authority: Authority, product: Product = NOMAD) -> t.Iterator[Gate]:
    """Its certificate has the names localhost, server.global.nomad and server.dc1.consul, and no address."""
    own = authority.signed("server", "server.global.nomad", "server.dc1.consul", "localhost")
    asked: list[dict[str, t.Any]] = []
    server = _Server(("127.0.0.1", 0), _handler(product, asked))
    client = authority.signed("client", "cli.global.nomad")
    with listening(behind_tls(server, own.cert, own.key, clients=authority.path)):
        yield Gate(f"https://localhost:{server.server_port}", authority, client, asked, product)
