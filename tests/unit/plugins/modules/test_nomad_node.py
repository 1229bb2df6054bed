# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module decides and asks for, against one node in memory that drains in steps."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    FailedError,
    UserError,
    WaitTimeoutError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import drain
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.modules import nomad_node
from ansible_collections.mlops.infra.tests.unit.plugins.modules.started import started

Json = dict[str, t.Any]
ID = "dbb84c36-fb53-6753-cfd4-f1d8f4f9b3d3"


class Nomad:
    """Each look at the node brings its drain one step on: draining, stopping, drained."""

    def __init__(self) -> None:
        self.strategy: Json | None = None
        self.eligibility = "eligible"
        self.last: Json | None = None
        self.alive = ["web.g[0]", "sys.g[0]"]
        self.desired = "run"
        self.meta: dict[str, str] = {"rack": "r7"}
        self.steps = 2
        self.calls: list[str] = []
        self.sent: list[t.Any] = []
        self.waits: list[tuple[str, float]] = []
        self.meanwhile: t.Callable[[], None] = lambda: None

    def nodes(self, expression: str = "") -> list[Json]:
        self.calls.append("list")
        return [{"ID": ID, "Name": "web", "Status": "ready"}]

    def find_node(self, node_id: str) -> Json | None:
        self.calls.append("find")
        return self._shown() if node_id == ID else None

    def _shown(self) -> Json:
        return {
            "ID": ID,
            "Name": "web",
            "Status": "ready",
            "DrainStrategy": self.strategy,
            "SchedulingEligibility": self.eligibility,
            "LastDrain": self.last,
        }

    def node(self, node_id: str, index: int = 0, wait: float = 0) -> tuple[Json, int]:
        self.waits.append(("node", wait))
        self.meanwhile()
        if self.strategy and self.steps:
            self.steps -= 1
            if not self.steps:
                self.strategy, self.last, self.desired = None, {"Status": "complete"}, "stop"
        return self._shown(), 1

    def node_allocations(
        self, node_id: str, index: int = 0, wait: float = 0
    ) -> tuple[list[Json], int]:
        self.waits.append(("allocations", wait))
        if wait and self.desired == "stop":
            self.alive = [name for name in self.alive if self.ignores(name)]
        return [self._allocation(name) for name in self.alive], 1

    def ignores(self, name: str) -> bool:
        return name.startswith("sys") and any(
            spec and spec.get("IgnoreSystemJobs") for _name, spec, *_rest in self.sent
        )

    def _allocation(self, name: str) -> Json:
        kind = "system" if name.startswith("sys") else "service"
        desired = "run" if self.ignores(name) else self.desired
        fields = {"ID": name, "Name": name, "Namespace": "default", "JobID": name[:3]}
        states = {"DesiredStatus": desired, "ClientStatus": "running", "Job": {"Type": kind}}
        return {**fields, **states}

    def drain(self, node_id: str, spec: Json | None, eligible: bool, message: str = "") -> None:
        self.calls.append("drain")
        self.sent.append(("drain", spec, eligible, message))
        self.strategy, self.eligibility = spec, "eligible" if eligible else "ineligible"

    def set_eligibility(self, node_id: str, eligibility: str) -> None:
        self.calls.append("eligibility")
        self.eligibility = eligibility

    def node_meta(self, node_id: str) -> dict[str, str]:
        self.calls.append("meta")
        return dict(self.meta)

    def set_node_meta(self, node_id: str, meta: Json) -> None:
        self.calls.append("set meta")
        merged = {**self.meta, **meta}
        self.meta = {key: value for key, value in merged.items() if value is not None}


@pytest.fixture
def nomad(monkeypatch: pytest.MonkeyPatch) -> Nomad:
    monkeypatch.setattr(drain, "PACE", 0)
    return Nomad()


def run(nomad: Nomad, **params: t.Any) -> Json:
    module = started(nomad_node, **{"node": "web", **params})
    nomad.calls.clear()
    nomad.waits.clear()
    return nomad_node.run(module, t.cast(t.Any, nomad))


def test_drain_again_and_take_back(nomad: Nomad) -> None:
    first = run(nomad, drain=True, deadline=60, drain_message="why")
    spec = {"Deadline": 60_000_000_000, "IgnoreSystemJobs": False}
    assert nomad.sent == [("drain", spec, False, "why")]
    assert (first["changed"], first["draining"], first["eligibility"]) == (
        True,
        False,
        "ineligible",
    )
    assert first["allocations"] == []
    assert '"deadline": 60' in first["diff"]["after"]
    again = run(nomad, drain=True, deadline=60)
    assert not again["changed"]
    assert nomad.calls == ["list", "find"]
    assert len(nomad.waits) == 1
    back = run(nomad, drain=False)
    assert (back["changed"], back["eligibility"]) == (True, "eligible")
    assert "allocations" not in back
    assert not run(nomad, drain=False)["changed"]


def test_first_the_node_is_waited_for_and_then_what_it_stopped(nomad: Nomad) -> None:
    run(nomad, drain=True)
    blocking = [what for what, wait in nomad.waits if wait]
    assert blocking == ["node", "node", "allocations"]


def test_system_jobs_may_stay(nomad: Nomad) -> None:
    result = run(nomad, drain=True, ignore_system_jobs=True)
    assert (result["changed"], result["allocations"]) == (True, [])
    assert nomad.alive == ["sys.g[0]"]
    assert not run(nomad, drain=True, ignore_system_jobs=True)["changed"]


def test_without_a_wait(nomad: Nomad) -> None:
    result = run(nomad, drain=True, wait=False)
    assert (result["changed"], result["draining"]) == (True, True)
    assert [a["name"] for a in result["allocations"]] == ["web.g[0]", "sys.g[0]"]


def test_a_drain_that_runs_is_waited_for(nomad: Nomad) -> None:
    run(nomad, drain=True, wait=False)
    nomad.steps = 2
    result = run(nomad, drain=True)
    assert (result["changed"], result["draining"], result["allocations"]) == (False, False, [])
    assert "drain" not in nomad.calls


def test_tasks_that_still_end_are_waited_for(nomad: Nomad) -> None:
    nomad.eligibility, nomad.last, nomad.desired = "ineligible", {"Status": "complete"}, "stop"
    result = run(nomad, drain=True)
    assert (result["changed"], nomad.alive) == (False, [])


def test_a_time_out_says_what_is_left(nomad: Nomad) -> None:
    nomad.steps = 0
    with pytest.raises(WaitTimeoutError, match=r"2 allocations are left: sys.g\[0\]") as caught:
        run(nomad, drain=True, wait_timeout=0)
    assert caught.value.details["changed"] is True
    assert caught.value.details["allocations"][0]["name"] == "web.g[0]"


def test_a_drain_that_somebody_ends(nomad: Nomad) -> None:
    def end() -> None:
        nomad.strategy, nomad.last = None, {"Status": "canceled"}

    nomad.meanwhile = end
    with pytest.raises(FailedError, match="ended by somebody else") as caught:
        run(nomad, drain=True)
    assert caught.value.details["changed"] is True


def test_a_server_that_is_lost_meanwhile(nomad: Nomad) -> None:
    def lose() -> None:
        raise UnavailableError("GET", "/v1/node", 0, "reset", "lost")

    nomad.meanwhile = lose
    with pytest.raises(FailedError, match="lost") as caught:
        run(nomad, drain=True)
    assert caught.value.details["changed"] is True


def test_a_drain_is_ended(nomad: Nomad) -> None:
    nomad.steps = 9
    run(nomad, drain=True, wait=False)
    kept = run(nomad, drain=False, eligibility="ineligible")
    assert (kept["changed"], kept["draining"], kept["eligibility"]) == (True, False, "ineligible")
    assert nomad.sent[-1] == ("drain", None, False, "")
    run(nomad, drain=True, wait=False)
    assert run(nomad, drain=False)["eligibility"] == "eligible"
    assert nomad.sent[-1] == ("drain", None, True, "")


def test_eligibility(nomad: Nomad) -> None:
    assert run(nomad, eligibility="ineligible")["changed"]
    assert not run(nomad, eligibility="ineligible")["changed"]
    assert nomad.calls == ["list", "find"]


def test_meta(nomad: Nomad) -> None:
    result = run(nomad, meta={"trainer": True, "rack": None})
    assert (result["changed"], result["meta"]) == (True, {"trainer": "true"})
    assert '"rack": "r7"' in result["diff"]["before"]
    assert not run(nomad, meta={"trainer": "true", "rack": None})["changed"]
    assert "set meta" not in nomad.calls


def test_meta_and_drain_at_once(nomad: Nomad) -> None:
    assert run(nomad, drain=True, meta={"a": "b"})["meta"] == {"rack": "r7", "a": "b"}
    assert [call for call in nomad.calls if call in ("set meta", "drain")] == ["set meta", "drain"]


def test_check_mode_changes_nothing(nomad: Nomad) -> None:
    for params in ({"drain": True}, {"eligibility": "ineligible"}, {"meta": {"a": "b"}}):
        result = run(nomad, check=True, **params)
        assert result["changed"]
        assert "diff" in result
    assert (nomad.strategy, nomad.eligibility, nomad.meta) == (None, "eligible", {"rack": "r7"})


def test_an_id_is_not_looked_for_in_a_list(nomad: Nomad) -> None:
    run(nomad, node=ID, eligibility="ineligible")
    assert "list" not in nomad.calls
    with pytest.raises(UserError, match="no node with the ID"):
        run(nomad, node=ID.replace("d", "0"), drain=True)


def test_wrong_options_ask_nothing(nomad: Nomad) -> None:
    with pytest.raises(UserError, match="deadline"):
        run(nomad, drain=True, deadline=-5)
    assert nomad.calls == []
