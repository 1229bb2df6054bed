# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import namespaces

Json = dict[str, t.Any]
NOTHING: Json = dict.fromkeys(("description", "quota", "meta", "capabilities", "node_pool_config"))
# As Nomad 2.0.5 shows one.
THERE: Json = {
    "Capabilities": {
        "DisabledNetworkModes": None,
        "DisabledTaskDrivers": None,
        "EnabledNetworkModes": None,
        "EnabledTaskDrivers": ["docker", "exec"],
    },
    "ConsulConfiguration": {"Default": "eu"},
    "CreateIndex": 44,
    "Description": "d",
    "Hash": "7STs",
    "Meta": {"a": "b"},
    "ModifyIndex": 45,
    "Name": "ns",
    "NodePoolConfiguration": None,
    "Quota": "",
}


def desired(observed: Json | None, **params: t.Any) -> Json:
    return namespaces.desired(observed, {**NOTHING, "name": "ns", **params})


def same(observed: Json | None, **params: t.Any) -> bool:
    wanted = desired(observed, **params)
    return namespaces.comparable(observed) == namespaces.comparable(wanted)


@pytest.mark.parametrize("name", ["", "a_b", "a.b", "a b", "é", "x" * 129, "a\n"])
def test_names_that_nomad_does_not_take(name: str) -> None:
    namespaces.check("A-b1", None)
    namespaces.check("x" * 128, None)
    with pytest.raises(UserError, match=r"^name: "):
        namespaces.check(name, None)


def test_descriptions_are_counted_in_bytes() -> None:
    namespaces.check("a", "é" * 128)
    with pytest.raises(UserError, match=r"^description: it has 258 bytes"):
        namespaces.check("a", "é" * 129)


def test_a_new_one() -> None:
    assert desired(None) == {"Name": "ns"}
    assert not same(None)
    assert desired(None, meta={"a": 1, "t": True}, quota="q") == {
        "Name": "ns",
        "Meta": {"a": "1", "t": "true"},
        "Quota": "q",
    }


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"description": "d", "quota": "", "meta": {"a": "b"}},
        {"capabilities": {"enabled_task_drivers": ["exec", "docker"]}},
        {"capabilities": {"disabled_task_drivers": [], "enabled_task_drivers": None}},
        {"node_pool_config": {"default": None, "allowed": [], "denied": None}},
    ],
)
def test_what_is_there_already(params: Json) -> None:
    assert same(THERE, **params)


@pytest.mark.parametrize(
    "params",
    [
        {"description": ""},
        {"quota": "q"},
        {"meta": {}},
        {"meta": {"a": "b", "c": "d"}},
        {"capabilities": {"enabled_task_drivers": ["docker"]}},
        {"capabilities": {"enabled_task_drivers": []}},
        {"capabilities": {"disabled_network_modes": ["host"]}},
        {"node_pool_config": {"default": "gpu"}},
    ],
)
def test_what_is_not(params: Json) -> None:
    assert not same(THERE, **params)


def test_what_the_task_does_not_name_is_kept() -> None:
    wanted = desired(THERE, capabilities={"disabled_task_drivers": ["raw_exec"]})
    assert wanted == {
        **{k: v for k, v in THERE.items() if k not in ("Hash", "CreateIndex", "ModifyIndex")},
        "Capabilities": {**THERE["Capabilities"], "DisabledTaskDrivers": ["raw_exec"]},
    }
    assert THERE["Capabilities"]["DisabledTaskDrivers"] is None


def test_fields_that_the_server_dropped() -> None:
    modes = {"enabled_task_drivers": ["docker", "exec"], "disabled_network_modes": ["host"]}
    wanted = desired(THERE, capabilities=modes)
    error = namespaces.ignored(wanted, THERE)
    assert "kept nothing of Capabilities.DisabledNetworkModes: this version" in str(error)
    assert error
    assert error.details["changed"] is True
    assert namespaces.ignored(wanted, {**wanted, "Hash": "new"}) is None


def refusal(body: str) -> ApiError:
    return ApiError("PUT", "/v1/namespace/ns", 500, body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('namespace "ns" using non-existent quota "q"', '^quota: .*quota "q". Create the quota'),
        (
            'Invalid namespace "ns": 1 error occurred:\n\t* invalid node pool configuration: Node'
            " Pools Governance is unlicensed.\n\n\n",
            "^node_pool_config: .* is unlicensed. It needs Nomad Enterprise",
        ),
    ],
)
def test_refusals_name_the_option(body: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        raise namespaces.refused(refusal(body)) or AssertionError


def test_other_refusals_stay_what_they_are() -> None:
    assert namespaces.refused(refusal("something else")) is None


def test_jobs_that_are_not_dead() -> None:
    jobs = [{"ID": "b", "Status": "running"}, {"ID": "c", "Status": "dead"}]
    assert namespaces.live([*jobs, {"ID": "a", "Status": "pending"}]) == ["a", "b"]


def test_why_a_namespace_stays() -> None:
    assert namespaces.in_use("ns", [], []) is None
    full = namespaces.in_use("ns", ["a", "b"], ["v"], refusal("whatever"))
    assert "not removed, since it has the jobs a, b and the variables v. Remove" in str(full)
    many = namespaces.in_use("ns", [f"j{n}" for n in range(12)], [])
    assert "j9 and 2 more" in str(many)
    both = (
        '2 errors occurred:\n\t* namespace "ns" has non-terminal jobs in regions: [eu]\n'
        '\t* namespace "ns" has non-terminal allocations in regions: [eu]\n\n\n'
    )
    told = str(namespaces.in_use("ns", [], [], refusal(both)))
    assert "jobs in regions: [eu]; namespace" in told
    assert "errors occurred" not in told
