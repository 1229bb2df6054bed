# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a tree costs, counted on the wire."""

from __future__ import annotations

import pytest

from ..shared.proxy import counting
from . import stage

TXN = "PUT /v1/txn"


def tree(amount: int, value: str = "v") -> dict[str, dict[str, str]]:
    """Directories of a hundred keys each."""
    made: dict[str, dict[str, str]] = {}
    for number in range(amount):
        made.setdefault(f"d{number // 100:03}", {})[f"k{number:05}"] = f"{value}{number}"
    return made


@pytest.mark.parametrize(("amount", "transactions"), [(1, 1), (64, 1), (65, 2), (1000, 16)])
def test_a_tree(consul: stage.Stage, root: str, amount: int, transactions: int) -> None:
    """One read, and one transaction for 64 keys."""
    read = f"GET /v1/kv/{root}/"
    with counting(consul.server) as proxy:
        there = stage.Stage(proxy.address)
        for value in ("new", "changed"):
            params = {"prefix": root, "tree": tree(amount, value)}
            for check in (True, False):
                proxy.seen.clear()
                result = there.run("consul_kv", check=check, **params)
                assert (result["changed"], len(result["written"])) == (True, amount)
                assert proxy.seen == [read] + ([] if check else [TXN] * transactions)
            for check in (True, False):
                proxy.seen.clear()
                assert not there.run("consul_kv", check=check, **params)["changed"]
                assert proxy.seen == [read]


def test_ten_thousand_keys(consul: stage.Stage, root: str) -> None:
    with counting(consul.server) as proxy:
        there = stage.Stage(proxy.address)
        params = {"prefix": root, "tree": tree(10_000)}
        assert there.run("consul_kv", **params)["changed"]
        assert proxy.seen == [f"GET /v1/kv/{root}/"] + [TXN] * 157
        proxy.seen.clear()
        assert not there.run("consul_kv", **params)["changed"]
        assert proxy.seen == [f"GET /v1/kv/{root}/"]
        proxy.seen.clear()
        emptied = {"prefix": root, "tree": {}, "purge": True}
        assert len(there.run("consul_kv", **emptied)["deleted"]) == 10_000
        assert proxy.seen.count(TXN) == 157
        assert len(proxy.seen) <= 1 + 157 + 2, "and whether an answer of this server is complete"


def test_bytes_count_as_well(consul: stage.Stage, root: str) -> None:
    """64 keys of 8 KiB are more than one transaction may have."""
    with counting(consul.server) as proxy:
        there = stage.Stage(proxy.address)
        values = {f"k{n:02}": f"{n:02}" * 4096 for n in range(64)}
        assert there.run("consul_kv", prefix=root, tree=values)["changed"]
        assert proxy.seen == [f"GET /v1/kv/{root}/", TXN, TXN]
    assert consul.tree(root) == {f"{root}/{k}": (v.encode(), 0) for k, v in values.items()}


def test_one_key(consul: stage.Stage, root: str) -> None:
    read = f"GET /v1/kv/{root}/k"
    with counting(consul.server) as proxy:
        there = stage.Stage(proxy.address)
        assert there.run("consul_kv", key=f"{root}/k", value="v")["changed"]
        assert proxy.seen == [read, TXN]
        proxy.seen.clear()
        assert not there.run("consul_kv", key=f"{root}/k", value="v")["changed"]
        assert proxy.seen == [read]
        proxy.seen.clear()
        assert there.run("consul_kv", key=f"{root}/k", state="absent")["changed"]
        assert proxy.seen == [read, TXN]
