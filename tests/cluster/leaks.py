# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a secret of the platform can be read by whom it is not for: python -m tests.cluster.leaks prints a table.

Each secret is its own canary: it is random, so whatever it is found in has got it from the platform. It
is looked for as it is, as Consul and Nomad write a token, in base64 wherever it begins there, and as URLs write it.
"""

from __future__ import annotations

import base64
import sys
import typing as t
import urllib.parse
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[2]))
from tests.cluster.hosts import HOME, Host, everyone

SECRETS = HOME / "secrets"
RECORDS = HOME / "records"
# As a user who is nobody else on the host.
READABLE = (
    "cd /; setpriv --reuid=12345 --regid=12345 --clear-groups find / -xdev -type f -readable"
    " \\( -path '/var/lib/mlops/*' -o -path '/etc/*' -o -path '/tmp/*' -o -path '/var/log/*'"
    " -o -path '/root/*' \\) -size -4096k -exec cat {} + 2> /dev/null; true"
)
PROCESSES = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2> /dev/null; true"
LOGS = "for one in $(docker ps --all --quiet); do docker logs $one 2>&1; done"


def secrets() -> dict[str, str]:
    """By its file's name, what must be found nowhere. Of a key in PEM a line says enough."""
    found = {}
    for path in sorted(SECRETS.rglob("*")):
        if path.is_file() and path.suffix != ".pem" and path.name != ".gitignore":
            text = path.read_text().strip()
            found[str(path.relative_to(SECRETS))] = text.splitlines()[min(2, text.count("\n"))]
    return found


def forms(secret: str) -> set[str]:
    wanted = {secret, urllib.parse.quote(secret, safe="")}
    if len(secret) == 32:
        wanted.add("-".join((secret[:8], secret[8:12], secret[12:16], secret[16:20], secret[20:])))
    return wanted | {inner for one in wanted for inner in encoded(one)}


def encoded(secret: str) -> t.Iterator[str]:
    """What is left of its base64 form, whatever stands before and after it."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
        yield text[(0, 2, 3)[before] : len(text) - (len(text) % 4 != 0)]


def places() -> t.Iterator[tuple[str, str, str]]:
    """Kind of place, which one, and all that can be read there."""
    for host in everyone():
        yield from on(host)
    for record in sorted(RECORDS.glob("*")):
        kind = "processes" if record.suffix == ".processes" else "ansible"
        yield kind, record.name, record.read_text(errors="replace")


def on(host: Host) -> t.Iterator[tuple[str, str, str]]:
    yield "docker inspect", host.name, host.run("sh", "-c", "docker inspect $(docker ps -aq)")
    yield "docker logs", host.name, host.run("sh", "-c", LOGS)
    yield "processes", host.name, host.run("sh", "-c", PROCESSES)
    yield "files for everybody", host.name, host.run("sh", "-c", READABLE)


def search(where: t.Iterable[tuple[str, str, str]]) -> dict[str, dict[str, list[str]]]:
    """By secret and kind of place, in which places it is."""
    wanted = {name: forms(text) for name, text in secrets().items()}
    found: dict[str, dict[str, list[str]]] = {name: {} for name in wanted}
    for kind, which, text in where:
        for name, words in wanted.items():
            hits = found[name].setdefault(kind, [])
            if any(word in text for word in words):
                hits.append(which)
    return found


def table(found: dict[str, dict[str, list[str]]]) -> str:
    kinds = list(dict.fromkeys(kind for row in found.values() for kind in row))
    lines = ["| secret | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    for name, row in found.items():
        lines.append(f"| {name} | " + " | ".join(", ".join(row[k]) or "-" for k in kinds) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(search(places())))
