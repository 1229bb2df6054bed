# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests' instance left on the host: python tests/stack/left_behind.py note|check FILE.

C(note) writes down what is there before an instance is made. C(check) looks after it was removed, and
fails with a line for each thing that is of the instance, or that was not there before.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import typing as t
from pathlib import Path

import platform_state as platform

SHARED_PLACES = ("/etc", "/opt", "/srv", "/var/lib", "/usr/local/bin")
# The engine's own, which stays for the next instance.
ENGINES = {"/etc/docker", "/opt/containerd", "/var/lib/docker", "/var/lib/containerd"}


def listing() -> dict[str, list[str]]:
    """What several share, so that only a comparison tells what came with the instance."""
    places = (
        path for place in map(Path, SHARED_PLACES) if place.is_dir() for path in place.iterdir()
    )
    return {
        "volume": docker("volume", "ls", "--quiet"),
        "file or directory": sorted({str(path) for path in places} - ENGINES),
    }


def of_the_instance() -> t.Iterator[str]:
    yield from (f"container {name}" for name in containers())
    networks = docker("network", "ls", "--format", "{{.Name}}")
    yield from (f"network {name}" for name in networks if name == platform.NAME)
    yield from (f"mount {path}" for path in mounts())
    yield from (f"directory {path}" for path in [platform.DATA] if path.exists())
    yield from (f"process {command}" for command in processes())
    urls = (platform.CONSUL, platform.NOMAD, platform.GRAFANA)
    ports = (int(url.rsplit(":", 1)[1]) for url in urls)
    yield from (f"listening port {port}" for port in ports if listens(port))


def docker(*arguments: str) -> list[str]:
    """The lines of its answer; none where no engine answers, as before the first instance."""
    try:
        return platform.docker(*arguments).splitlines()
    except (OSError, subprocess.CalledProcessError):
        return []


def containers() -> t.Iterator[str]:
    """Those of the instance by their name, and its runs' by what they have mounted."""
    shown = "{{.Names}} {{.Mounts}}"
    for line in docker("ps", "--all", "--no-trunc", "--format", shown):
        name, _blank, sources = line.partition(" ")
        if name.startswith(f"{platform.NAME}-") or f"{platform.DATA}/" in sources:
            yield name


def mounts() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    paths = [line.split()[4] for line in lines]
    return [path for path in paths if path.startswith(str(platform.DATA))]


def processes() -> t.Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended
        if f"{platform.DATA}/" in command:
            yield command


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main(verb: str, file: Path) -> int:
    if verb == "note":
        file.write_text(json.dumps(listing()))
        return 0
    left = list(of_the_instance())
    before = json.loads(file.read_text()) if file.exists() else listing()
    for kind, things in listing().items():
        left += [f"{kind} {thing}" for thing in sorted(set(things) - set(before[kind]))]
    file.unlink(missing_ok=True)
    print("\n".join(left) or "nothing is left")
    return len(left) > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
