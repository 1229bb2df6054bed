# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import stat
import sys
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.modules import config_directory

ACCEPT = [sys.executable, "-c", "import os, sys; assert os.listdir(sys.argv[1])", "{directory}"]
REFUSE = [sys.executable, "-c", "import sys; sys.exit('bad key in ' + sys.argv[1])", "{directory}"]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> t.Callable[..., dict[str, t.Any]]:
    """Run the module on a directory below tmp_path and return what it printed."""

    def module(check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        arguments = {
            "path": str(tmp_path / "etc" / "conf"),
            "_ansible_check_mode": check,
            **options,
        }
        with patch_module_args(arguments), pytest.raises(SystemExit):
            config_directory.main()
        return t.cast(dict[str, t.Any], json.loads(capsys.readouterr().out))

    return module


def tree(path: Path) -> dict[str, str]:
    return {str(p.relative_to(path)): p.read_text() for p in path.rglob("*") if p.is_file()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_create_again_change_and_remove(run: t.Any, tmp_path: Path) -> None:
    conf = tmp_path / "etc" / "conf"
    first = run(
        files={"a.hcl": "one\n", "sub/b.json": "{}"}, data_directories=[str(tmp_path / "data")]
    )
    assert first["changed"]
    assert first["changed_files"] == ["a.hcl", "sub/b.json"]
    assert tree(conf) == {"a.hcl": "one\n", "sub/b.json": "{}"}
    assert (mode(conf), mode(conf / "sub"), mode(conf / "a.hcl")) == (0o750, 0o750, 0o640)
    assert mode(tmp_path / "data") == 0o700

    again = run(
        files={"a.hcl": "one\n", "sub/b.json": "{}"}, data_directories=[str(tmp_path / "data")]
    )
    assert not again["changed"]
    assert again["changed_at"] == first["changed_at"]

    less = run(files={"a.hcl": "two\n"})
    assert less["changed_files"] == ["a.hcl", "sub/b.json"]
    assert tree(conf) == {"a.hcl": "two\n"}
    assert less["changed_at"] > first["changed_at"]


def test_a_removed_file_alone_moves_the_time(run: t.Any) -> None:
    first = run(files={"a": "1", "b": "2"})
    second = run(files={"a": "1"})
    assert second["changed_files"] == ["b"]
    assert second["changed_at"] > first["changed_at"]


def test_check_mode_predicts_and_writes_nothing(run: t.Any, tmp_path: Path) -> None:
    predicted = run(check=True, files={"a": "1"}, validate=ACCEPT)
    assert predicted["changed"]
    assert predicted["diff"][0]["after"] == "1"
    assert not (tmp_path / "etc").exists()
    assert run(files={"a": "1"}, validate=ACCEPT)["changed_files"] == predicted["changed_files"]


def test_what_the_validator_refuses_is_not_installed(run: t.Any, tmp_path: Path) -> None:
    run(files={"a": "good"})
    refused = run(files={"a": "bad", "b": "new"}, validate=REFUSE)
    assert refused["failed"]
    assert "nothing was replaced: bad key in " + str(tmp_path / "etc" / "conf") in refused["msg"]
    assert tree(tmp_path / "etc") == {"conf/a": "good"}


def test_the_validator_runs_only_for_a_change(run: t.Any) -> None:
    run(files={"a": "1"})
    assert not run(files={"a": "1"}, validate=REFUSE)["changed"]


def test_the_validator_has_to_say_what_is_expected(run: t.Any) -> None:
    silent = run(files={"a": "1"}, validate=ACCEPT, validate_pattern="SUCCESS")
    assert silent["failed"]


def test_a_secret_is_shown_by_its_digest_only(run: t.Any, tmp_path: Path) -> None:
    result = run(files={"a": "1"}, secrets={"key": "hunter2hunter2"})
    assert "hunter2" not in json.dumps(result)
    assert mode(tmp_path / "etc" / "conf" / "key") == 0o400
    gone = run(files={"a": "1"})
    assert gone["changed_files"] == ["key"]
    assert "hunter2" not in json.dumps(gone)


def test_a_mode_that_was_changed_by_hand_is_repaired(run: t.Any, tmp_path: Path) -> None:
    run(files={"a": "1"})
    os.chmod(tmp_path / "etc" / "conf" / "a", 0o666)
    assert run(files={"a": "1"})["changed_files"] == ["a"]
    assert mode(tmp_path / "etc" / "conf" / "a") == 0o640


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"files": {"../a": "1"}}, "plain path below the directory"),
        ({"files": {"/a": "1"}}, "plain path below the directory"),
        ({"files": {"a": "1"}, "secrets": {"a": "2"}}, "both files and secrets: a"),
        ({"files": {"a": "1"}, "mode": "rw"}, "'rw' is not an octal mode"),
    ],
)
def test_bad_input_is_named(run: t.Any, options: dict[str, t.Any], words: str) -> None:
    result = run(**options)
    assert result["failed"]
    assert words in result["msg"]


def test_what_an_interrupted_run_left_is_no_obstacle(run: t.Any, tmp_path: Path) -> None:
    left = tmp_path / "etc" / ".conf.validate"
    left.mkdir(parents=True)
    (left / "secret").write_text("old")
    run(files={"a": "1"}, validate=ACCEPT)
    assert not left.exists()
