# SPDX-License-Identifier: GPL-3.0-or-later
"""The command C(grafana): the server, its version, and the reset of the administrator's password."""

from __future__ import annotations

import argparse
import os
import sys
import typing as t

from . import NAME, NOTICE, VERSION
from .__main__ import main as serve
from .answers import RefusedError
from .auth import Accounts
from .serviceaccounts import ServiceAccounts
from .settings import SettingsError, from_environment
from .store import Store


def main(argv: t.Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if options.version:
        sys.stdout.write(f"grafana version {VERSION} ({NOTICE})\n")
        return 0
    if options.command == "server":
        return serve()
    if options.command == "cli":
        return _reset(sys.stdin.readline().rstrip("\n") if options.stdin else options.password)
    _parser().print_usage(sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="grafana", description=NOTICE)
    parser.add_argument("-v", "--version", action="store_true")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("server")
    cli = commands.add_parser("cli")
    cli.add_argument("--homepath", help="accepted, without effect")
    admin = cli.add_subparsers(dest="group", required=True).add_parser("admin")
    reset = admin.add_subparsers(dest="action", required=True).add_parser("reset-admin-password")
    reset.add_argument("--password-from-stdin", dest="stdin", action="store_true")
    reset.add_argument("password", nargs="?", default="")
    return parser


def _reset(password: str) -> int:
    try:
        store = Store(from_environment(os.environ).data)
        store.open()
        Accounts(store, ServiceAccounts(store)).set_password(1, password)
        store.close()
    except (RefusedError, SettingsError) as error:
        sys.stderr.write(f"{NAME}: {error}\n")
        return 1
    sys.stdout.write("Admin password changed successfully\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
