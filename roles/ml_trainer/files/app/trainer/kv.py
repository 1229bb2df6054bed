# SPDX-License-Identifier: GPL-3.0-or-later
"""The two requests to Consul's key-value store that a run makes, with the standard library alone.

Addresses and credentials come from the variables that Consul's own tools read.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
import typing as t
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

TIME_LIMIT = 2.0  # seconds a request may take in all: a run must not wait for its defaults


class KvError(Exception):
    """The key-value store could not be used; C(str) is the reason."""


class Consul:
    """A Consul agent at an address."""

    def __init__(self, address: str, headers: Mapping[str, str], tls: ssl.SSLContext | None):
        self._address = address.rstrip("/")
        self._headers = dict(headers)
        # No proxy: one that is meant for the internet does not lead to the agent next door.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls)
        )

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Consul | None:
        """None where no address is set. Raises KvError for settings that cannot work."""
        address = env.get("CONSUL_HTTP_ADDR", "")
        if not address:
            return None
        if "://" not in address:
            secure = env.get("CONSUL_HTTP_SSL", "").lower() in ("1", "true")
            address = f"{'https' if secure else 'http'}://{address}"
        if not address.startswith(("http://", "https://")):
            raise KvError(f"CONSUL_HTTP_ADDR = {address} is neither http:// nor https://")
        token = _token(env)
        tls = _tls(env) if address.startswith("https://") else None
        return cls(address, {"X-Consul-Token": token} if token else {}, tls)

    def read_tree(self, prefix: str) -> dict[str, str]:
        """The values below a prefix by what follows it; no such key is an empty tree."""
        body = self._request("GET", f"{prefix}?recurse")
        try:
            entries = json.loads(body) if body else []
            return {
                entry["Key"][len(prefix) :]: base64.b64decode(entry["Value"] or "").decode()
                for entry in entries
            }
        except (ValueError, TypeError, KeyError) as error:
            raise KvError(f"{self._address} answered something unexpected: {error!r}") from error

    def write(self, key: str, value: Mapping[str, object]) -> None:
        self._request("PUT", urllib.parse.quote(key), json.dumps(value).encode())

    def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        url = f"{self._address}/v1/kv/{path}"
        request = urllib.request.Request(url, body, self._headers, method=method)
        try:
            return _within(TIME_LIMIT, lambda: self._open(request))
        except TimeoutError as error:
            raise KvError(f"{method} {url} took longer than {TIME_LIMIT:g} s") from error
        except urllib.error.HTTPError as error:
            if error.code == 404 and method == "GET":
                return b""
            raise KvError(f"{method} {url} was answered with {error.code}") from error
        except urllib.error.URLError as error:
            raise KvError(f"{method} {url} failed: {error.reason}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise KvError(f"{method} {url} failed: {error!r}") from error

    def _open(self, request: urllib.request.Request) -> bytes:
        with self._opener.open(request, timeout=TIME_LIMIT) as response:
            return t.cast(bytes, response.read())


def _within(seconds: float, call: Callable[[], bytes]) -> bytes:
    """A socket's time limit holds for each packet and not for looking up a name; this one does."""
    answers: list[bytes] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            answers.append(call())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError
    return answers[0]


def _token(env: Mapping[str, str]) -> str:
    path = env.get("CONSUL_HTTP_TOKEN_FILE")
    if env.get("CONSUL_HTTP_TOKEN") or not path:
        return env.get("CONSUL_HTTP_TOKEN", "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KvError(f"CONSUL_HTTP_TOKEN_FILE = {path} cannot be read: {error}") from error


def _tls(env: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=env.get("CONSUL_CACERT") or None)
        if env.get("CONSUL_CLIENT_CERT"):
            context.load_cert_chain(env["CONSUL_CLIENT_CERT"], env.get("CONSUL_CLIENT_KEY") or None)
    except OSError as error:  # ssl.SSLError is one too
        raise KvError(
            f"CONSUL_CACERT, CONSUL_CLIENT_CERT or CONSUL_CLIENT_KEY cannot be used: {error}"
        ) from error
    return context
