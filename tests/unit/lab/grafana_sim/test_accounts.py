# SPDX-License-Identifier: GPL-3.0-or-later
"""The one account: set at the first start only, changed by API and command, never stored in clear."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from grafana_sim import cli
from grafana_sim.settings import SettingsError, from_environment

from .running import PASSWORD, Lab


def status(lab: Lab, password: str, **environment: str) -> int:
    with lab.start(password, **environment) as client:
        return client.get("/api/org").status_code


def test_the_configured_password_is_for_the_first_start_only(lab: Lab) -> None:
    assert status(lab, PASSWORD) == 200
    assert status(lab, "another-one", GF_SECURITY_ADMIN_PASSWORD="another-one") == 401
    assert status(lab, PASSWORD, GF_SECURITY_ADMIN_PASSWORD="another-one") == 200


def test_password_from_a_file(lab: Lab) -> None:
    del lab.environment["GF_SECURITY_ADMIN_PASSWORD"]
    path = lab.write("password", "from-a-file\n")
    assert status(lab, "from-a-file", GF_SECURITY_ADMIN_PASSWORD__FILE=str(path)) == 200


def test_password_by_api_survives_a_restart(lab: Lab) -> None:
    with lab.start() as client:
        answer = client.put("/api/admin/users/1/password", json={"password": "second"})
        assert answer.json() == {"message": "User password updated"}
        assert client.get("/api/org").status_code == 401
    assert status(lab, "second") == 200


def test_password_by_command(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(lab, PASSWORD) == 200
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["cli", "admin", "reset-admin-password", "third"]) == 0
    assert status(lab, "third") == 200
    assert cli.main(["cli", "admin", "reset-admin-password", "abc"]) == 1
    assert "New password too short" in capsys.readouterr().err
    assert status(lab, "third") == 200


def test_version_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["-v"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("grafana version 10.1.0 ")
    assert "not Grafana" in out


def test_session(lab: Lab) -> None:
    with lab.start() as client:
        client.auth = None
        client.post("/login", json={"user": "admin", "password": PASSWORD})
        assert client.get("/api/org").status_code == 200
        client.put("/api/admin/users/1/password", json={"password": "second"})
        assert client.get("/api/org").status_code == 401


def test_no_password_in_the_database(lab: Lab) -> None:
    status(lab, PASSWORD)
    assert PASSWORD.encode() not in (lab.directory / "data/grafana_sim.db").read_bytes()


def test_settings_from_the_file_and_the_environment(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "grafana.ini"
    path.write_text("[server]\nhttp_port = 3100\nhttp_addr = 127.0.0.1\n[alerting]\nx = y\n")
    settings = from_environment(
        {"GF_PATHS_CONFIG": str(path), "GF_SERVER_HTTP_PORT": "3200", "GF_LOG_LEVEL": "warn"}
    )
    assert (settings.port, settings.address, settings.admin_user) == (3200, "127.0.0.1", "admin")
    assert settings.without_effect == ("GF_LOG_LEVEL", "[alerting] x")
    assert not settings.faults


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"GF_SERVER_HTTP_PORT": "http"}, "http_port is no port: 'http'"),
        ({"GF_SERVER_HTTP_PORT": "70000"}, "no port"),
        ({"GF_SERVER_PROTOCOL": "socket"}, "not simulated: protocol socket"),
        ({"GF_SECURITY_ADMIN_PASSWORD__FILE": "/none"}, "/none: No such file"),
        (
            {"GF_SECURITY_ADMIN_PASSWORD__FILE": "/x", "GF_SECURITY_ADMIN_PASSWORD": "y"},
            "are exclusive",
        ),
    ],
)
def test_settings_that_cannot_be_used(environment: dict[str, t.Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        from_environment({"GF_PATHS_CONFIG": "none", **environment})
