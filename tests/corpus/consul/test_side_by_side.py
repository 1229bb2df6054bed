# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of community.general's consul_kv, each shown on it, and our module on the same server."""

from __future__ import annotations

import importlib
import json
import pathlib
import typing as t
import urllib.parse

import pytest

from ..shared import play, runner
from ..shared.report import HOW
from . import servers, stage

# Since its version 13 it does without py-consul, and has a fault more.
BY_PY_CONSUL = hasattr(importlib.import_module(f"{runner.THEIRS}consul_kv"), "get_consul_api")


@pytest.fixture(scope="module")
def two(image: str) -> t.Iterator[tuple[stage.Stage, stage.Stage]]:
    """Two datacenters that know each other."""
    with (
        servers.servers() as here,
        servers.servers(1, {"datacenter": "dc2"}, wan=here) as there,
    ):
        yield stage.Stage(here[0].address), stage.Stage(there[0].address)


def test_b09_another_datacenter(
    two: tuple[stage.Stage, stage.Stage], request: pytest.FixtureRequest
) -> None:
    request.node.stash[HOW] = "real Consul 1.8.7"
    here, there = two
    params = {"key": "b09", "value": "new", "datacenter": "dc2"}
    here.put("b09", b"new")
    there.put("b09", b"old")
    assert here.theirs("consul_kv", **params)["changed"] == BY_PY_CONSUL
    assert (there.tree("b09")["b09"][0] == b"new") == BY_PY_CONSUL
    there.put("b09", b"old")
    assert here.run("consul_kv", **params)["changed"]
    assert there.tree("b09")["b09"] == (b"new", 0)
    assert not here.run("consul_kv", **params)["changed"]
    here.put("b09", b"only here")
    assert not here.run("consul_kv", **params)["changed"]
    assert here.tree("b09")["b09"] == (b"only here", 0)


def test_b10_an_empty_value_is_changed_once(consul: stage.Stage, root: str) -> None:
    params = {"key": f"{root}/k", "value": ""}
    consul.put(f"{root}/k", b"")
    assert consul.theirs("consul_kv", **params)["changed"]
    assert not consul.run("consul_kv", **params)["changed"]
    assert consul.run("consul_kv", key=f"{root}/new", value="")["changed"]
    assert not consul.run("consul_kv", key=f"{root}/new", value="")["changed"]


def test_b10_an_empty_value_is_not_the_word_none(consul: stage.Stage, root: str) -> None:
    params = {"key": f"{root}/k", "value": "None"}
    consul.put(f"{root}/k", b"")
    assert not consul.theirs("consul_kv", **params)["changed"]
    assert consul.tree(root) == {f"{root}/k": (b"", 0)}
    assert consul.run("consul_kv", **params)["changed"]
    assert consul.tree(root) == {f"{root}/k": (b"None", 0)}


def test_b11_a_lock_of_a_key_that_has_the_value(consul: stage.Stage, root: str) -> None:
    session = consul.session(Name=root)
    params = {"key": f"{root}/k", "value": "same", "session": session}
    consul.put(f"{root}/k", b"same")
    assert not consul.theirs("consul_kv", state="acquire", **params)["changed"]
    assert "Session" not in consul.rows(root)[0], "it was not acquired"
    assert consul.run("consul_kv", state="acquire", **params)["changed"]
    assert consul.rows(root)[0]["Session"] == session
    assert not consul.run("consul_kv", state="acquire", **params)["changed"]
    assert not consul.theirs("consul_kv", state="release", **params)["changed"]
    assert consul.rows(root)[0]["Session"] == session, "it was not released"
    assert consul.run("consul_kv", state="release", **params)["changed"]
    assert "Session" not in consul.rows(root)[0]


def test_b11_a_lock_that_another_session_holds(consul: stage.Stage, root: str) -> None:
    holder, other = consul.session(Name=root), consul.session(Name=root)
    consul.put(f"{root}/k", b"held", acquire=holder)
    params = {"key": f"{root}/k", "value": "mine", "session": other, "state": "acquire"}
    wrong = consul.theirs("consul_kv", **params)
    assert (wrong["changed"], wrong.get("failed")) == (False, None)
    right = consul.run("consul_kv", **params)
    assert right["failed"]
    assert holder in right["msg"]
    assert consul.tree(root) == {f"{root}/k": (b"held", 0)}


def test_b12_a_cas_that_does_not_match(consul: stage.Stage, root: str) -> None:
    consul.put(f"{root}/k", b"old")
    index = consul.rows(root)[0]["ModifyIndex"]
    params = {"key": f"{root}/k", "value": "new", "cas": index + 1000}
    wrong = consul.theirs("consul_kv", **params)
    assert (wrong["changed"], wrong.get("failed")) == (False, None)
    right = consul.run("consul_kv", **params)
    assert right["failed"]
    assert f"{root}/k" in right["msg"]
    assert consul.tree(root) == {f"{root}/k": (b"old", 0)}
    assert consul.run("consul_kv", **{**params, "cas": index})["changed"]
    assert consul.tree(root) == {f"{root}/k": (b"new", 0)}


def test_b12_flags_alone(consul: stage.Stage, root: str) -> None:
    params = {"key": f"{root}/k", "value": "v", "flags": 7}
    consul.put(f"{root}/k", b"v")
    assert not consul.theirs("consul_kv", **params)["changed"]
    assert consul.tree(root) == {f"{root}/k": (b"v", 0)}
    assert consul.run("consul_kv", **params)["changed"]
    assert consul.tree(root) == {f"{root}/k": (b"v", 7)}
    assert not consul.run("consul_kv", **params)["changed"]


def test_b12_flags_of_a_value_that_changes(consul: stage.Stage, root: str) -> None:
    for name in ("theirs", "ours"):
        consul.put(f"{root}/{name}", b"old", 7)
    assert consul.theirs("consul_kv", key=f"{root}/theirs", value="new")["changed"]
    assert consul.run("consul_kv", key=f"{root}/ours", value="new")["changed"]
    assert consul.tree(root) == {f"{root}/theirs": (b"new", 0), f"{root}/ours": (b"new", 7)}


def test_recurse_is_of_a_directory(consul: stage.Stage, root: str) -> None:
    """Not of whatever begins with these letters."""
    names = ("app", "app/a", "application/a")
    for way in ("theirs", "ours"):
        consul.put_all({f"{root}/{way}/{name}": (b"v", 0) for name in names})
    params = {"state": "absent", "recurse": True}
    assert consul.theirs("consul_kv", key=f"{root}/theirs/app", **params)["changed"]
    assert consul.run("consul_kv", key=f"{root}/ours/app", **params)["changed"]
    assert list(consul.tree(root)) == [f"{root}/ours/application/a"]


LOOKUPS = """
    - ansible.builtin.set_fact: {spaces_theirs: "{{ lookup(theirs, root ~ '/a b=c', **where) }}"}
      ignore_errors: true
      register: spaces
    - ansible.builtin.set_fact: {missing_ours: "{{ lookup(ours, root ~ '/missing', address=consul) }}"}
      ignore_errors: true
      register: missing
    - ansible.builtin.copy:
        dest: "{{ folder }}/found.json"
        mode: "0600"
        content: "{{ {'failed': missing.msg, 'theirs': found_theirs, 'ours': found_ours,
          'spaces': spaces.msg} | to_json }}"
      vars:
        found_theirs:
          recurse: "{{ query(theirs, root ~ '/d recurse=false', **where) }}"
          missing: "{{ query(theirs, root ~ '/missing', **where) }}"
        found_ours:
          spaces: "{{ query(ours, root ~ '/a b=c', address=consul) }}"
          recurse: "{{ query(ours, root ~ '/d', address=consul, recurse='false') }}"
          default: "{{ query(ours, root ~ '/missing', address=consul, default='x') }}"
"""


def test_b13_terms_of_the_lookup(consul: stage.Stage, root: str, tmp_path: pathlib.Path) -> None:
    """Theirs takes a term apart at spaces, and then C(false) is a text, and so is true."""
    consul.put_all({f"{root}/{key}": (key.encode(), 0) for key in ("a b=c", "d", "d/e")})
    url = urllib.parse.urlsplit(consul.server)
    play.played(
        tmp_path,
        LOOKUPS,
        "consul",
        consul.server,
        root=root,
        where={"host": url.hostname, "port": url.port},
        theirs="community.general.consul_kv",
        ours="mlops.infra.consul_kv",
    )
    found = json.loads(tmp_path.joinpath("found.json").read_text())
    assert "b not a valid consul lookup parameter" in found["spaces"]
    assert found["theirs"] == {"recurse": ["d", "d/e"], "missing": []}
    assert found["ours"] == {"spaces": ["a b=c"], "recurse": ["d"], "default": ["x"]}
    assert f"{root}/missing" in found["failed"]


def test_b14_sessions_of_one_name(consul: stage.Stage, root: str) -> None:
    """Theirs lists one of two as if it were all, calls that a change, and creates ever new ones."""
    made = [consul.session(Name=root), consul.session(Name=root)]
    wrong = consul.theirs("consul_session", state="list")
    assert wrong["changed"]
    assert isinstance(wrong["sessions"], dict)
    assert consul.theirs("consul_session", state="info", id=made[0])["changed"]
    made.append(consul.theirs("consul_session", state="present", name=root)["session_id"])
    assert sessions(consul, root) == set(made)
    params = {"key": f"{root}/k", "name": root, "lock_delay": 0, "wait": False}
    right = consul.run("consul_lock", **params)
    assert right["changed"]
    assert right["session_id"] in made
    assert not consul.run("consul_lock", **params)["changed"]
    assert sessions(consul, root) == set(made), "it took one of those that are there"
    assert consul.rows(root)[0]["Session"] == right["session_id"]


def test_b14_a_session_is_made_once(consul: stage.Stage, root: str) -> None:
    params = {"key": f"{root}/k", "name": root, "lock_delay": 0}
    session = consul.run("consul_lock", **params)["session_id"]
    assert sessions(consul, root) == {session}
    other = consul.run("consul_lock", key=f"{root}/k", name=f"{root}-2", wait=False)
    assert other["failed"]
    assert session in other["msg"]
    assert not consul.run("consul_lock", **params)["changed"]
    assert sessions(consul, root) == {session}
    ended = {**params, "state": "absent", "destroy_session": True}
    assert consul.run("consul_lock", **ended)["changed"]
    assert not consul.run("consul_lock", **ended)["changed"]
    assert sessions(consul, root) == set()
    assert "Session" not in consul.rows(root)[0]


def sessions(consul: stage.Stage, name: str) -> set[str]:
    return {found["ID"] for found in consul.get("session/list") if found["Name"] == name}
