# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import tokens

Json = dict[str, t.Any]
UUID = "0f1a1c05-9b30-4b0c-9b0f-2f1b5a9f5c11"
OPTIONS = ("name", "accessor_id", "type", "policies", "roles", "global", "expiration_ttl")


def given(**more: t.Any) -> Json:
    return {**dict.fromkeys(OPTIONS), "name": "t", **more}


def stored(**more: t.Any) -> Json:
    fields = {"AccessorID": UUID, "SecretID": "s", "Name": "t", "Type": "client", "Policies": ["a"]}
    return {**fields, "Roles": None, "Global": False, "ExpirationTTL": "", **more}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "^name: "),
        ({"name": "é" * 129}, "^name: it has 258 bytes"),
        ({"accessor_id": "x"}, "^accessor_id: 'x' is none"),
        ({"expiration_ttl": "1d"}, "^expiration_ttl: '1d' is no duration"),
        ({"expiration_ttl": "3600"}, "^expiration_ttl: "),
    ],
)
def test_refused_before_anything_is_asked(wrong: Json, words: str) -> None:
    with pytest.raises(UserError, match=words):
        tokens.check(given(**wrong))


def test_an_accessor_stands_for_a_name() -> None:
    tokens.check(given(name=None, accessor_id=UUID))


@pytest.mark.parametrize(
    ("ttl", "seconds"),
    [("8h", 28800), ("1h30m0s", 5400), ("90m", 5400), ("1.5h", 5400), ("500ms", 0.5), ("2m", 120)],
)
def test_durations(ttl: str, seconds: float) -> None:
    assert tokens.seconds(ttl) == seconds


def test_expired_ones_do_not_count() -> None:
    now = datetime.datetime(2026, 11, 24, 20, 0, 0, tzinfo=datetime.UTC)
    old = stored(ExpirationTime="2026-11-24T20:00:00.123456789Z")
    later = stored(ExpirationTime="2026-11-24T20:00:01Z")
    assert tokens.live([old, later, stored(ExpirationTime=None)], now) == [
        later,
        stored(ExpirationTime=None),
    ]


def test_several_of_a_name_are_named() -> None:
    assert tokens.the_only("t", []) is None
    assert tokens.the_only("t", [stored()]) == stored()
    with pytest.raises(ConflictError, match="2 tokens have the name t: 1-a, 2-b"):
        tokens.the_only("t", [stored(AccessorID="2-b"), stored(AccessorID="1-a")])


def test_a_new_one() -> None:
    made = tokens.desired(None, given(roles=["r"], expiration_ttl="8h", **{"global": True}))
    assert made == {
        "Name": "t",
        "Type": "client",
        "Policies": [],
        "Roles": [{"Name": "r"}],
        "Global": True,
        "ExpirationTTL": "8h",
    }


def test_what_is_not_named_stays_and_is_sent() -> None:
    there = stored(ExpirationTTL="1h0m0s", ExpirationTime="2026-11-24T20:00:01Z", ModifyIndex=7)
    changed = tokens.desired(there, given(policies=["b"], expiration_ttl="60m"))
    assert changed == {**there, "Policies": ["b"]}
    renamed = tokens.desired(there, given(name=None, accessor_id=UUID))
    assert renamed == there


def test_a_management_token_has_no_policies() -> None:
    assert tokens.desired(stored(), given(type="management"))["Policies"] == []
    manager = stored(Type="management", Policies=None)
    assert tokens.comparable(tokens.desired(manager, given())) == tokens.comparable(manager)
    for option in ("policies", "roles"):
        with pytest.raises(UserError, match=f"^{option}: a token of type management"):
            tokens.desired(manager, given(**{option: ["a"]}))


@pytest.mark.parametrize(
    ("observed", "params"),
    [
        (None, {}),
        (stored(), {"policies": []}),
        (stored(Policies=[], Roles=[]), {}),
        (stored(Type="management", Policies=None), {"type": "client"}),
    ],
)
def test_a_client_token_needs_some_right(observed: Json | None, params: Json) -> None:
    with pytest.raises(UserError, match=r"^policies: a token of type client needs"):
        tokens.desired(observed, given(**params))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"global": True}, f"^global: token {UUID} has false, and"),
        ({"expiration_ttl": "8h"}, f"^expiration_ttl: token {UUID} has none, and"),
    ],
)
def test_what_nomad_never_changes(params: Json, words: str) -> None:
    with pytest.raises(UserError, match=words):
        tokens.desired(stored(), given(**params))


def test_comparable_without_order_and_secret() -> None:
    one = stored(Policies=["b", "a"], Roles=[{"ID": "1", "Name": "r"}], ExpirationTTL="1h0m0s")
    other = stored(
        Policies=["a", "b", "a"], Roles=[{"Name": "r"}], ExpirationTTL="60m", SecretID=""
    )
    assert tokens.comparable(one) == tokens.comparable(other)
    assert "SecretID" not in (tokens.shown(one) or {})
    assert tokens.shown(None) is None
    assert tokens.comparable(None) is None


def test_policies_that_are_not_there() -> None:
    wanted = stored(Policies=["a", "b"])
    assert tokens.missing(wanted, [{"Name": "a"}, {"Name": "b"}]) is None
    assert "there is no policy b." in str(tokens.missing(wanted, [{"Name": "a"}]))


def test_refusals() -> None:
    def said(body: str) -> str:
        return str(tokens.refused(ApiError("PUT", "/v1/acl/token", 400, body)))

    assert said("cannot find role r9") == "roles: there is no role r9. Create it first."
    assert said("\t* expiration time cannot be less than 1m0s\n").startswith("expiration_ttl: exp")
    assert said("broken") == "None"


def test_secrets_of_the_first_token() -> None:
    tokens.check_secret(UUID)
    with pytest.raises(UserError, match=r"^secret: it is no UUID") as caught:
        tokens.check_secret("canary")
    assert "canary" not in str(caught.value)
    tokens.check_holder(None)
    tokens.check_holder(stored(Type="management"))
    with pytest.raises(UserError, match=f"token {UUID}, which is of type client"):
        tokens.check_holder(stored())
    with pytest.raises(UserError, match=r"knows no secrets\. It has no ACLs: set"):
        tokens.check_holder(stored(AccessorID="acls-disabled"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("ACL bootstrap already done (reset index: 8)", "write 8 into the file server/acl-boot"),
        ("Invalid bootstrap reset index (specified 8, reset index: 48)", "write 48 into"),
        ("broken", "None"),
    ],
)
def test_why_nothing_was_bootstrapped(body: str, words: str) -> None:
    found = tokens.not_bootstrapped(ApiError("PUT", "/v1/acl/bootstrap", 400, body))
    assert words in str(found)
