# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this container is well, for Docker: it trains at one port, or serves at the other."""

from __future__ import annotations

import http.client
import os
import ssl
import sys

PORTS = {"MLOPS_METRICS_PORT": 9105, "MLOPS_SERVING_PORT": 9106}


def connect(port: int) -> http.client.HTTPConnection:
    if not os.environ.get("MLOPS_TLS_CERT"):
        return http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    # The certificate need not name this address, and who answers here is no question.
    tls = ssl.create_default_context()
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=2, context=tls)


def answers(port: int) -> bool:
    connection = connect(port)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    ports = [int(os.environ.get(name) or default) for name, default in PORTS.items()]
    sys.exit(not any(answers(port) for port in ports))
