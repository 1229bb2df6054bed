# SPDX-License-Identifier: GPL-3.0-or-later
"""What nomad_sim makes of the rules of policies, and which tokens it knows."""

from __future__ import annotations

import pathlib

import pytest
from nomad_sim import acl_policies, acl_rules, acl_tokens, rights
from nomad_sim.errors import ApiError
from nomad_sim.store import Store

SECRET = "11111111-2222-3333-4444-555555555555"


def of(*rules: str) -> rights.Rights:
    return rights.of([acl_rules.parsed(text) for text in rules])


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Store:
    return Store(tmp_path / "state.json")


@pytest.mark.parametrize(
    ("rules", "default", "other", "everywhere"),
    [
        ('namespace "*" { policy = "read" }', True, True, True),
        ('namespace "other" { policy = "write" }', False, True, True),
        ('namespace "*" { policy = "read" }\nnamespace "default" { policy = "deny" }',
         False, True, True),
        ('namespace "*" { policy = "read" }\nnamespace "d*" { policy = "deny" }', False, True, True),
        ('namespace "*" { policy = "deny" }\nnamespace "de*" { policy = "read" }', True, False, True),
        ('namespace "default" {}', False, False, False),
        ('node { policy = "write" }', False, False, False),
        ('{"namespace": {"default": {"capabilities": ["list-jobs"]}}}', True, False, True),
    ],
)  # fmt: skip
def test_the_closest_namespace_counts(
    rules: str, default: bool, other: bool, everywhere: bool
) -> None:
    found = [of(rules).capable(namespace, "list-jobs") for namespace in ("default", "other", "*")]
    assert found == [default, other, everywhere]


def test_denied_by_one_policy_is_denied() -> None:
    both = of('namespace "default" { policy = "write" }', 'namespace "default" { policy = "deny" }')
    assert not both.capable("default", "read-job", "submit-job")
    assert not both.sees("default")
    assert not of('agent { policy = "deny" }', 'agent { policy = "write" }').may("Agent", "write")
    assert of('agent { policy = "read" }', 'agent { policy = "write" }').may("Agent", "write")


def test_variables_have_capabilities_of_their_own() -> None:
    rules = (
        'namespace "default" {\n policy = "write"\n variables {\n'
        ' path "a/*" {\n capabilities = ["read"]\n }\n'
        ' path "a/b/*" {\n capabilities = ["deny"]\n }\n }\n}'
    )
    found = [of(rules).variable("default", path, "read") for path in ("a/x", "a/b/x", "b")]
    assert found == [True, False, False]
    assert not of(rules).variable("other", "a/x", "read")


@pytest.mark.parametrize(
    "rules", ["namespace {", "[1]", '{"namespace": {"a": 1}}', '{"node": "read"}', '{"foo": {}}']
)
def test_rules_that_are_none_are_refused(rules: str) -> None:
    with pytest.raises(acl_rules.RulesError):
        acl_rules.parsed(rules)


def test_the_first_token_is_made_once(store: Store, tmp_path: pathlib.Path) -> None:
    first = acl_tokens.bootstrap(store, tmp_path, SECRET)
    assert (first["SecretID"], first["Type"]) == (SECRET, "management")
    index = first["CreateIndex"]
    with pytest.raises(ApiError, match=f"already done .reset index: {index}"):
        acl_tokens.bootstrap(store, tmp_path, SECRET)
    reset = tmp_path / "server" / "acl-bootstrap-reset"
    reset.parent.mkdir()
    reset.write_text(f"{index + 1}\n")
    with pytest.raises(ApiError, match="Invalid bootstrap reset index"):
        acl_tokens.bootstrap(store, tmp_path, "")
    reset.write_text(f"{index}\n")
    assert acl_tokens.bootstrap(store, tmp_path, "")["SecretID"] != SECRET
    with pytest.raises(ApiError, match="Invalid bootstrap reset index"):
        acl_tokens.bootstrap(store, tmp_path, "")


def test_policies_and_tokens_outlive_the_agent(store: Store, tmp_path: pathlib.Path) -> None:
    acl_tokens.bootstrap(store, tmp_path, SECRET)
    acl_policies.write(store, {"Name": "readers", "Rules": 'node { policy = "read" }'})
    acl_tokens.write(store, {"Name": "t", "Type": "client", "Policies": ["readers"]})
    after = Store(store.path)
    after.load()
    assert (after.acl_tokens, after.acl_policies) == (store.acl_tokens, store.acl_policies)
    with pytest.raises(ApiError, match="already done"):
        acl_tokens.bootstrap(after, tmp_path, SECRET)


def test_a_change_keeps_secret_and_life(store: Store) -> None:
    asked = {"Name": "t", "Type": "client", "Policies": ["a"], "ExpirationTTL": "90m"}
    made = acl_tokens.write(store, asked)
    assert not acl_tokens.expired(made)
    changed = acl_tokens.write(store, {**made, "SecretID": "x", "Policies": ["b"]})
    same = ("AccessorID", "SecretID", "CreateIndex", "ExpirationTTL", "ExpirationTime")
    assert {k: changed[k] for k in same} == {k: made[k] for k in same}
    for ttl in (None, "1h"):
        with pytest.raises(ApiError, match="cannot update expiration TTL"):
            acl_tokens.write(store, {**made, "ExpirationTTL": ttl})


def test_a_token_ends() -> None:
    assert acl_tokens.expired({"ExpirationTime": "2020-01-01T00:00:00.123456789Z"})
    assert not acl_tokens.expired({"ExpirationTime": None})
