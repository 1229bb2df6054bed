# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module decides and asks for, against tokens in memory, and where the secret goes."""

from __future__ import annotations

import json
import os
import pathlib
import stat
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import options
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.modules import nomad_acl_token

Json = dict[str, t.Any]
LOST = UnavailableError("PUT", "/v1/acl/token", 0, "reset", "lost")
PAST = "2020-01-01T00:00:00.123456789Z"


class Nomad:
    """Chooses accessors and secrets, and takes several tokens of one name, as the real one."""

    def __init__(self) -> None:
        self.stored: dict[str, Json] = {}
        self.calls: list[str] = []
        self.refusal: ApiError | None = None
        self.lose_answer = False

    def tokens_named(self, name: str) -> list[Json]:
        hidden = ("SecretID", "ExpirationTTL")
        found = [token for token in self.stored.values() if token["Name"] == name]
        return [{k: v for k, v in token.items() if k not in hidden} for token in found]

    def find_token(self, accessor_id: str) -> Json | None:
        found = self.stored.get(accessor_id)
        return dict(found) if found else None

    def policies(self) -> list[Json]:
        self.calls.append("policies")
        return [{"Name": "a"}, {"Name": "b"}]

    def create_token(self, token: Json) -> Json:
        self.calls.append("create")
        if self.refusal:
            raise self.refusal
        number = len(self.stored) + 1
        own = {
            "AccessorID": f"{number:08d}-0000-0000-0000-000000000000",
            "SecretID": f"canary-{number}",
        }
        self.stored[own["AccessorID"]] = {**token, **own, "ExpirationTime": None}
        if self.lose_answer:
            raise LOST
        return dict(self.stored[own["AccessorID"]])

    def write_token(self, token: Json) -> Json:
        self.calls.append("write")
        if self.refusal:
            raise self.refusal
        self.stored[token["AccessorID"]] = dict(token)
        return dict(token)

    def delete_token(self, accessor_id: str) -> None:
        self.calls.append("delete")
        if self.refusal:
            raise self.refusal
        del self.stored[accessor_id]


@pytest.fixture
def nomad(monkeypatch: pytest.MonkeyPatch) -> Nomad:
    monkeypatch.delenv("NOMAD_TOKEN", raising=False)
    return Nomad()


def run(nomad: Nomad, **params: t.Any) -> Json:
    check = params.pop("check", False)
    given = params if "accessor_id" in params else {"name": "t", **params}
    with patch_module_args({"_ansible_check_mode": check, "_ansible_diff": True, **given}):
        module = AnsibleModule(
            argument_spec={**options.CONNECTION_OPTIONS, **nomad_acl_token.OPTIONS},
            required_one_of=nomad_acl_token.REQUIRED_ONE_OF,
            supports_check_mode=True,
        )
    nomad.calls.clear()
    result = nomad_acl_token.run(module, t.cast(t.Any, nomad))
    assert "canary" not in json.dumps(result)
    if not check and nomad.stored and result["accessor_id"] in nomad.stored:
        assert nomad.stored[result["accessor_id"]]["SecretID"] in module.no_log_values
    return result


def test_create_again_change_remove_again(nomad: Nomad) -> None:
    first = run(nomad, policies=["a"])
    assert first["changed"]
    assert first["diff"]["before"] == ""
    assert run(nomad, policies=["a"])["accessor_id"] == first["accessor_id"]
    assert nomad.calls == []
    changed = run(nomad, policies=["b"])
    assert (changed["changed"], changed["acl_token"]["Policies"]) == (True, ["b"])
    assert nomad.calls == ["policies", "write"]
    assert nomad.stored[first["accessor_id"]]["SecretID"] == "canary-1"
    assert run(nomad, state="absent")["changed"]
    assert run(nomad, state="absent") == {
        "changed": False,
        "name": "t",
        "accessor_id": None,
        "acl_token": None,
    }


def test_check_mode_changes_nothing(nomad: Nomad, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "secret"
    assert run(nomad, policies=["none-yet"], secret_file=str(file), check=True)["changed"]
    run(nomad, policies=["a"])
    for params in ({"policies": ["b"]}, {"secret_file": str(file)}, {"state": "absent"}):
        assert run(nomad, check=True, **params)["changed"]
        assert nomad.calls == []
    assert not file.exists()


def test_the_secret_is_stored_and_repaired(nomad: Nomad, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "below" / "secret"
    made = run(nomad, policies=["a"], secret_file=str(file))
    assert '"secret_file": "has the secret"' in made["diff"]["after"]
    assert not run(nomad, secret_file=str(file))["changed"]
    for spoil in (file.unlink, lambda: file.write_text("x"), lambda: file.chmod(0o644)):
        spoil()
        assert run(nomad, secret_file=str(file))["changed"]
        assert file.read_text() == "canary-1"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "write" not in nomad.calls
    assert os.listdir(file.parent) == ["secret"]
    run(nomad, state="absent", secret_file=str(file))
    assert file.exists()


def test_a_file_that_cannot_be_written_loses_no_token(nomad: Nomad, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"^secret_file: .* cannot be"):
        run(nomad, policies=["a"], secret_file=str(tmp_path / "file" / "secret"))
    assert run(nomad, policies=["a"], secret_file=str(tmp_path / "secret"))["changed"]
    assert len(nomad.stored) == 1


def test_a_task_that_dies_before_it_stores_the_secret(
    nomad: Nomad, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "secret")

    def dies(*arguments: t.Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(nomad_acl_token, "save", dies)
        with pytest.raises(KeyboardInterrupt):
            run(nomad, policies=["a"], secret_file=file)
    assert run(nomad, policies=["a"], secret_file=file)["changed"]
    assert pathlib.Path(file).read_text() == "canary-1"
    assert len(nomad.stored) == 1


def test_an_answer_that_is_lost(nomad: Nomad, tmp_path: pathlib.Path) -> None:
    nomad.lose_answer = True
    file = tmp_path / "secret"
    assert run(nomad, policies=["a"], expiration_ttl="8h", secret_file=str(file))["changed"]
    assert file.read_text() == "canary-1"
    assert len(nomad.stored) == 1


def test_a_request_that_is_lost(nomad: Nomad) -> None:
    nomad.refusal = LOST
    with pytest.raises(UnavailableError):
        run(nomad, policies=["a"])


def test_expired_ones_do_not_count(nomad: Nomad) -> None:
    old = run(nomad, policies=["a"])["accessor_id"]
    nomad.stored[old]["ExpirationTime"] = PAST
    assert not run(nomad, state="absent")["changed"]
    assert run(nomad, policies=["a"])["accessor_id"] != old
    with pytest.raises(UserError, match=rf"^accessor_id: there is no token {old}, or it has"):
        run(nomad, accessor_id=old)
    assert run(nomad, accessor_id=old, state="absent")["changed"]


def test_two_of_a_name(nomad: Nomad) -> None:
    body = {"Name": "t", "Type": "client", "Policies": ["a"], "Roles": [], "Global": False}
    made = [nomad.create_token({**body, "ExpirationTTL": ""})["AccessorID"] for _ in range(2)]
    for state in ("present", "absent"):
        with pytest.raises(ConflictError, match=f"{made[0]}, {made[1]}"):
            run(nomad, state=state, policies=["a"])
    assert run(nomad, accessor_id=made[0], state="absent")["name"] == "t"
    assert run(nomad, policies=["a"])["accessor_id"] == made[1]


def test_somebody_else_who_removed_it_too(nomad: Nomad) -> None:
    run(nomad, policies=["a"])
    nomad.refusal = ApiError("DELETE", "", 400, "Cannot delete nonexistent tokens: x")
    assert run(nomad, state="absent")["changed"]
    nomad.refusal = ApiError("DELETE", "", 403, "Permission denied")
    with pytest.raises(ApiError, match="denied"):
        run(nomad, state="absent")


def test_refusals(nomad: Nomad) -> None:
    with pytest.raises(UserError, match=r"^policies: there is no policy c\."):
        run(nomad, policies=["c"])
    assert "create" not in nomad.calls
    nomad.refusal = ApiError("PUT", "/v1/acl/token", 400, "cannot find role r")
    with pytest.raises(UserError, match=r"^roles: there is no role r\."):
        run(nomad, roles=["r"])
    nomad.refusal = ApiError("PUT", "/v1/acl/token", 400, "broken")
    with pytest.raises(ApiError, match="broken"):
        run(nomad, roles=["r"])
