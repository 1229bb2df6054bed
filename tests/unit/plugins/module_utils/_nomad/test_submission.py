# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import submission
from ansible_collections.mlops.infra.plugins.module_utils._nomad.jobspec import Jobspec
from ansible_collections.mlops.infra.plugins.module_utils._nomad.secrets import (
    DEFAULT_PATTERNS,
    Secrets,
)

SECRETS = Secrets(DEFAULT_PATTERNS)
HCL = Jobspec(source='job "x" {}', declared=frozenset({"count"}))


def of(spec: Jobspec, job: dict[str, t.Any] | None = None, variables: str = "") -> t.Any:
    return submission.of(spec, variables, job or {"ID": "x"}, SECRETS)


def test_hcl_goes_with_its_variables() -> None:
    assert of(HCL, variables='{"count": 1}') == {
        "Source": 'job "x" {}',
        "Format": "hcl2",
        "Variables": '{"count": 1}',
    }


def test_the_apis_json_is_written_as_json() -> None:
    found = of(Jobspec(job={"ID": "x"}))
    assert (found["Format"], found["Variables"]) == ("json", "")
    assert json.loads(found["Source"]) == {"ID": "x"}


@pytest.mark.parametrize(
    ("spec", "job"),
    [
        (HCL, {"TaskGroups": [{"Tasks": [{"Env": {"DB_PASSWORD": "canary"}}]}]}),
        (HCL, {"Templates": [{"EmbeddedTmpl": "token=canary"}]}),
        (Jobspec(source="x", declared=frozenset({"api_key"})), {}),
    ],
)
def test_no_secret_is_copied(spec: Jobspec, job: dict[str, t.Any]) -> None:
    assert of(spec, {"ID": "x", **job}) == submission.EMPTY


@pytest.mark.parametrize(("extra", "kept"), [(0, True), (1, False)])
def test_nomad_would_discard_what_is_larger(extra: int, kept: bool) -> None:
    spec = Jobspec(source="ä" * 499_999)
    assert bool(of(spec, variables="ab" + "c" * extra)["Source"]) is kept


def test_the_source_of_a_version_that_is_there() -> None:
    kept = {"Source": "x", "Format": "hcl2", "Variables": "a = 1", "VariableFlags": {"b": "2"}}
    found = {**kept, "JobID": "x", "Version": 3, "JobModifyIndex": 7}
    assert submission.again(found) == kept
    assert submission.again(None) == submission.EMPTY
