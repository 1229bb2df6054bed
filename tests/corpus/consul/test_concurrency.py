# SPDX-License-Identifier: GPL-3.0-or-later
"""Several writers of one tree at once: no update is lost, and no error is hidden."""

from __future__ import annotations

import multiprocessing
import typing as t

import pytest

from ..shared.proxy import counting
from . import stage

RUNNERS = 8
STEPS = 10
TRIES = 500
Result = dict[str, t.Any]


def at_once(work: t.Callable[..., t.Any], *arguments: t.Any) -> list[t.Any]:
    with multiprocessing.get_context("fork").Pool(RUNNERS) as pool:
        return pool.starmap(work, [(*arguments, number) for number in range(RUNNERS)], chunksize=1)


def counts_up(server: str, key: str, _number: int) -> list[int]:
    """Add one to a number, with the index of what was read: what it became each time."""
    there, made = stage.Stage(server), []
    for _ in range(TRIES):
        found = there.run("consul_kv", key=key)["data"]
        wanted = int(found["Value"]) + 1
        result = there.run("consul_kv", key=key, value=str(wanted), cas=found["ModifyIndex"])
        if result["changed"]:  # else it failed, or somebody else had written the same
            made.append(wanted)
        if len(made) == STEPS:
            break
    return made


def test_a_counter_counts_each(consul: stage.Stage, root: str) -> None:
    consul.put(f"{root}/n", b"0")
    made = at_once(counts_up, consul.server, f"{root}/n")
    total = RUNNERS * STEPS
    assert sorted(step for steps in made for step in steps) == list(range(1, total + 1))
    assert consul.tree(root) == {f"{root}/n": (str(total).encode(), 0)}


def adds_its_own(server: str, root: str, number: int) -> Result:
    own = {f"k{n:03}": f"{number}" for n in range(200)}
    return stage.Stage(server).run("consul_kv", prefix=root, tree={f"r{number}": own})


def test_each_adds_to_one_tree(consul: stage.Stage, root: str) -> None:
    outcomes = at_once(adds_its_own, consul.server, root)
    assert [o.get("msg") for o in outcomes] == [None] * RUNNERS
    assert [len(o["written"]) for o in outcomes] == [200] * RUNNERS
    assert len(consul.tree(root)) == RUNNERS * 200


def wants_its_own_way(server: str, root: str, how: str, number: int) -> Result:
    tree = {f"k{n:03}": f"{number}" for n in range(200)}
    return stage.Stage(server).run("consul_kv", prefix=root, tree=tree, on_conflict=how)


@pytest.mark.parametrize("how", ["retry", "fail"])
def test_all_write_the_same_keys(consul: stage.Stage, root: str, told: list[str], how: str) -> None:
    """Whose value a key has says that it wrote it, and who could not write everything says so."""
    consul.put_all({f"{root}/k{n:03}": (b"before", n) for n in range(200)})
    outcomes = at_once(wants_its_own_way, consul.server, root, how)
    claimed = [set(o.get("written") or o.get("changed_keys") or []) for o in outcomes]
    after = consul.tree(root)
    assert len(after) == 200
    for position, (key, (value, flags)) in enumerate(sorted(after.items())):
        assert value != b"before"
        assert key in claimed[int(value)], "nobody says that they wrote it"
        assert flags == position, "flags are kept whoever writes"
    failed = [o for o in outcomes if o.get("failed")]
    for outcome in failed:
        assert f"{root}/k" in outcome["msg"], "a failure names a key"
    assert all(len(c) == 200 for c, o in zip(claimed, outcomes, strict=True) if o not in failed)
    told.append(f"{RUNNERS} writers of the same 200 keys, on_conflict={how}: {len(failed)} failed")


def purges(server: str, root: str, number: int) -> Result:
    """The odd ones add keys of their own, the even ones purge all but what they name."""
    if number % 2:
        return adds_its_own(server, root, number)
    return stage.Stage(server).run(
        "consul_kv", prefix=root, tree={"kept": "v"}, purge=True, purge_exclude=[f"r{number}/*"]
    )


def test_purging_while_others_write(consul: stage.Stage, root: str) -> None:
    """A key is there, or somebody says that they deleted it."""
    consul.put_all({f"{root}/old{n:03}": (b"v", 0) for n in range(200)})
    outcomes = at_once(purges, consul.server, root)
    for outcome in outcomes:
        assert not outcome.get("failed") or f"{root}/" in outcome["msg"]
    done = [(set(o.get("written", [])), set(o.get("deleted", []))) for o in outcomes]
    changed = {key for o in outcomes for key in o.get("changed_keys", [])}
    written = {key for keys, _deleted in done for key in keys}
    deleted = {key for _written, keys in done for key in keys} | changed
    there = set(consul.tree(root))
    assert f"{root}/kept" in there
    assert not [key for key in there if "/old" in key] or changed
    assert written - there <= deleted


class Meddler:
    """Somebody else, who changes keys right after the first request was answered."""

    def __init__(self, consul: stage.Stage, tree: stage.Tree) -> None:
        self.consul, self.tree = consul, tree

    def __call__(self, number: int) -> None:
        if number == 2:
            self.consul.put_all(self.tree)


@pytest.mark.parametrize("how", ["retry", "fail"])
def test_between_read_and_write(consul: stage.Stage, root: str, how: str) -> None:
    """The same each time: a key changes after it was read and before it is written."""
    consul.put_all({f"{root}/{name}": (b"old", 3) for name in ("a", "b", "gone")})
    meddled = {f"{root}/a": (b"theirs", 4), f"{root}/new": (b"theirs", 0)}
    with counting(consul.server, Meddler(consul, meddled)) as proxy:
        there = stage.Stage(proxy.address)
        tree = {"a": "ours", "b": "ours"}
        result = there.run("consul_kv", prefix=root, tree=tree, purge=True, on_conflict=how)
    after = consul.tree(root)
    assert after[f"{root}/new"] == (b"theirs", 0), "was not there when it was decided what to purge"
    if how == "fail":
        assert result["failed"]
        assert f"{root}/a" in result["msg"]
        assert after[f"{root}/a"] == (b"theirs", 4)
        assert set(result.get("changed_keys", [])) == {k for k in after if after[k][0] == b"ours"}
    else:
        assert result["written"] == [f"{root}/a", f"{root}/b"]
        assert result["deleted"] == [f"{root}/gone"]
        assert after[f"{root}/a"] == (b"ours", 4), "with the flags that they gave it"
        assert "theirs" in result["diff"]["before"], "what was overwritten is shown"


def test_what_others_made_so_is_not_written_again(consul: stage.Stage, root: str) -> None:
    consul.put(f"{root}/a", b"old")
    with counting(consul.server, Meddler(consul, {f"{root}/a": (b"new", 9)})) as proxy:
        result = stage.Stage(proxy.address).run("consul_kv", prefix=root, tree={"a": "new"})
    assert not result["changed"]
    assert result["written"] == []
    assert consul.tree(root) == {f"{root}/a": (b"new", 9)}


def test_what_others_deleted_is_written(consul: stage.Stage, root: str) -> None:
    consul.put(f"{root}/a", b"old")

    def deletes(number: int) -> None:
        if number == 2:
            consul.clear(root)

    with counting(consul.server, deletes) as proxy:
        result = stage.Stage(proxy.address).run("consul_kv", key=f"{root}/a", value="new")
    assert result["changed"]
    assert consul.tree(root) == {f"{root}/a": (b"new", 0)}


def test_created_only_if_missing(consul: stage.Stage, root: str) -> None:
    """Of several who would create a key, one does."""
    outcomes = at_once(creates, consul.server, f"{root}/k")
    assert [o.get("msg") for o in outcomes] == [None] * RUNNERS
    assert sum(o["changed"] for o in outcomes) == 1
    (winner,) = (o["data"]["Value"] for o in outcomes if o["changed"])
    assert consul.tree(root) == {f"{root}/k": (winner.encode(), 0)}
    assert {o["data"]["Value"] for o in outcomes} == {winner}


def creates(server: str, key: str, number: int) -> Result:
    return stage.Stage(server).run("consul_kv", key=key, value=f"by {number}", cas=0)
