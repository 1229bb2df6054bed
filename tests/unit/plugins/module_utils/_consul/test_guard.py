# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.goal import Goal
from ansible_collections.mlops.infra.plugins.module_utils._consul.guard import doubt
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import (
    Change,
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
    text = doubt(server, PRUNE, listing, changes, "warn")
    assert ("not certain that the token sees all keys of p/" in (text or "")) is doubtful
    assert server.asked == asked
    assert doubt(Server(complete), PRUNE, listing, changes, "ignore") is None
    if doubtful:
        with pytest.raises(UserError, match="Nothing was changed"):
            doubt(Server(complete), PRUNE, listing, changes, "fail")


def test_keys_that_the_task_names_are_deleted_without_doubt() -> None:
    server = Server(complete=False)
    named = Goal("p/", True, {"p/a": None})
    assert doubt(server, named, Listing({}, filtered=True), [DELETE], "fail") is None
    assert server.asked == 0
