# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module decides and asks for, against a store in memory that checks indexes as Nomad."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.modules import nomad_variable
from ansible_collections.mlops.infra.tests.unit.plugins.modules.started import started

Json = dict[str, t.Any]


class Nomad:
    def __init__(self) -> None:
        self.stored: dict[str, Json] = {}
        self.namespaces = {"default"}
        self.calls: list[str] = []
        self.index = 10
        self.meanwhile: t.Callable[[], None] = lambda: None
        self.lose_answer = False
        self.namespace_error: ApiError | None = None

    def put(self, path: str, items: dict[str, str], **fields: t.Any) -> Json:
        self.index += 1
        shown = {"Path": path, "Items": dict(items), "ModifyIndex": self.index, "ModifyTime": 1}
        self.stored[path] = {**shown, **fields}
        return dict(self.stored[path])

    def find_variable(self, path: str) -> Json | None:
        self.calls.append("read")
        return dict(self.stored[path]) if path in self.stored else None

    def _check(self, path: str, index: int) -> None:
        self.meanwhile()
        there = self.stored.get(path, {"ModifyIndex": 0})
        if there["ModifyIndex"] != index:
            raise ApiError("PUT", f"/v1/var/{path}", 409, json.dumps(there))

    def write_variable(self, path: str, items: dict[str, str], index: int) -> Json:
        self.calls.append("write")
        self._check(path, index)
        shown = self.put(path, items)
        if self.lose_answer:
            raise UnavailableError("PUT", path, 0, "reset", "lost")
        return shown

    def delete_variable(self, path: str, index: int) -> None:
        self.calls.append("delete")
        self._check(path, index)
        self.stored.pop(path, None)
        if self.lose_answer:
            raise UnavailableError("DELETE", path, 0, "reset", "lost")

    def find_namespace(self, name: str) -> Json | None:
        self.calls.append("namespace")
        if self.namespace_error:
            raise self.namespace_error
        return {"Name": name} if name in self.namespaces else None


@pytest.fixture
def nomad(monkeypatch: pytest.MonkeyPatch) -> Nomad:
    for name in ("NOMAD_NAMESPACE", "NOMAD_ADDR", "NOMAD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return Nomad()


def prepared(**params: t.Any) -> AnsibleModule:
    return started(nomad_variable, **{"path": "a", **params})


def run(nomad: Nomad, **params: t.Any) -> Json:
    nomad.calls.clear()
    return nomad_variable.run(prepared(**params), t.cast(t.Any, nomad))


def test_create_again_change_remove_again(nomad: Nomad) -> None:
    first = run(nomad, items={"x": "1"}, sensitive=False)
    assert (first["changed"], first["modify_index"]) == (True, 11)
    assert first["variable"]["Items"] == {"x": "1"}
    assert first["diff"]["before"] == ""
    again = run(nomad, items={"x": "1"})
    assert not again["changed"]
    assert "diff" not in again
    assert nomad.calls == ["read"]
    assert run(nomad, items={"y": 2})["changed"]
    assert nomad.stored["a"]["Items"] == {"x": "1", "y": "2"}
    assert run(nomad, items={"y": "2"}, purge_items=True)["changed"]
    assert nomad.stored["a"]["Items"] == {"y": "2"}
    gone = run(nomad, state="absent", sensitive=False)
    assert (gone["changed"], gone["modify_index"]) == (True, 0)
    assert gone["variable"]["Items"] == {"y": "2"}
    assert gone["diff"]["after"] == ""
    assert not run(nomad, state="absent")["changed"]
    assert nomad.stored == {}


def test_check_mode_changes_nothing(nomad: Nomad) -> None:
    created = run(nomad, items={"x": "1"}, check=True)
    assert (created["changed"], created["modify_index"], created["variable"]) == (True, 0, None)
    nomad.put("a", {"x": "1"})
    changed = run(nomad, items={"x": "2"}, check=True)
    assert (changed["changed"], changed["modify_index"]) == (True, 11)
    removed = run(nomad, state="absent", check=True)
    assert (removed["changed"], removed["modify_index"]) == (True, 11)
    assert nomad.stored["a"]["Items"] == {"x": "1"}


@pytest.mark.parametrize("sensitive", [True, "pass", ["^password$"]])
def test_secrets_are_nowhere(nomad: Nomad, sensitive: t.Any) -> None:
    nomad.put("a", {"password": "canary-old"})
    module = prepared(items={"password": "canary-new"}, sensitive=sensitive)
    result = nomad_variable.run(module, t.cast(t.Any, nomad))
    assert "canary" not in json.dumps([result, module.params])
    assert result["diff"]["before"] != result["diff"]["after"]
    assert nomad.stored["a"]["Items"] == {"password": "canary-new"}


def test_what_is_no_secret_is_shown_and_hides_no_words(nomad: Nomad) -> None:
    module = prepared(path="web", items={"user": "web", "password": "canary"}, sensitive="pass")
    result = nomad_variable.run(module, t.cast(t.Any, nomad))
    assert module.params["items"]["user"] == "web"
    assert result["variable"]["Items"]["user"] == "web"
    assert "web" not in module.no_log_values


def test_tokens_stay_hidden(nomad: Nomad) -> None:
    module = prepared(items={"a": "b"}, token="canary-token")
    nomad_variable.run(module, t.cast(t.Any, nomad))
    assert "canary-token" in module.no_log_values


def test_index_0_writes_once(nomad: Nomad) -> None:
    assert run(nomad, items={"x": "1"}, check_index=0)["changed"]
    assert not run(nomad, items={"x": "2"}, check_index=0)["changed"]
    assert nomad.stored["a"]["Items"] == {"x": "1"}


def test_another_index_must_be_the_variables(nomad: Nomad) -> None:
    nomad.put("a", {"x": "1"})
    with pytest.raises(ConflictError, match="has the index 11, and not the index 5"):
        run(nomad, items={"x": "2"}, check_index=5)
    with pytest.raises(ConflictError, match="has the index 11"):
        run(nomad, state="absent", check_index=5, check=True)
    assert not run(nomad, items={"x": "1"}, check_index=5)["changed"]
    assert run(nomad, items={"x": "2"}, check_index=11)["changed"]


@pytest.mark.parametrize("params", [{"items": {"x": "2"}}, {"state": "absent"}])
def test_somebody_elses_change_is_not_lost(nomad: Nomad, params: Json) -> None:
    nomad.put("a", {"x": "1"})
    nomad.meanwhile = lambda: nomad.put("a", {"x": "theirs"}) and None
    with pytest.raises(ConflictError, match="changed by somebody else") as caught:
        run(nomad, **params)
    assert "theirs" not in str(caught.value)
    assert nomad.stored["a"]["Items"] == {"x": "theirs"}


def test_somebody_else_who_wrote_the_same(nomad: Nomad) -> None:
    nomad.meanwhile = lambda: nomad.put("a", {"x": "1"}) and None
    result = run(nomad, items={"x": "1"})
    assert (result["changed"], result["modify_index"]) == (False, 11)


def test_somebody_else_who_removed_it_too(nomad: Nomad) -> None:
    nomad.put("a", {"x": "1"})
    nomad.meanwhile = nomad.stored.clear
    assert run(nomad, state="absent")["changed"] is False


@pytest.mark.parametrize("params", [{"items": {"x": "2"}}, {"state": "absent"}])
def test_a_lost_answer_is_looked_up(nomad: Nomad, params: Json) -> None:
    nomad.put("a", {"x": "1"})
    nomad.lose_answer = True
    assert run(nomad, **params)["changed"] is True
    assert len([call for call in nomad.calls if call != "read"]) == 1


def test_a_lost_request_stays_an_error(nomad: Nomad) -> None:
    nomad.put("a", {"x": "1"})

    def lost(*args: t.Any) -> Json:
        raise UnavailableError("PUT", "/v1/var/a", 0, "reset", "lost")

    nomad.write_variable = lost  # type: ignore[method-assign]
    with pytest.raises(UnavailableError):
        run(nomad, items={"x": "2"})


def test_other_refusals_are_passed_on(nomad: Nomad) -> None:
    def refuse() -> None:
        raise ApiError("PUT", "/v1/var/a", 403, "Permission denied")

    nomad.meanwhile = refuse
    with pytest.raises(ApiError, match="403"):
        run(nomad, items={"x": "1"})


def test_a_locked_variable(nomad: Nomad) -> None:
    nomad.put("a", {"x": "1"}, Lock={"ID": "canary", "TTL": "15s"})
    for check in (True, False):
        with pytest.raises(ConflictError, match="locked"):
            run(nomad, items={"x": "2"}, check=check)
    unchanged = run(nomad, items={"x": "1"})
    assert unchanged["variable"]["Lock"] == {"TTL": "15s"}


def test_a_namespace_that_there_is_not(nomad: Nomad) -> None:
    with pytest.raises(UserError, match="there is no namespace other"):
        run(nomad, items={"x": "1"}, namespace="other", check=True)
    nomad.namespaces.add("other")
    assert run(nomad, items={"x": "1"}, namespace="other")["namespace"] == "other"
    assert run(nomad, items={"x": "2"}, namespace="other")["changed"]
    assert nomad.calls == ["read", "write"]


def test_a_token_that_may_not_see_namespaces(nomad: Nomad) -> None:
    nomad.namespace_error = ApiError("GET", "/v1/namespace/other", 403, "Permission denied")
    assert run(nomad, items={"x": "1"}, namespace="other")["changed"]
    nomad.namespace_error = ApiError("GET", "/v1/namespace/other", 500, "broken")
    nomad.stored.clear()
    with pytest.raises(ApiError, match="broken"):
        run(nomad, items={"x": "1"}, namespace="other")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"path": "/a", "items": {"x": "1"}}, "path: "),
        ({"items": {}}, "items: "),
        ({"items": {"x": "y" * 65536}}, "65537 bytes"),
        ({"items": {"x": "1"}, "namespace": "*"}, "namespace: "),
        ({"items": {"x": "1"}, "sensitive": "("}, "sensitive: "),
    ],
)
def test_wrong_input_changes_nothing(nomad: Nomad, params: Json, words: str) -> None:
    with pytest.raises(UserError, match=words):
        run(nomad, **params)
    assert nomad.stored == {}
