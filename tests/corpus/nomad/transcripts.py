# SPDX-License-Identifier: GPL-3.0-or-later
"""What a real server answered, kept small, and played again in the same order.

A request is known by its method, path, query without the times of a wait, and body. What was
recorded is played once, in its order, and all of it: another request, one more or one less fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import time
import types
import typing as t
from unittest import mock

import requests
import vcr
from ansible_collections.mlops.infra.plugins.module_utils import _wait
from ansible_collections.mlops.infra.plugins.module_utils._nomad import transport, watch
from vcr.request import Request

Json = t.Any
HERE = pathlib.Path(__file__).parent / "transcripts"
UNRECORDED = "http://127.0.0.1:1"  # where nothing listens
ELAPSED = "X-Elapsed-Ms"
KEPT_HEADERS = ("content-type", "x-nomad-index", ELAPSED.lower())
LONG = 100  # characters from which a part that comes more than once is written once
OF_A_WAIT = ("index", "wait")
# Keeps the recording machine out: its names, paths and hardware.
SCRUBBED = (
    (re.compile(r"real-[\d.]+(?:\.global)?"), "node"),
    (re.compile(r"/[\w./-]*?/(alloc|client)/"), r"/opt/nomad/data/\1/"),
    (re.compile(r"lookup (\S+) on [\d.]+:53"), r"lookup \1 on 192.0.2.53:53"),
    (re.compile(r"registry-[\w.]+\.io"), "registry.example"),
    (re.compile(r'"(?:MAC|MacAddress)": ?"[^"]+"'), '"MacAddress": "02:42:ac:14:00:14"'),
)


class Clock:
    """The time of a run, in which sleeps and answers take as long as when it was recorded."""

    def __init__(self, really: bool) -> None:
        self.seconds = 0.0
        self._really = really

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self._really:
            time.sleep(seconds)

    @contextlib.contextmanager
    def ruling(self) -> t.Iterator[None]:
        """Everything that waits does it by this clock."""
        instead = {time.monotonic: self.now, time.sleep: self.sleep}
        with contextlib.ExitStack() as stack:
            for function in _with_clocks(_wait, transport, watch):
                defaults = tuple(_instead(d, instead) for d in function.__defaults__ or ())
                stack.enter_context(mock.patch.object(function, "__defaults__", defaults))
            yield


def _instead(default: t.Any, instead: dict[t.Any, t.Any]) -> t.Any:
    return instead.get(default, default) if callable(default) else default


def _with_clocks(*modules: types.ModuleType) -> t.Iterator[t.Any]:
    for module in modules:
        for thing in vars(module).values():
            owned = vars(thing).values() if isinstance(thing, type) else [thing]
            for function in owned:
                defaults = getattr(function, "__defaults__", None) or ()
                if time.monotonic in defaults or time.sleep in defaults:
                    yield function


@contextlib.contextmanager
def playing(path: pathlib.Path, record: bool) -> t.Iterator[None]:
    """Answer from the file C(path), or write it."""
    if record:
        path.unlink(missing_ok=True)
    clock = Clock(really=record)
    with (
        clock.ruling(),
        _recorder().use_cassette(str(path), **_mode(record)) as cassette,
        _timed(cassette, clock, record),
    ):
        yield
    if not record:
        played = list(cassette.play_counts)
        assert played == sorted(played), "the requests came in another order than was recorded"
        left = [_name(r) for n, r in enumerate(cassette.requests) if n not in played]
        assert not left, f"recorded, but not asked for: {left}"


def _mode(record: bool) -> dict[str, t.Any]:
    return {"record_mode": "once" if record else "none", "record_on_exception": False}


def _name(request: t.Any) -> str:
    return f"{request.method} {request.path}"


@contextlib.contextmanager
def _timed(cassette: t.Any, clock: Clock, record: bool) -> t.Iterator[None]:
    send = requests.Session.send

    def noted(self: requests.Session, request: t.Any, **kwargs: t.Any) -> requests.Response:
        begun = time.monotonic()
        answer = send(self, request, **kwargs)
        if record:
            elapsed = round((time.monotonic() - begun) * 1000)
            cassette.responses[-1]["headers"][ELAPSED] = [str(elapsed)]
        else:
            elapsed = int(answer.headers[ELAPSED])
        clock.seconds += elapsed / 1000
        return answer

    with mock.patch.object(requests.Session, "send", noted):
        yield


def _recorder() -> vcr.VCR:
    recorder = vcr.VCR(
        serializer="compact",
        decode_compressed_response=True,
        before_record_request=_scrubbed_request,
        before_record_response=_scrubbed_response,
        match_on=("method", "nomad"),
    )
    recorder.register_serializer("compact", Compact)
    recorder.register_matcher("nomad", _same)
    return recorder


def _same(one: t.Any, other: t.Any) -> None:
    assert (one.path, _query(one)) == (other.path, _query(other))
    assert _body(one.body) == _body(other.body), "another body"


def _query(request: t.Any) -> list[tuple[str, str]]:
    return sorted((k, v) for k, v in request.query if k not in OF_A_WAIT)


def _body(body: t.Any) -> Json:
    text = body.decode() if isinstance(body, bytes) else body
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _scrubbed_request(request: t.Any) -> t.Any:
    where = request.uri.split("/", 3)[-1]
    return Request(request.method, f"http://nomad/{where}", request.body, {})


def _scrubbed_response(response: t.Any) -> t.Any:
    text = response["body"]["string"].decode("utf-8", errors="replace")
    for pattern, instead in SCRUBBED:
        text = pattern.sub(instead, text)
    headers = {k: v for k, v in response["headers"].items() if k.lower() in KEPT_HEADERS}
    return {**response, "headers": headers, "body": {"string": text.encode()}}


class Compact:
    """A file of JSON, an exchange or a part a line; what comes twice is written once."""

    @staticmethod
    def serialize(cassette: Json) -> str:
        exchanges = [_shorter(i["request"], i["response"]) for i in cassette["interactions"]]
        parts = Parts()
        parts.count(exchanges)
        lines = [_written(parts.packed(e)) for e in exchanges]
        return '{"parts": [\n%s\n],\n"exchanges": [\n%s\n]}\n' % (  # noqa: UP031
            ",\n".join(parts.lines),
            ",\n".join(lines),
        )

    @staticmethod
    def deserialize(text: str) -> Json:
        data = json.loads(text)
        parts: list[Json] = []
        for part in data["parts"]:
            parts.append(_unpacked(part, parts))
        return {
            "version": 1,
            "interactions": [_longer(_unpacked(e, parts)) for e in data["exchanges"]],
        }


class Parts:
    """The objects and lists that come more than once."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self.lines: list[str] = []

    def count(self, data: Json) -> None:
        if not isinstance(data, (dict, list)):
            return
        text = _written(data)
        self._seen[text] = self._seen.get(text, 0) + 1
        if self._seen[text] == 1:
            for value in data.values() if isinstance(data, dict) else data:
                self.count(value)

    def packed(self, data: Json) -> Json:
        if not isinstance(data, (dict, list)):
            return data
        text = _written(data)
        if text in self._numbers:
            return {"=": self._numbers[text]}
        if isinstance(data, dict):
            short: Json = {k: self.packed(v) for k, v in data.items()}
        else:
            short = [self.packed(v) for v in data]
        if self._seen.get(text, 0) < 2 or len(text) < LONG:
            return short
        self.lines.append(_written(short))
        self._numbers[text] = len(self.lines) - 1
        return {"=": self._numbers[text]}


def _unpacked(data: Json, parts: list[Json]) -> Json:
    if isinstance(data, list):
        return [_unpacked(v, parts) for v in data]
    if not isinstance(data, dict):
        return data
    if list(data) == ["="]:
        return parts[data["="]]
    return {k: _unpacked(v, parts) for k, v in data.items()}


def _written(data: Json) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _shorter(request: Json, response: Json) -> Json:
    headers = {k.lower(): v[0] for k, v in response["headers"].items()}
    said = response["body"]["string"]
    short = {
        "ask": f"{request['method']} {request['uri'].removeprefix('http://nomad')}",
        "body": _body(request["body"]),
        "status": response["status"]["code"],
        "type": headers.get("content-type"),
        "index": headers.get("x-nomad-index"),
        "ms": int(headers.get(ELAPSED.lower(), 0)),
        "answer": _body(said) if said else "",  # an empty log is not null
    }
    return {k: v for k, v in short.items() if v is not None or k == "answer"}


def _longer(short: Json) -> Json:
    method, _, path = short["ask"].partition(" ")
    given, answer = short.get("body"), short["answer"]
    headers = {ELAPSED: [str(short["ms"])]}
    for name, key in (("Content-Type", "type"), ("X-Nomad-Index", "index")):
        if key in short:
            headers[name] = [short[key]]
    return {
        "request": {
            "method": method,
            "uri": f"http://nomad{path}",
            "body": None if given is None else json.dumps(given),
            "headers": {},
        },
        "response": {
            "status": {"code": short["status"], "message": ""},
            "headers": headers,
            "body": {"string": answer if isinstance(answer, str) else json.dumps(answer)},
        },
    }


def recording() -> bool:
    return bool(os.environ.get("MLOPS_NOMAD_RECORD"))
