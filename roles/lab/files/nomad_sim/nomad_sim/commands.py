# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the binary that ask an agent, with its flags, its environment and its exit codes."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import typing as t
import urllib.error
import urllib.request

from .tls import client_context

# Each flag with the variable that says the same.
SETTINGS = {
    "address": "NOMAD_ADDR",
    "ca-cert": "NOMAD_CACERT",
    "client-cert": "NOMAD_CLIENT_CERT",
    "client-key": "NOMAD_CLIENT_KEY",
    "tls-skip-verify": "NOMAD_SKIP_VERIFY",
    "token": "NOMAD_TOKEN",
}
TRUE = ("1", "t", "T", "true", "TRUE", "True")
SWITCHES = ("tls-skip-verify", "self")


class UsageError(Exception):
    """The words after the command are not what it takes."""


@dataclasses.dataclass
class Agent:
    """Where it is, and how it is asked."""

    settings: t.Mapping[str, str]

    def ask(self, path: str, body: t.Any = None) -> tuple[int, bytes]:
        """The answer of whatever status. OSError where there is none. What has a body is a POST."""
        address = self.settings["address"].rstrip("/")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address + path, data)
        if self.settings["token"]:
            request.add_header("X-Nomad-Token", self.settings["token"])
        try:
            with urllib.request.urlopen(request, timeout=10, context=self._context()) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def _context(self) -> t.Any:
        if not self.settings["address"].startswith("https://"):
            return None
        files = [self.settings[key] for key in ("ca-cert", "client-cert", "client-key")]
        return client_context(files, verify=self.settings["tls-skip-verify"] not in TRUE)

    def read(self, path: str, body: t.Any = None) -> t.Any:
        status, text = self.ask(path, body)
        if status != 200:
            raise OSError(f"Unexpected response code: {status} ({text.decode().strip()})")
        return json.loads(text)


def parsed(words: t.Sequence[str]) -> tuple[Agent, set[str], list[str]]:
    """The agent that flags or the environment name, the switches, and the other words."""
    settings = {flag: os.environ.get(name, "") for flag, name in SETTINGS.items()}
    settings["address"] = settings["address"] or "http://127.0.0.1:4646"
    switches, others, rest = set(), [], iter(words)
    for word in rest:
        flag, sign, value = word.lstrip("-").partition("=")
        if not word.startswith("-"):
            others.append(word)
        elif flag in SWITCHES and not sign:
            switches.add(flag)
        elif flag in SETTINGS:
            settings[flag] = value if sign else next(rest, "")
        else:
            raise UsageError(f"flag provided but not defined: -{flag}")
    if "tls-skip-verify" in switches:
        settings["tls-skip-verify"] = "true"
    return Agent(settings), switches, others


def operator_api(words: t.Sequence[str]) -> int:
    """Like the real one it fails only where no answer comes, whatever the answer says."""
    agent, _switches, paths = parsed(words)
    if len(paths) != 1:
        raise UsageError("This command takes one argument: <path>")
    try:
        _status, text = agent.ask(paths[0])
    except OSError as error:
        print(f"Error performing request: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(text)
    return 0


def node_status(words: t.Sequence[str]) -> int:
    """The agent is asked for its own node."""
    agent, switches, others = parsed(words)
    if switches - {"tls-skip-verify"} != {"self"} or others:
        raise UsageError("of node status, only -self is simulated")
    try:
        node = agent.read(f"/v1/node/{agent.read('/v1/agent/self')['stats']['client']['node_id']}")
    except (OSError, ValueError) as error:
        print(f"Error querying agent info: {error}", file=sys.stderr)
        return 1
    for title, key in (("ID", "ID"), ("Name", "Name"), ("Status", "Status")):
        print(f"{title:<15} = {node[key]}")
    return 0
