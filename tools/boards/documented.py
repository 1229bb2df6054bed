# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the queries that need more than the platform has, on metrics written from documentation:

python -m boards.documented /usr/bin/prometheus
python -m boards.documented --image prom/prometheus:v2.47.0

A real Prometheus scrapes documented/*.prom, each as the scrape job of its name.
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import typing as t

from .prove import Finding, Prometheus, Proof

DIRECTORY = pathlib.Path(__file__).parent / "documented"
JOBS = sorted(path.stem for path in DIRECTORY.glob("*.prom"))
LIMIT = 60.0


class _Exposition(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = (DIRECTORY / f"{pathlib.PurePosixPath(self.path).name}.prom").read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: t.Any) -> None:
        """A test prints its findings and nothing else."""


@contextlib.contextmanager
def exposition() -> t.Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Exposition)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def prometheus(binary: str, image: str, scraping: int) -> t.Iterator[str]:
    """A Prometheus of its own, by binary or image; the address where it answers."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        config = directory / "prometheus.yml"
        config.write_text(json.dumps(_config(scraping)), encoding="utf-8")
        address = f"127.0.0.1:{_free_port()}"
        container = directory.name
        command = [binary] if binary else _in_container(image, container, directory)
        options = {"config.file": config, "storage.tsdb.path": "/tmp/tsdb" if image else directory}
        options["web.listen-address"] = address
        process = subprocess.Popen(
            [*command, *(f"--{key}={value}" for key, value in options.items())],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield f"http://{address}"
        finally:
            if image:
                subprocess.run(["docker", "rm", "-f", container], capture_output=True, check=False)
            process.terminate()
            process.wait(timeout=30)


def _in_container(image: str, name: str, directory: pathlib.Path) -> list[str]:
    host = ["--network=host", f"--volume={directory}:{directory}:ro"]
    return ["docker", "run", "--rm", f"--name={name}", *host, "--entrypoint=prometheus", image]


def _config(port: int) -> dict[str, t.Any]:
    targets = [{"targets": [f"127.0.0.1:{port}"]}]
    jobs = [{"job_name": j, "metrics_path": f"/{j}", "static_configs": targets} for j in JOBS]
    return {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def findings(binary: str = "", image: str = "") -> list[Finding]:
    with exposition() as port, prometheus(binary, image, port) as url:
        server = Prometheus(url, 0.1)
        _wait(server)
        proof = Proof(server, events=True, simulated=False)
        return [found for found in proof.findings() if found.query.when.kind == "needs"]


def _wait(server: Prometheus) -> None:
    """Until each job was scraped."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if len(server.now("up == 1")) == len(JOBS):
                return
        time.sleep(0.5)
    raise TimeoutError(f"Prometheus has not scraped {', '.join(JOBS)} in {LIMIT:.0f} s")


def main() -> int:
    parser = argparse.ArgumentParser(prog="boards.documented", description=__doc__)
    parser.add_argument("binary", nargs="?", default="")
    parser.add_argument("--image", default="")
    asked = parser.parse_args()
    if bool(asked.binary) == bool(asked.image):
        parser.error("name a binary or an image")
    found = findings(asked.binary, asked.image)
    for one in found:
        sys.stdout.write(f"{one.verdict:10} {one.where}: needs {one.query.when.what}\n")
    return any(one.verdict != "answered" for one in found)


if __name__ == "__main__":
    sys.exit(main())
