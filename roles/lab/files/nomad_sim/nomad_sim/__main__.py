# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the real binary, as far as a container needs it."""

from __future__ import annotations

import json
import logging
import os
import sys
import typing as t
import urllib.request

from . import SIMULATOR, VERSION
from .config import ConfigError, check_volumes, load

USAGE = (
    "usage: nomad agent -config=PATH... | nomad config validate PATH... | nomad node status -self"
    " | nomad version"
)


def main(argv: t.Sequence[str]) -> int:
    words = [w for w in argv if w != "nomad"] if argv[:1] == ["nomad"] else list(argv)
    if words[:1] == ["version"] or words[:1] in (["-version"], ["--version"]):
        print(f"Nomad v{VERSION}\n{SIMULATOR}")
        return 0
    if words[:2] == ["config", "validate"]:
        return validate(words[2:])
    if words == ["node", "status", "-self"]:
        return node_status()
    if words[:1] == ["agent"]:
        return agent(words[1:])
    print(USAGE, file=sys.stderr)
    return 127


def validate(paths: t.Sequence[str]) -> int:
    try:
        load(paths)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    print("Configuration is valid!")
    return 0


def node_status() -> int:
    """What a container's health check runs: the agent here is asked for its own node."""
    try:
        node_id = answer("/v1/agent/self")["stats"]["client"]["node_id"]
        node = answer(f"/v1/node/{node_id}")
    except (OSError, ValueError) as error:
        print(f"Error querying agent info: {error}", file=sys.stderr)
        return 1
    for title, key in (("ID", "ID"), ("Name", "Name"), ("Status", "Status")):
        print(f"{title:<15} = {node[key]}")
    return 0


def answer(path: str) -> t.Any:
    address = os.environ.get("NOMAD_ADDR", "http://127.0.0.1:4646").rstrip("/")
    with urllib.request.urlopen(address + path, timeout=4) as response:
        return json.load(response)


def agent(words: t.Sequence[str]) -> int:
    from .agent import serve

    paths = config_paths(words)
    if not paths:
        print(f"nomad_sim needs -config=PATH\n{USAGE}", file=sys.stderr)
        return 1
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s [%(levelname)s] %(name)s: %(message)s"
    )
    try:
        config = load(paths)
        check_volumes(config)
    except ConfigError as error:
        print(f"==> {error}", file=sys.stderr)
        return 1
    serve(config)
    return 0


def config_paths(words: t.Sequence[str]) -> list[str]:
    """-config=PATH, -config PATH, and the same with two dashes, as often as given."""
    found: list[str] = []
    rest = iter(words)
    for word in rest:
        name, sign, value = word.lstrip("-").partition("=")
        if name == "config" and word.startswith("-"):
            found.append(value if sign else next(rest, ""))
        else:
            raise SystemExit(f"nomad_sim does not know {word}; {USAGE}")
    return [path for path in found if path]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
