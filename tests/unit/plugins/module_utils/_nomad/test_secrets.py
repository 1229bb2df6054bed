# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad.secrets import (
    DEFAULT_PATTERNS,
    Secrets,
)
from hypothesis import given
from hypothesis import strategies as st

CANARY = "canary-8f1c"
SECRETS = Secrets(DEFAULT_PATTERNS)


def job(**task: t.Any) -> dict[str, t.Any]:
    return {"ID": "x", "TaskGroups": [{"Tasks": [{"Name": "t", **task}]}]}


SECRET_JOBS = [
    job(Env={"DB_PASSWORD": CANARY}),
    job(Meta={"api_key": CANARY}),
    job(Config={"auth": [{"password": CANARY}]}),
    job(Config={"auth": {"secrets": {"deep": [CANARY]}}}),
    job(Templates=[{"EmbeddedTmpl": f"token={CANARY}"}]),
    {"Meta": {"Secret": CANARY}},
    {"ConsulToken": CANARY, "VaultToken": CANARY},
]


def test_no_secret_is_left() -> None:
    for data in SECRET_JOBS:
        assert CANARY not in json.dumps(SECRETS.job(data))
        assert any(CANARY in value for value in SECRETS.values(data))


def test_what_is_no_secret_stays() -> None:
    data = job(
        Env={"LEVEL": "debug", "PASSWORD": ""},
        Resources={"SecretsMB": 0, "CPU": 100},
        Templates=[{"EmbeddedTmpl": "port=1"}],
        NomadTokenID="",
    )
    assert SECRETS.job(data) == data
    assert list(SECRETS.values(data)) == []


def test_another_value_gives_another_digest() -> None:
    one, two = (SECRETS.job({"Env": {"TOKEN": value}})["Env"]["TOKEN"] for value in ("a1", "b2"))
    assert one != two
    assert one.startswith("(sensitive)")


def test_short_values_are_not_hidden_everywhere() -> None:
    assert list(SECRETS.values({"Env": {"TOKEN": "1"}})) == []


def field(name: str, old: str, new: str) -> dict[str, t.Any]:
    return {"Type": "Edited", "Name": name, "Old": old, "New": new, "Annotations": None}


def test_the_plan_hides_them_too() -> None:
    task = {
        "Name": "t",
        "Fields": [field("Env[PASSWORD]", "", CANARY), field("Env[LEVEL]", "info", "debug")],
        "Objects": [
            {"Name": "Config", "Fields": [field("auth[0][password]", CANARY, "other")]},
            {"Name": "Template", "Fields": [field("EmbeddedTmpl", "a", f"secret={CANARY}")]},
            {"Name": "Resources", "Fields": [field("SecretsMB", "0", "1")]},
        ],
    }
    shown = SECRETS.plan({"Diff": {"TaskGroups": [{"Name": "g", "Tasks": [task]}]}})
    text = json.dumps(shown)
    assert CANARY not in text
    assert '"debug"' in text
    assert (
        field("SecretsMB", "0", "1")
        in shown["Diff"]["TaskGroups"][0]["Tasks"][0]["Objects"][2]["Fields"]
    )
    assert shown["Diff"]["TaskGroups"][0]["Tasks"][0]["Fields"][0]["Old"] == ""


@given(
    st.recursive(
        st.just(CANARY) | st.integers() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=10,
    )
)
def test_nothing_below_a_secret_name_gets_out(value: t.Any) -> None:
    data = job(Env={"MY_TOKEN": value}, Config={"x": [{"password": value}]})
    assert CANARY not in json.dumps(SECRETS.job(data))


def test_without_patterns_nothing_is_hidden() -> None:
    assert Secrets([]).job({"Env": {"TOKEN": "x"}}) == {"Env": {"TOKEN": "x"}}


def test_a_broken_pattern_is_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"mask: '\(' is no regular expression"):
        Secrets(["("])


def test_an_empty_token_hides_nothing() -> None:
    """Nomad 1.6 gives back empty ones, and an empty secret would hide every character."""
    job = {"ConsulToken": "", "VaultToken": "", "Meta": {"password": ""}}
    assert list(Secrets(DEFAULT_PATTERNS).values(job)) == []


@pytest.mark.parametrize(
    ("payload", "hidden"),
    [
        ({"rows": "many", "db_password": "hunter22"}, ["hunter22"]),
        ({"to": [{"token": "hunter22"}, {"host": "here"}]}, ["hunter22"]),
        ([{"secret": {"one": "hunter22"}}], ["hunter22"]),
        ({"password": "no"}, []),
        ("password: hunter22", ["password: hunter22"]),
        ('{"token": "hunter22"}', ['{"token": "hunter22"}']),
        ("rows: many", []),
        (None, []),
        (17, []),
    ],
)
def test_of_a_payload_what_is_named_so_or_the_text_that_names_it(
    payload: t.Any, hidden: list[str]
) -> None:
    assert list(Secrets(DEFAULT_PATTERNS).handed_over(payload)) == hidden
