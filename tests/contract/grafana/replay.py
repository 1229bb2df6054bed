# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask a server all cases and write down what it answers. Run as a program, it records a transcript:

python -m tests.contract.grafana.replay URL USER PASSWORD > transcripts/NAME.json
"""

from __future__ import annotations

import base64
import json
import sys
import typing as t

import requests

from .cases import CASES, Case

# Of every answer these are written down as they are; of all else only the type.
EXACT = ("message", "status", "uid", "version", "title", "slug", "url", "name")
Answer = dict[str, t.Any]


# What requests.Session and Starlette's TestClient have in common.
Request = t.Callable[..., t.Any]


def replay(request: Request, base: str, user: str, password: str) -> list[Answer]:
    known: dict[str, t.Any] = {"user": user, "password": password}
    return [_asked(request, base, case, known) for case in CASES]


def _asked(request: Request, base: str, case: Case, known: dict[str, t.Any]) -> Answer:
    headers = _authorization(case.get("auth", "right"), known)
    content = case.get("text")
    if "body" in case:
        content = json.dumps(_filled(case["body"], known))
    if content is not None:
        headers["Content-Type"] = "application/json"
    response = request(case["method"], base + case["path"], headers=headers, data=content)
    body = _body(response)
    for name, path in case.get("keep", {}).items():
        known[name] = value_at(body, path)
    exact = [key for key in EXACT if key not in case.get("free", [])]
    return {
        "name": case["name"],
        "status": response.status_code,
        "says": _said(body, exact, case.get("also", [])),
        "shape": shape(body),
    }


def _authorization(kind: str, known: dict[str, t.Any]) -> dict[str, str]:
    pair = f"{known['user']}:{known['password'] if kind == 'right' else 'wrong'}"
    return {
        "none": {},
        "malformed": {"Authorization": "Basic nonsense"},
        "token": {"Authorization": "Bearer nonsense"},
    }.get(kind, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"})


def _filled(value: t.Any, known: dict[str, t.Any]) -> t.Any:
    if isinstance(value, dict):
        return {key: _filled(item, known) for key, item in value.items()}
    if isinstance(value, str) and value.startswith("$"):
        return known[value[1:]]
    return value


def _body(response: t.Any) -> t.Any:
    try:
        return response.json()
    except ValueError:
        return response.text


def _said(body: t.Any, exact: list[str], also: list[str]) -> dict[str, t.Any]:
    first = body[0] if isinstance(body, list) and body else body
    said = {key: first[key] for key in exact if isinstance(first, dict) and key in first}
    return {**said, **{path: value_at(body, path) for path in also}}


def value_at(body: t.Any, path: str) -> t.Any:
    """The value at a path such as dashboard.id or 0.uid, None where there is none."""
    for step in path.split("."):
        if isinstance(body, list):
            body = body[int(step)] if int(step) < len(body) else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body


def shape(value: t.Any) -> t.Any:
    """Keys and types; a list is as its first element."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "bool"
    return "text" if isinstance(value, str) else "number"


def main() -> None:
    url, user, password = sys.argv[1:4]
    answers = replay(requests.Session().request, url.rstrip("/"), user, password)
    json.dump(answers, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
