# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import placement

Json = dict[str, t.Any]


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (
            {"DimensionExhausted": {"memory": 2}, "ResourcesExhausted": {"t": {"MemoryMB": 99}}},
            "not enough memory (99 MiB asked for) on 2 node(s)",
        ),
        (
            {"ConstraintFiltered": {"${attr.kernel.name} = windows": 1}},
            "${attr.kernel.name} = windows",
        ),
        ({"NodesEvaluated": 0, "NodesAvailable": {"dc1": 0}}, "no node is eligible"),
        ({"NodesEvaluated": 4}, "4 node(s) were looked at, none fits"),
        ({"QuotaExhausted": ["cpu"]}, "quota exhausted: cpu"),
        ({"ClassFiltered": {"gpu": 1}, "ClassExhausted": {"big": 1}}, "class gpu filtered"),
        ({"DimensionExhausted": {"cpu": 1}, "ResourcesExhausted": None}, "not enough cpu on 1"),
    ],
)
def test_unplaceable(metric: Json, words: str) -> None:
    text = placement.unplaceable({"g": metric}, {})
    assert text.startswith("no node can take it (group g: ")
    assert words in text


def test_unplaceable_without_metrics() -> None:
    assert placement.unplaceable({}, {}) == "no node can take it"


def constraint(left: str, operand: str = "=", right: str = "") -> Json:
    return {"LTarget": left, "Operand": operand, "RTarget": right}


JOB: Json = {
    "Constraints": [
        constraint("${attr.kernel.name}", right="plan9"),
        constraint("", "distinct_hosts", "true"),
    ],
    "TaskGroups": [
        {
            "Name": "g",
            "Constraints": [constraint("${meta.rack}", "is_set")],
            "Networks": [{"Mode": "cni/mynet"}],
            "Volumes": {
                "a": {"Type": "host", "Source": "scratch"},
                "b": {"Type": "csi", "Source": "db"},
            },
            "Tasks": [
                {
                    "Driver": "podman",
                    "Constraints": [constraint("${attr.nomad.version}", "semver", ">= 9.0.0")],
                },
                {"Driver": "podman", "Constraints": None},
                {"Driver": "qemu", "Resources": {"Devices": [{"Name": "nvidia/gpu"}]}},
            ],
        },
        {"Name": "h", "Tasks": [{"Driver": "docker"}]},
    ],
}


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("missing drivers", "podman, qemu"),
        ("missing compatible host volumes", "scratch"),
        ("missing devices", "nvidia/gpu"),
        ("missing network", "cni/mynet"),
        (
            "computed class ineligible",
            "${attr.kernel.name} = plan9, ${meta.rack} is_set, ${attr.nomad.version} semver >= 9.0.0,"
            " driver podman, driver qemu, host volume scratch, device nvidia/gpu",
        ),
    ],
)
def test_what_the_scheduler_leaves_open_is_named(word: str, names: str) -> None:
    text = placement.unplaceable({"g": {"ConstraintFiltered": {word: 2}}}, JOB)
    assert text == f"no node can take it (group g: constraint {word} ({names}) excludes 2 node(s))"


@pytest.mark.parametrize(
    "word", ["missing CSI Volume db", "${meta.rack} is_set ", "distinct_hosts"]
)
def test_what_it_names_itself_stays(word: str) -> None:
    text = placement.unplaceable({"g": {"ConstraintFiltered": {word: 2}}}, JOB)
    assert text == f"no node can take it (group g: constraint {word} excludes 2 node(s))"


def test_each_group_asks_for_its_own() -> None:
    missing = {"ConstraintFiltered": {"missing drivers": 1}}
    assert placement.unplaceable({"h": missing, "g": missing}, JOB) == (
        "no node can take it (group g: constraint missing drivers (podman, qemu) excludes 1 node(s);"
        " group h: constraint missing drivers (docker) excludes 1 node(s))"
    )
