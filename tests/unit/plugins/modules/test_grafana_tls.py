# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose certificate only one authority vouches for, and that asks for the client's."""

from __future__ import annotations

import pathlib
import ssl
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.modules import grafana_dashboard
from ansible_collections.mlops.infra.tests.secured.certificates import Authority

from .grafana_in_process import Grafana, Run

BOARD = {"title": "Queue", "uid": "queue"}


@pytest.fixture
def authority(tmp_path: pathlib.Path) -> Authority:
    return Authority(tmp_path, "ca")


@pytest.fixture
def run(
    authority: Authority, tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]
) -> t.Iterator[Run]:
    server = authority.signed("server", "localhost", addresses=("127.0.0.1",))
    tls = {
        "ssl_certfile": server.cert,
        "ssl_keyfile": server.key,
        "ssl_ca_certs": authority.path,
        "ssl_cert_reqs": ssl.CERT_REQUIRED,
    }
    with Grafana(tmp_path / "grafana", "10.1").running(**tls) as grafana:
        yield Run(grafana_dashboard, grafana.url, capfd)


def test_both_sides_show_a_certificate(run: Run, authority: Authority) -> None:
    mine = authority.signed("client", "client")
    known = {"ca_path": authority.path, "client_cert": mine.cert, "client_key": mine.key}
    assert run(dashboard=BOARD, **known)["changed"]
    assert not run(dashboard=BOARD, **{**known, "ca_path": None}, validate_certs=False)["changed"]
    unknown = run(dashboard=BOARD, **{**known, "ca_path": None})
    assert "certificate verify failed" in unknown["msg"]
    nobody = run(dashboard=BOARD, ca_path=authority.path)
    assert "cannot be reached" in nobody["msg"]
