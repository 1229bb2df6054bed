# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this container is well, for Docker: it trains at one port, or serves at the other."""

from __future__ import annotations

import http.client
import os
import sys

PORTS = {"MLOPS_METRICS_PORT": 9105, "MLOPS_SERVING_PORT": 9106}


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
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
