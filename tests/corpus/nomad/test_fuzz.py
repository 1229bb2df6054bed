# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is given as a jobspec: a result, or a failure whose sentence names an option."""

from __future__ import annotations

import copy
import json
import re
import typing as t

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from . import stage
from .test_budget import APIS_JSON, HCL, HCLS_JSON

BOUNDED = settings(
    max_examples=80,
    # New examples are for real servers; where there is none, each run has the same.
    derandomize=not stage.address(),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# The option, or the job that Nomad read out of it and did not accept.
NAMED = re.compile(
    r"^(jobspec|variables|job_id|namespace|region|content_format|mask|state): \S"
    r"|^Nomad does not accept job \S"
)
# The simulator does not know all that Nomad does, nor each field's type.
NOT_SIMULATED = re.compile(r" answered (501: not simulated: |500: Internal Server Error)")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
NUMBERS = st.one_of(
    st.integers(),
    st.integers(min_value=2**62, max_value=2**80),
    st.floats(allow_nan=True, allow_infinity=True),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, st.just("\x00"), st.just("30s")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


def places(data: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    if path:
        yield path
    items: t.Iterable[tuple[t.Any, t.Any]] = ()
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list):
        items = enumerate(data)
    for key, value in items:
        yield from places(value, (*path, key))


def replaced(data: t.Any, path: tuple[t.Any, ...], value: t.Any) -> t.Any:
    changed = copy.deepcopy(data)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return changed


def damaged(data: t.Any) -> st.SearchStrategy[t.Any]:
    where = st.sampled_from(list(places(data)))
    return st.builds(lambda p, v: replaced(data, p, v), where, VALUES)


def torn(text: str) -> st.SearchStrategy[str]:
    """A text with something else in one place."""
    end = len(text)
    return st.builds(
        lambda at, cut, put: text[:at] + put + text[at + cut :],
        st.integers(0, end),
        st.integers(0, 20),
        st.one_of(TEXTS, st.sampled_from(["{", "}", '"', "${", "<<EOT\n", "\x00", "/*", "'"])),
    )


def ends_well(nomad: stage.Stage, **params: t.Any) -> None:
    result = nomad.run("nomad_job", check=True, wait=False, **params)
    assert "exception" not in result
    if result.get("failed"):
        assert "Traceback" not in result["msg"]
        simulated = not stage.address() and NOT_SIMULATED.search(result["msg"])
        assert simulated or NAMED.search(result["msg"]), result["msg"]


@BOUNDED
@given(text=st.one_of(TEXTS, torn(HCL)))
@example(text="job {" * 3000)
@example(text='job "x" { ' + "\x00" + " }")
def test_hcl_text(server: stage.Stage, text: str) -> None:
    ends_well(server, jobspec=text)


@BOUNDED
@given(
    text=st.one_of(
        torn(json.dumps(HCLS_JSON)), torn(json.dumps(APIS_JSON)), st.builds(json.dumps, VALUES)
    )
)
@example(text='{"Job":' * 50000)
@example(text="[" * 100000)
@example(text='{"ID": "x", "Priority": NaN}')
@example(text='{"ID": "x", "Priority": 1e999}')
def test_json_text(server: stage.Stage, text: str) -> None:
    ends_well(server, jobspec=text)
    ends_well(server, jobspec=text, content_format="json")


@BOUNDED
@given(spec=st.one_of(damaged(APIS_JSON), damaged(HCLS_JSON), VALUES))
@example(spec={**APIS_JSON, "Priority": float("nan")})
@example(spec={**APIS_JSON, "ID": "np-\x00"})
@example(spec={**APIS_JSON, "TaskGroups": [None]})
def test_dictionaries(server: stage.Stage, spec: t.Any) -> None:
    ends_well(server, jobspec=spec)


@BOUNDED
@given(variables=st.dictionaries(TEXTS, VALUES, max_size=3), value=VALUES)
def test_variables(server: stage.Stage, variables: dict[str, t.Any], value: t.Any) -> None:
    declared = 'variable "given" {}\n' + HCL
    ends_well(server, jobspec=declared, variables=variables)
    ends_well(server, jobspec=declared, variables={"given": value})


@BOUNDED
@given(job_id=TEXTS, namespace=TEXTS, region=TEXTS)
def test_names(server: stage.Stage, job_id: str, namespace: str, region: str) -> None:
    result = server.run(
        "nomad_job", check=True, state="absent", job_id=job_id, namespace=namespace, region=region
    )
    assert "exception" not in result
    assert not result.get("failed") or "Traceback" not in result["msg"]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot pass is not asked again."""
    from ansible_collections.mlops.infra.plugins.module_utils._nomad import transport

    defaults = transport.Transport.__init__.__defaults__
    changed = tuple(() if d is transport.PAUSES else d for d in defaults or ())
    monkeypatch.setattr(transport.Transport.__init__, "__defaults__", changed)
