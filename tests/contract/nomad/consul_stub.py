# SPDX-License-Identifier: GPL-3.0-or-later
"""The few endpoints of a Consul agent that a Nomad agent talks to; kept in memory."""

from __future__ import annotations

import http.server
import json
import sys
import typing as t
import urllib.parse

OWN = {"Config": {"Datacenter": "dc1", "NodeName": "consul", "Server": True, "Version": "1.8.7"}}


class Agent(http.server.BaseHTTPRequestHandler):
    services: t.ClassVar[dict[str, t.Any]] = {}

    def do_GET(self) -> None:
        checks = {
            c["CheckID"]: {"CheckID": c["CheckID"], "ServiceID": s["ID"], "Status": c["Status"]}
            for s in self.services.values()
            for c in s["Checks"]
            if "Status" in c
        }
        known = {
            "/v1/agent/self": OWN,
            "/v1/agent/services": self.services,
            "/v1/agent/checks": checks,
        }
        self.reply(known.get(self.path))

    def do_PUT(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.path == "/v1/agent/service/register":
            service = json.loads(body)
            self.services[service["ID"]] = service
            self.reply({})
        elif self.path.startswith("/v1/agent/service/deregister/"):
            self.services.pop(urllib.parse.unquote(self.path.rpartition("/")[2]), None)
            self.reply({})
        else:
            self.reply(None)

    def reply(self, data: t.Any) -> None:
        text = json.dumps(data).encode()
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: t.Any) -> None:
        """Nothing: the tests' output is read by people."""


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Agent).serve_forever()
