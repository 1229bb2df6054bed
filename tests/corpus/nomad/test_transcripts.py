# SPDX-License-Identifier: GPL-3.0-or-later
"""A transcript proves something: what differs from what was recorded does not pass."""

from __future__ import annotations

import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

from . import stage, transcripts
from .test_idempotency import jobspec

PATH = transcripts.HERE / "1.6.10" / "test_twice_and_mutated-meta.json"
RECORDED = jobspec("meta")


def replayed() -> stage.Stage:
    return stage.Stage(transcripts.UNRECORDED)


def test_what_was_not_recorded_is_no_answer() -> None:
    with (
        pytest.raises(CannotOverwriteExistingCassetteException),
        transcripts.playing(PATH, record=False),
    ):
        replayed().ask("POST", "jobs", {"Job": {}})


def test_another_body_is_another_request() -> None:
    with (
        pytest.raises(CannotOverwriteExistingCassetteException),
        transcripts.playing(PATH, record=False),
    ):
        replayed().run("nomad_job", jobspec=RECORDED + " ", wait=False)


def first_look(there: stage.Stage, *, at_first: bool) -> None:
    """What the recorded test began with: a look at the server, and a run in check mode."""
    if at_first:
        there.get("job/np-meta")
    assert there.run("nomad_job", check=True, jobspec=RECORDED, wait=False)["changed"]
    if not at_first:
        there.get("job/np-meta")


def test_nothing_recorded_is_left_out() -> None:
    with (
        pytest.raises(AssertionError, match="not asked for"),
        transcripts.playing(PATH, record=False),
    ):
        first_look(replayed(), at_first=True)


def test_the_order_counts() -> None:
    with (
        pytest.raises(AssertionError, match="another order"),
        transcripts.playing(PATH, record=False),
    ):
        first_look(replayed(), at_first=False)


def test_what_is_written_is_read_back() -> None:
    text = PATH.read_text()
    assert transcripts.Compact.serialize(transcripts.Compact.deserialize(text)) == text


@pytest.mark.parametrize("said", ["", "null", '{"a": 1}', "two\nlines"])
def test_an_answer_is_played_as_it_was(said: str) -> None:
    asked = {"method": "GET", "uri": "http://nomad/v1/x", "body": None}
    answer = {"status": {"code": 200}, "headers": {}, "body": {"string": said}}
    text = transcripts.Compact.serialize({"interactions": [{"request": asked, "response": answer}]})
    (played,) = transcripts.Compact.deserialize(text)["interactions"]
    assert played["response"]["body"]["string"] == said
