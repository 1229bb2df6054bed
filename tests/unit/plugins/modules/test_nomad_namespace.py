# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module decides and asks for, against namespaces in memory."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    FailedError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.modules import nomad_namespace
from ansible_collections.mlops.infra.tests.unit.plugins.modules.started import started

Json = dict[str, t.Any]


class Nomad:
    """Drops what it does not know, and bumps an index at each write, as the real one."""

    known = ("Name", "Description", "Meta", "Quota", "Capabilities", "NodePoolConfiguration")

    def __init__(self) -> None:
        self.stored: dict[str, Json] = {"default": {"Name": "default", "Description": ""}}
        self.calls: list[str] = []
        self.index = 10
        self.refusal: ApiError | None = None
        self.running: list[Json] = []
        self.there: list[Json] = []
        self.where: tuple[str, str] | None = None

    def use(self, namespace: str, region: str) -> None:
        self.where = (namespace, region)

    def find_namespace(self, name: str) -> Json | None:
        return self.stored.get(name)

    def write_namespace(self, namespace: Json) -> None:
        self.calls.append("write")
        if self.refusal:
            raise self.refusal
        self.index += 1
        kept = {key: namespace.get(key) for key in self.known}
        self.stored[namespace["Name"]] = {**kept, "ModifyIndex": self.index, "Hash": "h"}

    def delete_namespace(self, name: str) -> None:
        self.calls.append("delete")
        if self.refusal:
            raise self.refusal
        del self.stored[name]

    def jobs(self) -> list[Json]:
        return self.running

    def variables(self) -> list[Json]:
        return self.there


@pytest.fixture
def nomad(monkeypatch: pytest.MonkeyPatch) -> Nomad:
    for name in ("NOMAD_NAMESPACE", "NOMAD_REGION", "NOMAD_ADDR"):
        monkeypatch.delenv(name, raising=False)
    return Nomad()


def run(nomad: Nomad, **params: t.Any) -> Json:
    module = started(nomad_namespace, **{"name": "ns", **params})
    nomad.calls.clear()
    return nomad_namespace.run(module, t.cast(t.Any, nomad))


def test_create_again_change_remove_again(nomad: Nomad) -> None:
    drivers = {"enabled_task_drivers": ["docker"]}
    first = run(nomad, description="d", capabilities=drivers)
    assert first["changed"]
    assert first["namespace"]["Capabilities"] == {"EnabledTaskDrivers": ["docker"]}
    assert first["diff"]["before"] == ""
    again = run(nomad, description="d", capabilities=drivers)
    assert not again["changed"]
    assert "diff" not in again
    assert nomad.calls == []
    changed = run(nomad, meta={"a": "b"})
    assert changed["namespace"]["Description"] == "d"
    assert '"a": "b"' in changed["diff"]["after"]
    assert run(nomad, state="absent")["changed"]
    assert not run(nomad, state="absent")["changed"]
    assert set(nomad.stored) == {"default"}


def test_check_mode_changes_nothing(nomad: Nomad) -> None:
    assert run(nomad, check=True)["changed"]
    run(nomad)
    assert run(nomad, description="d", check=True)["changed"]
    assert run(nomad, state="absent", check=True)["changed"]
    assert nomad.calls == []
    assert nomad.stored["ns"]["Description"] is None


def test_default_is_changed_but_not_removed(nomad: Nomad) -> None:
    assert run(nomad, name="default", description="d")["changed"]
    with pytest.raises(UserError, match="Nomad keeps the namespace default"):
        run(nomad, name="default", state="absent")
    assert nomad.calls == []


@pytest.mark.parametrize("check", [True, False])
def test_a_namespace_that_is_in_use_says_by_what(nomad: Nomad, check: bool) -> None:
    run(nomad)
    nomad.running = [{"ID": "web", "Status": "running"}, {"ID": "old", "Status": "dead"}]
    nomad.there = [{"Path": "b"}, {"Path": "a"}]
    nomad.refusal = ApiError("DELETE", "/v1/namespace/ns", 500, "has non-terminal jobs")
    with pytest.raises(FailedError, match="the jobs web and the variables a, b") as caught:
        run(nomad, state="absent", check=check, region="eu")
    assert caught.value.details == {"changed": False, "jobs": ["web"], "variables": ["a", "b"]}
    assert nomad.where == ("ns", "eu")
    assert nomad.calls == ([] if check else ["delete"])


def test_other_reasons_are_nomads(nomad: Nomad) -> None:
    run(nomad)
    nomad.refusal = ApiError("DELETE", "/v1/namespace/ns", 500, 'it has "volumes" in regions')
    with pytest.raises(FailedError, match=r'since it has "volumes" in regions\. Remove'):
        run(nomad, state="absent")


def test_somebody_else_who_removed_it_too(nomad: Nomad) -> None:
    run(nomad)
    nomad.refusal = ApiError("DELETE", "/v1/namespace/ns", 500, "namespace not found")
    assert run(nomad, state="absent")["changed"]


@pytest.mark.parametrize(
    "refusal",
    [
        ApiError("DELETE", "/v1/namespace/ns", 403, "Permission denied"),
        UnavailableError("DELETE", "/v1/namespace/ns", 0, "reset", "lost"),
    ],
)
def test_what_has_nothing_to_do_with_its_use(nomad: Nomad, refusal: ApiError) -> None:
    run(nomad)
    nomad.refusal = refusal
    with pytest.raises(type(refusal)):
        run(nomad, state="absent")
    assert nomad.where is None


def test_an_older_nomad_that_drops_a_field(nomad: Nomad, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nomad, "known", ("Name", "Description"))
    with pytest.raises(FailedError, match=r"kept nothing of Capabilities\.EnabledTaskDrivers"):
        run(nomad, capabilities={"enabled_task_drivers": ["docker"]})


def test_refusals(nomad: Nomad) -> None:
    nomad.refusal = ApiError("PUT", "/v1/namespace/ns", 500, 'using non-existent quota "q"')
    with pytest.raises(UserError, match=r"^quota: "):
        run(nomad, quota="q")
    nomad.refusal = ApiError("PUT", "/v1/namespace/ns", 500, "broken")
    with pytest.raises(ApiError, match="broken"):
        run(nomad, quota="q")
    with pytest.raises(UserError, match=r"^name: "):
        run(nomad, name="a_b")
