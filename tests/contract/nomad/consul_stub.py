# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of a Consul agent as a Nomad agent needs: it keeps services, and tells what it was told.

With a certificate it speaks TLS, and with a token it lets in nobody without it.
"""

from __future__ import annotations

import argparse
import http.server
import json
import ssl
import typing as t
import urllib.parse

JSON = t.Any
OWN = {"Config": {"Datacenter": "dc1", "NodeName": "consul", "Server": True, "Version": "1.8.7"}}
REGISTER, DEREGISTER = "/v1/agent/service/register", "/v1/agent/service/deregister/"
CHECK, UNCHECK = "/v1/agent/check/register", "/v1/agent/check/deregister/"
# Not Consul's: the services of a name, without the ids that a Nomad agent makes up.
SEEN = "/seen/"


class Agent(http.server.BaseHTTPRequestHandler):
    services: t.ClassVar[dict[str, JSON]] = {}
    checks: t.ClassVar[dict[str, JSON]] = {}
    token: t.ClassVar[str] = ""

    def do_GET(self) -> None:
        path, _mark, query = self.path.partition("?")
        known = {
            "/v1/agent/self": OWN,
            "/v1/agent/services": self.services,
            "/v1/agent/checks": self.checks,
        }
        tag = query.removeprefix("tag=") if query.startswith("tag=") else ""
        seen = self._seen(path.removeprefix(SEEN), tag) if path.startswith(SEEN) else None
        self.reply(known.get(path, seen))

    def do_PUT(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = self.path.partition("?")[0]
        if not self._allowed():
            self.reply(None)
        elif path == REGISTER:
            self._register(json.loads(body))
        elif path == CHECK:
            self._check(json.loads(body))
        elif path.startswith(DEREGISTER):
            self._forget(urllib.parse.unquote(path.removeprefix(DEREGISTER)))
        elif path.startswith(UNCHECK):
            self.checks.pop(urllib.parse.unquote(path.removeprefix(UNCHECK)), None)
            self.reply({})
        else:
            self.reply(None)

    def _allowed(self) -> bool:
        return self.token in ("", self.headers.get("X-Consul-Token", ""))

    def _register(self, service: JSON) -> None:
        # Nomad's client reads the name as Service.
        self.services[service["ID"]] = {**service, "Service": service["Name"]}
        for check in service["Checks"] or []:
            self._keep({**check, "ServiceID": service["ID"]})
        self.reply({})

    def _check(self, check: JSON) -> None:
        self._keep(check)
        self.reply({})

    def _keep(self, check: JSON) -> None:
        check_id = check.get("CheckID") or check["ID"]
        status = check.get("Status") or "critical"
        self.checks[check_id] = {**check, "CheckID": check_id, "Status": status}

    def _forget(self, service_id: str) -> None:
        self.services.pop(service_id, None)
        for check in [k for k, c in self.checks.items() if c.get("ServiceID") == service_id]:
            del self.checks[check]
        self.reply({})

    def _seen(self, name: str, tag: str) -> JSON:
        return [
            {
                **{key: service.get(key) for key in ("Name", "Address", "Port", "Meta")},
                "Tags": service.get("Tags") or [],
                "Checks": sorted(
                    (_without_ids(c) for c in self.checks.values() if c["ServiceID"] == found),
                    key=lambda check: str(check["Name"]),
                ),
            }
            for found, service in self.services.items()
            if service["Name"] == name and (not tag or tag in (service.get("Tags") or []))
        ]

    def reply(self, data: JSON) -> None:
        allowed = self._allowed()
        status = 403 if not allowed else 404 if data is None else 200
        text = json.dumps(data if allowed else "Permission denied").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: t.Any) -> None:
        """Nothing: the tests' output is read by people."""


def _without_ids(check: JSON) -> JSON:
    return {k: v for k, v in check.items() if k not in ("ID", "CheckID", "ServiceID")}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    for option in ("cert", "key", "token"):
        parser.add_argument(f"--{option}", default="")
    options = parser.parse_args()
    Agent.token = options.token
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Agent)
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    server.serve_forever()


if __name__ == "__main__":
    main()
