# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a purge from deleting more than was meant, and what has to happen together or not at all."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ..shared.proxy import counting
from . import stage
from .test_properties import BOUNDED, KEYS

COUNT = itertools.count()


@BOUNDED
@given(
    there=st.sets(KEYS, min_size=1, max_size=12),
    kept=st.integers(0, 12),
    limit=st.integers(0, 12),
    percent=st.booleans(),
    check=st.booleans(),
)
@example(there={"a", "b", "c", "d"}, kept=2, limit=5, percent=True, check=False)
def test_no_more_is_deleted_than_allowed(
    consul: stage.Stage,
    root: str,
    there: set[str],
    kept: int,
    limit: int,
    percent: bool,
    check: bool,
) -> None:
    prefix = f"{root}/{next(COUNT)}"
    before = {f"{prefix}/{key}": (b"old", 1) for key in there}
    consul.put_all(before)
    tree = dict.fromkeys(sorted(there)[:kept], "new")
    deletes = len(there) - len(tree)
    text, allowed = str(limit), limit
    if percent:
        text, allowed = f"{limit * 10}%", limit * 10 * len(there) / 100
    params = {"prefix": prefix, "tree": tree, "purge": True, "max_deletes": text}
    result = consul.run("consul_kv", check=check, **params)
    assert bool(result.get("failed")) == (deletes > allowed), result.get("msg")
    if result.get("failed"):
        assert "max_deletes" in result["msg"]
    if result.get("failed") or check:
        assert consul.tree(f"{prefix}/") == before
    else:
        assert consul.tree(f"{prefix}/") == {f"{prefix}/{key}": (b"new", 1) for key in tree}


@pytest.mark.parametrize("prefix", ["", "/"])
@pytest.mark.parametrize(
    "task", [{"tree": {"corpus-guard": "v"}, "purge": True}, {"state": "absent"}]
)
def test_the_whole_store_is_not_emptied_by_mistake(
    consul: stage.Stage, root: str, prefix: str, task: t.Any
) -> None:
    """In check mode, as the server may be somebody's."""
    consul.put(f"{root}/k", b"v")
    result = consul.run("consul_kv", check=True, prefix=prefix, **task)
    assert result["failed"]
    assert "allow_root" in result["msg"] or prefix == "/"
    allowed = consul.run("consul_kv", check=True, prefix="", allow_root=True, **task)
    assert f"{root}/k" in allowed["deleted"]
    assert f"{root}/k" in consul.tree(root)


def test_all_or_nothing(consul: stage.Stage, root: str) -> None:
    tree = {f"k{n:02}": "v" for n in range(65)}
    for check in (True, False):
        result = consul.run("consul_kv", check=check, prefix=root, tree=tree, atomic=True)
        assert result["failed"]
        assert "atomic" in result["msg"]
        assert consul.tree(root) == {}
    del tree["k64"]
    with counting(consul.server) as proxy:
        there = stage.Stage(proxy.address)
        assert there.run("consul_kv", prefix=root, tree=tree, atomic=True)["changed"]
        assert proxy.seen == [f"GET /v1/kv/{root}/", "PUT /v1/txn"]
    assert len(consul.tree(root)) == 64


@pytest.mark.parametrize("how", ["retry", "fail"])
def test_all_or_nothing_where_somebody_else_writes(
    consul: stage.Stage, root: str, how: str
) -> None:
    consul.put_all({f"{root}/k{n:02}": (b"old", 0) for n in range(32)})

    def meddles(number: int) -> None:
        if number == 2:
            consul.put(f"{root}/k07", b"theirs")

    params = {"prefix": root, "tree": {f"k{n:02}": "new" for n in range(16)}, "atomic": True}
    with counting(consul.server, meddles) as proxy:
        result = stage.Stage(proxy.address).run("consul_kv", purge=True, on_conflict=how, **params)
    values = [value for value, _flags in consul.tree(root).values()]
    if how == "retry":
        assert len(result["written"]) == len(result["deleted"]) == 16
        assert values == [b"new"] * 16
    else:
        assert result["failed"]
        assert not result["changed"]
        assert f"{root}/k07" in result["msg"]
        assert sorted(values) == [b"old"] * 31 + [b"theirs"]
