# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module decides and asks for, against a cluster in memory."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    FailedError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import options
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.modules import nomad_acl_bootstrap

Json = dict[str, t.Any]
SECRET = "0f1a1c05-9b30-4b0c-9b0f-2f1b5a9f5c11"
OTHER = SECRET.replace("0", "1")
LOST = UnavailableError("PUT", "/v1/acl/bootstrap", 0, "reset", "lost")
NO_LEADER = UnavailableError("GET", "/v1/acl/token/self", 500, "No cluster leader", "no leader")
DONE = ApiError("PUT", "/v1/acl/bootstrap", 400, "ACL bootstrap already done (reset index: 8)")


class Nomad:
    def __init__(self) -> None:
        self.tokens: dict[str, Json] = {}
        self.calls: list[str] = []
        self.troubles: list[ApiError] = []
        self.after: list[ApiError] = []
        self.heeds = True

    def find_holder(self, secret: str) -> Json | None:
        self.calls.append("look")
        if self.troubles:
            raise self.troubles.pop(0)
        return self.tokens.get(secret)

    def bootstrap(self, secret: str) -> None:
        self.calls.append("bootstrap")
        if self.tokens:
            raise DONE
        held = secret if self.heeds else OTHER
        self.tokens[held] = {"AccessorID": "a", "SecretID": held, "Type": "management"}
        if self.after:
            raise self.after.pop(0)


@pytest.fixture
def nomad(monkeypatch: pytest.MonkeyPatch) -> Nomad:
    def at_once(timeout: float) -> t.Iterator[float]:
        yield from (float(left) for left in range(int(timeout), -1, -1))

    monkeypatch.setattr(nomad_acl_bootstrap, "clock", at_once)
    return Nomad()


def run(nomad: Nomad, **params: t.Any) -> Json:
    check = params.pop("check", False)
    given = {"secret": SECRET, "wait_timeout": 3, **params}
    with patch_module_args({"_ansible_check_mode": check, **given}):
        module = AnsibleModule(
            argument_spec={**options.CONNECTION_OPTIONS, **nomad_acl_bootstrap.OPTIONS},
            supports_check_mode=True,
        )
    nomad.calls.clear()
    result = nomad_acl_bootstrap.run(module, t.cast(t.Any, nomad))
    assert SECRET not in json.dumps(result)
    return result


def test_once_and_again(nomad: Nomad) -> None:
    assert run(nomad, check=True) == {"changed": True, "accessor_id": None, "acl_token": None}
    assert nomad.calls == ["look"]
    assert run(nomad)["changed"]
    assert nomad.calls == ["look", "bootstrap", "look"]
    for check in (True, False):
        again = run(nomad, check=check)
        assert (again["changed"], again["accessor_id"]) == (False, "a")
        assert nomad.calls == ["look"]


def test_it_waits_for_a_leader(nomad: Nomad) -> None:
    nomad.troubles = [NO_LEADER, NO_LEADER]
    assert run(nomad)["changed"]
    assert nomad.calls == ["look", "look", "look", "bootstrap", "look"]
    nomad.troubles = [NO_LEADER] * 4
    with pytest.raises(UnavailableError):
        run(nomad)
    nomad.troubles = [NO_LEADER]
    with pytest.raises(UnavailableError):
        run(nomad, wait_timeout=0)


def test_an_answer_that_is_lost(nomad: Nomad) -> None:
    nomad.after = [LOST]
    assert run(nomad)["changed"]
    assert nomad.calls == ["look", "bootstrap", "look"]
    assert len(nomad.tokens) == 1


def test_somebody_else_with_the_same_secret(nomad: Nomad) -> None:
    nomad.after = [DONE]
    assert run(nomad)["accessor_id"] == "a"


def test_another_secret(nomad: Nomad) -> None:
    run(nomad, secret=OTHER)
    with pytest.raises(ConflictError, match="write 8 into the file server/acl-bootstrap-reset"):
        run(nomad)
    assert run(nomad, check=True)["changed"]


def test_a_server_that_chooses_the_secret_itself(nomad: Nomad) -> None:
    nomad.heeds = False
    with pytest.raises(FailedError, match="does not know the secret") as caught:
        run(nomad)
    assert caught.value.details == {"changed": True}


def test_refusals(nomad: Nomad) -> None:
    with pytest.raises(UserError, match=r"^secret: it is no UUID"):
        run(nomad, secret="canary")
    with pytest.raises(UserError, match=r"^wait_timeout is -1"):
        run(nomad, wait_timeout=-1)
    assert nomad.calls == []
    nomad.troubles = [ApiError("GET", "/v1/acl/token/self", 500, "broken")]
    with pytest.raises(ApiError, match="broken"):
        run(nomad)
    nomad.tokens[SECRET] = {"AccessorID": "b", "Type": "client"}
    with pytest.raises(UserError, match="of token b, which is of type client"):
        run(nomad)
