# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that see or may write only a part: nothing unseen is purged, and a refusal says what it is."""

from __future__ import annotations

import secrets
import typing as t

import pytest

from . import stage

RULES = """
key_prefix "%(root)s" { policy = "write" }
key_prefix "%(root)s/hidden" { policy = "deny" }
key_prefix "%(root)s/fixed" { policy = "read" }
"""
THERE = {"seen": (b"v", 1), "old": (b"v", 2), "hidden/k": (b"v", 3), "fixed/k": (b"v", 4)}


@pytest.fixture
def place(managed: stage.Stage) -> t.Iterator[str]:
    name = f"corpus-{secrets.token_hex(4)}"
    managed.put_all({f"{name}/{key}": row for key, row in THERE.items()})
    yield name
    managed.clear(name)


@pytest.fixture
def partly(managed: stage.Stage, place: str) -> stage.Stage:
    """Asked with a token that sees a part of the place, and may write a part of that."""
    return stage.Stage(managed.server, token(managed, RULES % {"root": place}))


def token(managed: stage.Stage, rules: str) -> str:
    name = f"corpus-{secrets.token_hex(4)}"
    policy = managed.ask("PUT", "acl/policy", json={"Name": name, "Rules": rules}).json()
    made = managed.ask("PUT", "acl/token", json={"Policies": [{"ID": policy["ID"]}]}).json()
    return str(made["SecretID"])


def as_it_was(place: str) -> stage.Tree:
    return {f"{place}/{key}": row for key, row in THERE.items()}


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    "task",
    [
        {"tree": {"seen": "new"}, "purge": True},
        {"tree": {}, "purge": True},
        {"state": "absent"},
    ],
)
def test_what_may_be_hidden_is_not_purged(
    managed: stage.Stage, partly: stage.Stage, place: str, task: t.Any, check: bool
) -> None:
    result = partly.run("consul_kv", check=check, prefix=place, **task)
    assert result["failed"]
    assert place in result["msg"]
    assert "on_filtered" in result["msg"]
    assert managed.tree(place) == as_it_was(place)


def test_nor_recursively(managed: stage.Stage, partly: stage.Stage, place: str) -> None:
    result = partly.run("consul_kv", key=place, state="absent", recurse=True)
    assert result["failed"]
    assert "on_filtered" in result["msg"]
    assert managed.tree(place) == as_it_was(place)


@pytest.mark.parametrize("how", ["ignore", "warn"])
def test_unless_that_is_wanted(
    managed: stage.Stage, partly: stage.Stage, place: str, how: str
) -> None:
    params = {"prefix": place, "tree": {"seen": "new"}, "purge": True, "on_filtered": how}
    result = partly.run("consul_kv", purge_exclude=["fixed/*"], **params)
    assert result["deleted"] == [f"{place}/old"]
    assert bool(result.get("warnings")) == (how == "warn")
    wanted = {**as_it_was(place), f"{place}/seen": (b"new", 1)}
    del wanted[f"{place}/old"]
    assert managed.tree(place) == wanted


def test_who_may_see_everything_purges(managed: stage.Stage, place: str) -> None:
    result = managed.run("consul_kv", prefix=place, tree={"seen": "v"}, purge=True)
    assert sorted(result["deleted"]) == sorted(as_it_was(place).keys() - {f"{place}/seen"})
    assert managed.tree(place) == {f"{place}/seen": (b"v", 1)}


def test_what_need_not_be_deleted_is_not_asked_about(partly: stage.Stage, place: str) -> None:
    """A tree without a purge needs no more than its own keys."""
    result = partly.run("consul_kv", prefix=place, tree={"seen": "new"})
    assert result["written"] == [f"{place}/seen"]


@pytest.mark.parametrize("name", ["fixed/k", "fixed/new", "hidden/k", "hidden/new"])
@pytest.mark.parametrize("size", [3, 500_000])
def test_what_may_not_be_written(
    managed: stage.Stage, partly: stage.Stage, place: str, name: str, size: int
) -> None:
    for task in ({"prefix": place, "tree": {name: "x" * size}},
                 {"key": f"{place}/{name}", "value": "x" * size}):  # fmt: skip
        result = partly.run("consul_kv", **task)
        assert result["failed"]
        assert not result["changed"]
        assert f"{place}/{name}" in result["msg"]
        assert "policy" in result["msg"], "a remedy"
        assert "xxxx" not in result["msg"]
    assert managed.tree(place) == as_it_was(place)


def test_a_part_may_be_written(managed: stage.Stage, partly: stage.Stage, place: str) -> None:
    """What was done before the refusal is told."""
    tree = {f"a{n:03}": "v" for n in range(100)} | {"fixed/k": "new"}
    result = partly.run("consul_kv", prefix=place, tree=tree)
    assert result["failed"]
    after = managed.tree(place)
    changed = {key for key in after if after[key] != as_it_was(place).get(key)}
    assert set(result.get("changed_keys", [])) == changed
    assert result["changed"] == bool(changed)


def test_a_token_that_nobody_knows(managed: stage.Stage, place: str) -> None:
    wrong = stage.Stage(managed.server, "00000000-dead-4000-8000-000000000000")
    for task in ({"tree": {"seen": "new"}}, {"state": "absent"}, {}):
        result = wrong.run("consul_kv", prefix=place, **task)
        assert result["failed"]
        assert "token" in result["msg"]
        assert wrong.token not in str(result)
    assert managed.tree(place) == as_it_was(place)


@pytest.mark.parametrize("check", [True, False])
def test_a_file_without_what_may_be_hidden(
    partly: stage.Stage, place: str, tmp_path: t.Any, check: bool
) -> None:
    """A backup that lacks keys is none."""
    path = tmp_path / "kv.json"
    result = partly.run("consul_kv_export", check=check, prefix=place, path=str(path))
    assert result["failed"]
    assert "on_filtered" in result["msg"]
    assert not path.exists()


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("who", ["partly", "anonymous"])
def test_that_there_is_nothing_to_delete_is_not_believed(
    managed: stage.Stage, partly: stage.Stage, place: str, who: str, check: bool
) -> None:
    there = partly if who == "partly" else stage.Stage(managed.server)
    hidden = f"{place}/hidden" if who == "partly" else place
    task = {"prefix": hidden, "state": "absent", "check": check}
    refused = there.run("consul_kv", **task)
    assert refused["failed"]
    assert "on_filtered" in refused["msg"]
    warned = there.run("consul_kv", on_filtered="ignore", **task)
    assert (warned.get("msg"), warned["changed"], warned["deleted"]) == (None, False, [])
    one = there.run("consul_kv", key=f"{place}/hidden/k", state="absent", check=check)
    assert "Permission denied" in one["msg"]
    assert managed.run("consul_kv", prefix=f"{place}/none", state="absent")["changed"] is False
    assert managed.tree(place) == as_it_was(place)
