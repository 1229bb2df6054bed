# SPDX-License-Identifier: GPL-3.0-or-later
"""C(nomad job run) and C(nomad job dispatch): what they ask an agent, and what they say and return."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from nomad_sim import __main__ as program
from nomad_sim import commands


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, t.Any]]:
    """What the agent is asked, which answers as one would."""
    answers = {
        "/v1/jobs/parse": {"ID": "ml-training"},
        "/v1/jobs": {"EvalID": ""},
        "/v1/job/team%2Ftrain/dispatch": {
            "DispatchedJobID": "team/train/dispatch-1-a",
            "EvalID": "0a1b2c3d-0000",
        },
    }
    found: list[tuple[str, t.Any]] = []

    def read(_agent: commands.Agent, path: str, body: t.Any = None) -> t.Any:
        found.append((path, body))
        if path not in answers:
            raise OSError("Unexpected response code: 404 (job not found)")
        return answers[path]

    monkeypatch.setattr(commands.Agent, "read", read)
    return found


def test_a_file_is_parsed_and_registered(
    asked: list[tuple[str, t.Any]], tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "job.nomad").write_text('job "ml-training" {}')
    assert program.main(["job", "run", str(tmp_path / "job.nomad")]) == 0
    assert asked == [
        ("/v1/jobs/parse", {"JobHCL": 'job "ml-training" {}', "Canonicalize": True}),
        ("/v1/jobs", {"Job": {"ID": "ml-training"}}),
    ]
    assert capsys.readouterr().out == "Job registration successful\n"


def test_a_file_that_is_not_there(
    asked: list[tuple[str, t.Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["job", "run", "/nowhere/job.nomad"]) == 1
    assert asked == []
    assert "/nowhere/job.nomad" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags", [["-meta=a=1", "-meta", "b=2=3"], ["--meta", "a=1", "-meta=b=2=3"]]
)
def test_a_dispatch_has_its_meta(
    asked: list[tuple[str, t.Any]], flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["job", "dispatch", *flags, "team/train"]) == 0
    assert asked == [("/v1/job/team%2Ftrain/dispatch", {"Meta": {"a": "1", "b": "2=3"}})]
    assert capsys.readouterr().out.splitlines() == [
        "Dispatched Job ID = team/train/dispatch-1-a",
        "Evaluation ID     = 0a1b2c3d",
    ]


def test_a_dispatch_of_what_is_not_there(
    asked: list[tuple[str, t.Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["job", "dispatch", "other"]) == 1
    assert "Failed to dispatch job" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["run"], ["dispatch"], ["dispatch", "-meta", "a", "team/train"]])
def test_words_that_they_do_not_take(asked: list[tuple[str, t.Any]], words: list[str]) -> None:
    assert program.main(["job", *words]) == 1
    assert asked == []
