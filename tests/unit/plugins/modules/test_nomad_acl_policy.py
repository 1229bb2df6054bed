# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module decides and asks for, against policies in memory."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    FailedError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import options
from ansible_collections.mlops.infra.plugins.modules import nomad_acl_policy

Json = dict[str, t.Any]
NODE = 'node { policy = "read" }'


class Nomad:
    """Keeps the text of rules, and replaces a policy as a whole."""

    understood: t.ClassVar[Json] = {"Node": {"Policy": "read"}}

    def __init__(self) -> None:
        self.stored: dict[str, Json] = {}
        self.calls: list[str] = []
        self.refusal: ApiError | None = None

    def find_policy(self, name: str) -> Json | None:
        return self.stored.get(name)

    def write_policy(self, policy: Json) -> None:
        self.calls.append("write")
        if self.refusal:
            raise self.refusal
        self.stored[policy["Name"]] = {**policy, "RulesJSON": self.understood}

    def delete_policy(self, name: str) -> None:
        self.calls.append("delete")
        self.stored.pop(name, None)


@pytest.fixture
def nomad() -> Nomad:
    return Nomad()


def run(nomad: Nomad, **params: t.Any) -> Json:
    check = params.pop("check", False)
    args = {"_ansible_check_mode": check, "_ansible_diff": True, "name": "p", **params}
    with patch_module_args(args):
        module = AnsibleModule(
            argument_spec={**options.CONNECTION_OPTIONS, **nomad_acl_policy.OPTIONS},
            supports_check_mode=True,
        )
    nomad.calls.clear()
    return nomad_acl_policy.run(module, t.cast(t.Any, nomad))


def test_create_again_change_remove_again(nomad: Nomad) -> None:
    first = run(nomad, rules=NODE, description="d")
    assert first["changed"]
    assert first["policy"]["Rules"] == NODE
    assert first["diff"]["before"] == ""
    assert '"policy": "read"' in first["diff"]["after"]
    again = run(nomad, rules={"node": {"policy": "read"}})
    assert not again["changed"]
    assert "diff" not in again
    assert nomad.calls == []
    changed = run(nomad, rules={"node": {"policy": "write"}})
    assert '"policy": "write"' in changed["diff"]["after"]
    assert nomad.stored["p"]["Description"] == "d"
    assert run(nomad, state="absent")["changed"]
    assert not run(nomad, state="absent")["changed"]
    assert nomad.stored == {}


def test_check_mode_changes_nothing(nomad: Nomad) -> None:
    assert run(nomad, rules=NODE, check=True)["changed"]
    assert nomad.stored == {}
    run(nomad, rules=NODE)
    assert run(nomad, description="d", check=True)["changed"]
    assert run(nomad, state="absent", check=True)["changed"]
    assert nomad.calls == []


def test_words_that_nomad_drops_fail_each_time(nomad: Nomad) -> None:
    wrong = 'node { polcy = "read" }'
    for changed, check in ((True, False), (False, False), (False, True)):
        with pytest.raises(FailedError, match="heeds nothing of polcy in node") as caught:
            run(nomad, rules=wrong, check=check)
        assert caught.value.details["changed"] is changed
    # What Nomad understands of rules that are about to be replaced is no matter any more.
    assert run(nomad, rules=NODE, check=True)["changed"]
    assert run(nomad, state="absent")["changed"]


def test_refusals(nomad: Nomad) -> None:
    said = "failed to parse rules: Invalid policy: x"
    nomad.refusal = ApiError("PUT", "/v1/acl/policy/p", 400, said)
    with pytest.raises(UserError, match=r"^rules: Nomad does not take them"):
        run(nomad, rules="x {}")
    nomad.refusal = ApiError("PUT", "/v1/acl/policy/p", 500, "broken")
    with pytest.raises(ApiError, match="broken"):
        run(nomad, rules=NODE)
    with pytest.raises(UserError, match=r"^name: "):
        run(nomad, name="a_b")
