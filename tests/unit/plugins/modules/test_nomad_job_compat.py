# SPDX-License-Identifier: GPL-3.0-or-later
"""A play written for community.general.nomad_job runs with ours in its place."""

from __future__ import annotations

import importlib
import json
import typing as t

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.module_utils._nomad import options
from ansible_collections.mlops.infra.plugins.modules import nomad_job
from ansible_collections.mlops.infra.tests.unit.plugins.modules.nomad_in_memory import (
    Nomad,
    run_module,
    spec,
)

Json = dict[str, t.Any]
THEIRS = importlib.import_module("ansible_collections.community.general.plugins.modules.nomad_job")
FRAGMENT = importlib.import_module(
    "ansible_collections.community.general.plugins.doc_fragments.nomad"
)
EXAMPLES: list[Json] = [
    task["community.general.nomad_job"] for task in yaml.safe_load(THEIRS.EXAMPLES)
]


def params(**args: t.Any) -> Json:
    with patch_module_args(args):
        return dict(AnsibleModule(**nomad_job.SPEC).params)


def test_each_of_their_options_is_one_of_ours() -> None:
    theirs: set[str] = set()
    for text in (THEIRS.DOCUMENTATION, FRAGMENT.ModuleDocFragment.DOCUMENTATION):
        theirs |= set(yaml.safe_load(text)["options"])
    spec_of_ours = nomad_job.SPEC["argument_spec"]
    ours = {
        name
        for option, details in spec_of_ours.items()
        for name in (option, *details.get("aliases", []))
    }
    assert len(theirs) > 10
    assert theirs <= ours


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("example", EXAMPLES, ids=[str(n) for n in range(len(EXAMPLES))])
def test_their_examples_are_understood(example: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOMAD_ADDR", "http://elsewhere:1")
    found = params(**example)
    port = example.get("port", 4646)
    assert options.connection(found).address == f"https://localhost:{port}"
    assert found["state"] == example["state"]
    assert found["jobspec"] == example.get("content")
    assert found["job_id"] == example.get("name")
    assert found["force_start"] == example.get("force_start", False)


def test_all_of_their_options_at_once() -> None:
    found = params(
        host="nomad.example",
        port=4747,
        use_ssl=False,
        timeout=7,
        validate_certs=False,
        client_cert="/c.pem",
        client_key="/k.pem",
        namespace="ns",
        token="secret-id",
        content="job {}",
        content_format="hcl",
        state="present",
        force_start=True,
    )
    where = options.connection({**found, "client_cert": None, "client_key": None})
    assert (where.address, where.namespace, where.token) == (
        "http://nomad.example:4747",
        "ns",
        "secret-id",
    )
    assert (where.timeout, where.verify) == (7, False)


def test_what_they_return_for_a_job_that_is_present(nomad: Nomad) -> None:
    planned = run_module(nomad, content=json.dumps(spec()), check=True)
    assert planned["result"]["Diff"]["Type"] == "Edited"
    created = run_module(nomad, content=json.dumps(spec()))
    assert (created["changed"], created["result"]["EvalID"]) == (True, "e11")
    assert created["result"]["JobModifyIndex"] == 11
    same = run_module(nomad, content=json.dumps(spec()))
    assert (same["changed"], same["result"]["Diff"]["Type"]) == (False, "None")


def test_what_they_return_for_a_job_that_is_absent(nomad: Nomad) -> None:
    nomad.put(spec())
    assert run_module(nomad, name="x", state="absent", check=True)["result"]["ID"] == "x"
    stopped = run_module(nomad, name="x", state="absent")
    assert (stopped["changed"], stopped["result"]["EvalID"]) == (True, "stopped")
    again = run_module(nomad, name="x", state="absent")
    assert (again["changed"], again["result"]["ID"]) == (False, "x")


def test_force_start_by_name(nomad: Nomad) -> None:
    nomad.put(spec(Type="service"), Stop=True)
    assert run_module(nomad, name="x", force_start=True, state="present", wait=False)["changed"]
    assert not nomad.jobs["x"]["Stop"]
    assert not run_module(nomad, name="x", force_start=True, wait=False)["changed"]
