# SPDX-License-Identifier: GPL-3.0-or-later
"""Service accounts on the simulator in the profile of each version."""

from __future__ import annotations

import json
import pathlib
import time
import typing as t
import uuid

import pytest
import requests
from ansible_collections.mlops.infra.plugins.modules import grafana_service_account

from .grafana_in_process import Grafana, Run


@pytest.fixture
def run(grafana: Grafana, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(grafana_service_account, grafana.url, capfd)


@pytest.fixture
def name() -> str:
    return f"sa {uuid.uuid4().hex[:10]}"


def enters(grafana: Grafana, key: str) -> bool:
    header = {"Authorization": f"Bearer {key}"}
    return requests.get(f"{grafana.url}/api/org", headers=header).status_code == 200


def test_life(run: Run, grafana: Grafana, name: str) -> None:
    assert run(check=True, name=name)["service_account"] is None
    made = run(name=name, role="Editor")
    assert (made["changes"], made["service_account"]["role"]) == (["created"], "Editor")
    run(name=f"{name} longer")
    assert not run(name=name)["changed"]
    updated = run(name=name, role="Admin", disabled=True)
    assert updated["changes"] == ["role: Editor -> Admin", "isDisabled: False -> True"]
    assert run(check=True, name=name, disabled=False)["changed"]
    assert run(name=name)["service_account"]["isDisabled"] is True
    assert run(check=True, name=name, state="absent")["service_account"]["name"] == name
    assert run(name=name, state="absent")["changed"]
    assert not run(name=name, state="absent")["changed"]


def test_a_token_goes_into_its_file_and_nowhere_else(
    run: Run, grafana: Grafana, name: str, tmp_path: pathlib.Path
) -> None:
    dest = tmp_path / "secrets" / "token"
    wanted = {"name": name, "account_token": {"name": "t", "dest": str(dest)}}
    assert run(check=True, **wanted)["changes"] == ["created", "token t: created"]
    assert not dest.exists()
    made = run(**wanted)
    key = dest.read_text().strip()
    assert key.startswith("glsa_")
    assert key not in json.dumps(made)
    assert dest.stat().st_mode & 0o777 == 0o600
    assert enters(grafana, key)
    again = run(**wanted)
    assert (again["changed"], dest.read_text().strip()) == (False, key)

    dest.unlink()
    for check in (True, False):
        assert "Grafana shows a token only once" in run(check, **wanted)["msg"]
    wanted["account_token"]["recreate"] = True
    anew = run(**wanted)
    assert anew["changes"] == ["token t: created anew, its file is not there"]
    assert (enters(grafana, key), enters(grafana, dest.read_text().strip())) == (False, True)

    gone = run(name=name, account_token={"name": "t", "state": "absent"})
    assert gone["changes"] == ["token t: removed"]
    assert not enters(grafana, dest.read_text().strip())
    assert not run(name=name, account_token={"name": "t", "state": "absent"})["changed"]


def test_without_a_file_it_is_returned_once(run: Run, grafana: Grafana, name: str) -> None:
    made = run(name=name, account_token={"name": "t"})
    assert enters(grafana, made["key"])
    again = run(name=name, account_token={"name": "t"})
    assert not again["changed"]
    assert "key" not in again


def test_what_has_expired_is_made_anew(run: Run, name: str) -> None:
    token = {"name": "t", "seconds_to_live": 1}
    run(name=name, account_token=token)
    time.sleep(1.1)
    assert run(name=name, account_token=token)["changes"] == [
        "token t: created anew, it has expired"
    ]


def test_a_file_that_cannot_be_written_costs_no_token(
    run: Run, grafana: Grafana, name: str, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "file").write_text("")
    token = {"name": "t", "dest": str(tmp_path / "file" / "token")}
    assert "cannot be written" in run(name=name, account_token=token)["msg"]
    assert run(name=name, account_token={"name": "t"})["changed"]  # none was made before


def test_a_key_that_could_not_be_kept_is_taken_back(
    run: Run,
    grafana: Grafana,
    name: str,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = grafana_service_account._files.write

    def full(path: str, wanted: t.Any, owner: t.Any) -> None:
        if wanted.content:
            raise OSError(28, "No space left on device")
        original(path, wanted, owner)

    monkeypatch.setattr(grafana_service_account._files, "write", full)
    token = {"name": "t", "dest": str(tmp_path / "token")}
    assert "No space left on device" in run(name=name, account_token=token)["msg"]
    monkeypatch.undo()
    assert run(name=name, account_token=token)["changes"] == ["token t: created"]
    assert enters(grafana, (tmp_path / "token").read_text().strip())


def test_refused(run: Run, name: str) -> None:
    late = {"name": "t", "seconds_to_live": -1}
    assert "write 0 or more seconds" in run(name=name, account_token=late)["msg"]
    assert "value of role must be one of" in run(name=name, role="Boss")["msg"]


def test_a_token_whose_answer_was_lost_is_not_made_twice(
    script: t.Any, capfd: pytest.CaptureFixture[str]
) -> None:
    account = {"id": 3, "name": "a", "role": "Viewer", "isDisabled": False}
    found = (200, {"serviceAccounts": [account]})
    server = script(found, (200, []))
    run = Run(grafana_service_account, server.url, capfd)
    failed = run(name="a", account_token={"name": "t"}, wait_timeout=5)
    assert "cannot be reached" in failed["msg"]
    assert [method for method, _path, _body in server.asked] == ["GET", "GET", "POST"]
