# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the simulator as the container does: without arguments, all from the environment."""

from __future__ import annotations

import logging
import os
import sys

import uvicorn

from . import NAME, NOTICE
from .app import build_app
from .settings import SettingsError, from_environment


def main() -> int:
    logging.basicConfig(
        level=logging.INFO, format="logger=%(name)s level=%(levelname)s %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        settings = from_environment(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{NAME}: {error}\n")
        return 1
    tls = settings.protocol == "https"
    uvicorn.run(
        build_app(settings),
        host=settings.address,
        port=settings.port,
        access_log=False,
        server_header=False,
        headers=[("Server", f"{NAME} ({NOTICE})")],
        ssl_certfile=settings.cert_file if tls else None,
        ssl_keyfile=settings.cert_key if tls else None,
        timeout_graceful_shutdown=5,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
