# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the real binary, as far as a container needs it."""

from __future__ import annotations

import logging
import sys
import typing as t

from . import SIMULATOR, VERSION, commands, job_commands
from .config import ConfigError, check_volumes, load

USAGE = (
    "usage: nomad agent -config=PATH... | nomad config validate PATH... | nomad node status -self"
    " | nomad operator api PATH | nomad job run FILE | nomad job dispatch [-meta KEY=VALUE]... JOB"
    " | nomad version"
)
Command = t.Callable[[t.Sequence[str]], int]


def main(argv: t.Sequence[str]) -> int:
    words = [w for w in argv if w != "nomad"] if argv[:1] == ["nomad"] else list(argv)
    for name, command in COMMANDS.items():
        length = len(name.split())
        if words[:length] == name.split():
            try:
                return command(words[length:])
            except commands.UsageError as error:
                print(error, file=sys.stderr)
                return 1
    print(USAGE, file=sys.stderr)
    return 127


def version(_words: t.Sequence[str]) -> int:
    print(f"Nomad v{VERSION}\n{SIMULATOR}")
    return 0


def validate(paths: t.Sequence[str]) -> int:
    try:
        load(paths)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    print("Configuration is valid!")
    return 0


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
        serve(config)
    except ConfigError as error:
        print(f"==> {error}", file=sys.stderr)
        return 1
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


COMMANDS: dict[str, Command] = {
    **dict.fromkeys(("version", "-version", "--version"), version),
    "config validate": validate,
    "node status": commands.node_status,
    "operator api": commands.operator_api,
    "job run": job_commands.run,
    "job dispatch": job_commands.dispatch,
    "agent": agent,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
