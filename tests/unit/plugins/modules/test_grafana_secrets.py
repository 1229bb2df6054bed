# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is in any result, also where a server repeats what it was sent."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.modules import (
    grafana_dashboard,
    grafana_dashboard_info,
    grafana_dashboards,
    grafana_datasource,
    grafana_folder,
    grafana_service_account,
)

from .grafana_in_process import Result, Run, Script

CANARY = "canary-4d7a"
NEEDED: list[tuple[t.Any, Result]] = [
    (grafana_dashboard, {"dashboard": {"title": "T", "uid": "t"}}),
    (grafana_dashboard_info, {}),
    (grafana_dashboards, {}),
    (grafana_datasource, {"name": "N", "type": "x", "secure_json_data": {"key": f"{CANARY}-s"}}),
    (grafana_folder, {"title": "F"}),
    (grafana_service_account, {"name": "S"}),
]
LOGINS = [
    {"password": CANARY, "token": None},
    {"token": CANARY, "username": None, "password": None},
]


def repeated(secret: str) -> tuple[int, Result]:
    """What a careless server says: the secret as it is, and as basic authentication sends it."""
    return 500, {"message": f"Authorization: {secret} or Basic {basic(secret)} is not known"}


def basic(secret: str) -> str:
    return base64.b64encode(f"admin:{secret}".encode()).decode()


@pytest.mark.parametrize("login", LOGINS, ids=["password", "token"])
@pytest.mark.parametrize(
    ("module", "params"), NEEDED, ids=[module.__name__.rpartition(".")[2] for module, _p in NEEDED]
)
def test_no_secret_is_repeated(
    script: t.Callable[..., Script],
    capfd: pytest.CaptureFixture[str],
    tmp_path: t.Any,
    module: t.Any,
    params: Result,
    login: Result,
) -> None:
    if module is grafana_dashboards:
        (tmp_path / "t.json").write_text('{"title": "T", "uid": "t"}')
        params = {"path": str(tmp_path)}
    server = script(repeated(CANARY), repeated(f"{CANARY}-s"))
    failed = Run(module, server.url, capfd)(**{**params, **login})
    assert failed["failed"]
    text = json.dumps(failed)
    assert CANARY not in text
    # With a token there is no password that could be sent.
    assert basic(CANARY) not in text or login["password"] is None
    assert CANARY in (server.credentials[0], *_decoded(server.credentials[0]))


def _decoded(credentials: str) -> t.Iterator[str]:
    try:
        yield base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return


def test_the_address_of_a_board_gets_no_account_of_grafana(
    script: t.Callable[..., Script], capfd: pytest.CaptureFixture[str]
) -> None:
    other = script((401, {"message": "who are you"}))
    run = Run(grafana_dashboard, "http://127.0.0.1:1", capfd)
    failed = run(src=f"{other.url}/b.json", password=CANARY)
    assert "answered 401" in failed["msg"]
    assert other.credentials == ["none"]
