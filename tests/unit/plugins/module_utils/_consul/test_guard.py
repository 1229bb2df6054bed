# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.goal import Goal
from ansible_collections.mlops.infra.plugins.module_utils._consul.guard import deletable
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import (
    Change,
    Leaf,
    Listing,
    Record,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

RECORD = Record("p/a", b"1")
DELETE, WRITE = Change("p/a", RECORD, None), Change("p/a", RECORD, b"2")
PRUNE = Goal("p/", True, {}, prune=True)


@dataclasses.dataclass
class Server:
    complete: bool
    asked: int = 0

    def sees_all(self) -> bool:
        self.asked += 1
        return self.complete


@pytest.mark.parametrize(
    ("filtered", "complete", "changes", "doubtful", "asked"),
    [
        (False, True, [], False, 0),
        (False, False, [], False, 0),
        (False, False, [WRITE], False, 0),
        (False, True, [DELETE], False, 1),
        (False, False, [WRITE, DELETE], True, 1),
        (True, True, [DELETE], True, 0),
        (True, True, [], True, 0),
    ],
)
def test_an_answer_that_may_lack_keys(
    filtered: bool, complete: bool, changes: list[Change], doubtful: bool, asked: int
) -> None:
    listing, server = Listing({"p/a": RECORD}, filtered=filtered), Server(complete)
    text = deletable(server, PRUNE, listing, changes, "warn")
    reason = "what is below p/" if filtered else "not certain that the token sees all keys of p/"
    assert (reason in (text or "")) is doubtful
    assert server.asked == asked
    assert deletable(Server(complete), PRUNE, listing, changes, "ignore") is None
    if doubtful:
        with pytest.raises(UserError, match="Nothing was changed"):
            deletable(Server(complete), PRUNE, listing, changes, "fail")


def test_that_there_is_nothing_to_delete_is_not_believed_at_once() -> None:
    with pytest.raises(UserError, match="not certain"):
        deletable(Server(complete=False), PRUNE, Listing({}), [], "fail")
    assert deletable(Server(complete=True), PRUNE, Listing({}), [], "fail") is None
    first = Goal("p/", True, {"p/new": Leaf(b"")}, prune=True)
    server = Server(complete=False)
    assert deletable(server, first, Listing({}), [Change("p/new", None, b"")], "fail") is None
    assert server.asked == 0


def test_keys_that_the_task_names_are_deleted_without_doubt() -> None:
    server = Server(complete=False)
    named = Goal("p/", True, {"p/a": None})
    assert deletable(server, named, Listing({}, filtered=True), [DELETE], "fail") is None
    assert server.asked == 0
