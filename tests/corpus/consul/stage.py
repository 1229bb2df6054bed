# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules against a real Consul, and looks by plain HTTP at what became of it."""

from __future__ import annotations

import base64
import functools
import os
import typing as t
import urllib.parse

import requests

from ..shared import runner

Json = t.Any
Tree = dict[str, tuple[bytes, int]]


@functools.cache
def given() -> str:
    """The server that the tests are to ask; empty: one of their own."""
    return os.environ.get("MLOPS_CONSUL_ADDR", "").rstrip("/")


class Stage:
    """What modules and tests see of one server; C(token) is both's."""

    def __init__(self, server: str, token: str = "") -> None:
        self.server = server
        self.token = token

    def run(self, module: str, check: bool = False, **params: t.Any) -> runner.Result:
        where = {"address": self.server, **({"token": self.token} if self.token else {})}
        return runner.run(runner.OURS + module, check, **{**where, **params})

    def theirs(self, module: str, check: bool = False, **params: t.Any) -> runner.Result:
        """By the module of community.general."""
        url = urllib.parse.urlsplit(self.server)
        where = {"host": url.hostname, "port": url.port, "scheme": url.scheme}
        return runner.run(runner.THEIRS + module, check, **where, **params)

    def ask(self, method: str, path: str, **how: t.Any) -> requests.Response:
        """C(path) as it is to arrive, its special characters quoted."""
        headers = {"X-Consul-Token": self.token} if self.token else {}
        url = f"{self.server}/v1/{path}"
        return requests.request(method, url, headers=headers, timeout=30, **how)

    def get(self, path: str, **params: str) -> Json:
        answer = self.ask("GET", path, params=params)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.json()

    def rows(self, prefix: str) -> list[Json]:
        """The records whose keys begin with C(prefix), as Consul gives them."""
        return self.get(f"kv/{quoted(prefix)}", recurse="1", consistent="1") or []

    def tree(self, prefix: str) -> Tree:
        """Values and flags of all keys that begin with C(prefix)."""
        return {row["Key"]: (value(row), row["Flags"]) for row in self.rows(prefix)}

    def put(self, key: str, data: bytes, flags: int = 0, **params: str) -> None:
        answer = self.ask("PUT", f"kv/{quoted(key)}", data=data, params={"flags": flags, **params})
        assert answer.text.strip() == "true", f"{key}: {answer.status_code} {answer.text}"

    def put_all(self, tree: Tree) -> None:
        """By transactions, which take keys that other requests do not."""
        operations = [
            {"KV": {"Verb": "set", "Key": key, "Value": encoded(data), "Flags": flags}}
            for key, (data, flags) in tree.items()
        ]
        for begin in range(0, len(operations), 64):
            answer = self.ask("PUT", "txn", json=operations[begin : begin + 64])
            assert answer.status_code == 200, answer.text

    def clear(self, prefix: str) -> None:
        self.ask("DELETE", f"kv/{quoted(prefix)}", params={"recurse": "1"}).raise_for_status()

    def session(self, **fields: Json) -> str:
        answer = self.ask("PUT", "session/create", json={"LockDelay": "0s", **fields})
        answer.raise_for_status()
        return str(answer.json()["ID"])


def quoted(key: str) -> str:
    return urllib.parse.quote(key, safe="/")


def value(row: Json) -> bytes:
    return base64.b64decode(row["Value"] or "")


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
