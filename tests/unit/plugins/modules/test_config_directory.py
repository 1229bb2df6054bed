# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import stat
import sys
import time
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.modules import config_directory

ACCEPT = [sys.executable, "-c", "import os, sys; assert os.listdir(sys.argv[1])", "{directory}"]
REFUSE = [sys.executable, "-c", "import sys; sys.exit('bad key in ' + sys.argv[1])", "{directory}"]
# A file's times are those of the kernel's last tick: what follows sooner gets the same time.
CLOCK_TICK = 0.02


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

    time.sleep(CLOCK_TICK)
    less = run(files={"a.hcl": "two\n"})
    assert less["changed_files"] == ["a.hcl", "sub/b.json"]
    assert tree(conf) == {"a.hcl": "two\n"}
    assert less["changed_at"] > first["changed_at"]


def test_a_removed_file_alone_moves_the_time(run: t.Any) -> None:
    first = run(files={"a": "1", "b": "2"})
    time.sleep(CLOCK_TICK)
    second = run(files={"a": "1"})
    assert second["changed_files"] == ["b"]
    assert second["changed_at"] > first["changed_at"]


def test_check_mode_predicts_and_writes_nothing(run: t.Any, tmp_path: Path) -> None:
    predicted = run(check=True, files={"a": "1"}, validate=ACCEPT)
    assert predicted["changed"]
    assert predicted["diff"][0]["after"] == "1"
    assert not (tmp_path / "etc").exists()
    assert run(files={"a": "1"}, validate=ACCEPT)["changed_files"] == predicted["changed_files"]


def test_check_mode_predicts_when_it_would_have_changed(run: t.Any) -> None:
    first = run(files={"a": "1"})
    assert run(check=True, files={"a": "1"})["changed_at"] == first["changed_at"]
    time.sleep(CLOCK_TICK)
    assert run(check=True, files={"a": "2"})["changed_at"] > first["changed_at"]
    assert run(files={"a": "1"})["changed_at"] == first["changed_at"]


def test_what_the_validator_refuses_is_not_installed(run: t.Any, tmp_path: Path) -> None:
    run(files={"a": "good"})
    refused = run(files={"a": "bad", "b": "new"}, validate=REFUSE)
    assert refused["failed"]
    assert "nothing was replaced: bad key in " + str(tmp_path / "etc" / "conf") in refused["msg"]
    assert tree(tmp_path / "etc") == {"conf/a": "good"}


def test_the_validator_runs_only_for_a_change(run: t.Any) -> None:
    run(files={"a": "1"})
    assert not run(files={"a": "1"}, validate=REFUSE)["changed"]


def test_the_validator_also_sees_that_a_file_goes(run: t.Any, tmp_path: Path) -> None:
    run(files={"a": "1", "b": "2"})
    assert run(files={"a": "1"}, validate=REFUSE)["failed"]
    assert tree(tmp_path / "etc" / "conf") == {"a": "1", "b": "2"}


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


def test_a_secret_may_have_another_mode(run: t.Any, tmp_path: Path) -> None:
    result = run(secrets={"key": "hunter2hunter2"}, secret_mode="0640")
    assert mode(tmp_path / "etc" / "conf" / "key") == 0o640
    assert "hunter2" not in json.dumps(result)


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
        ({"files": {".": "1"}}, "plain path below the directory"),
        ({"files": {"a\0": "1"}}, "plain path below the directory"),
        ({"files": {"a": "1", "a/b": "2"}}, "'a' would be a file and the directory of 'a/b'"),
        ({"files": {"a": {"b": 1}}}, "the content of 'a' is a dict and not text"),
        ({"files": {"a": "1"}, "mode": "rw"}, "'rw' is not an octal mode"),
        # What YAML makes of 0640 without quotes: as an octal mode it would let everybody write.
        ({"files": {"a": "1"}, "mode": 416}, "mode: '416' is not an octal mode"),
        ({"files": {"a": "1"}, "directory_mode": 488}, "directory_mode: '488' is not"),
        ({"files": {"a": "1"}, "owner": -2}, "owner: -2 is not a user or group"),
        ({"files": {"a": "1"}, "group": 2**32 - 1}, "group: 4294967295 is not"),
        ({"files": {"a": "1"}, "path": "etc"}, "path: 'etc' is not an absolute path"),
        ({"files": {"a": "1"}, "path": ""}, "is not an absolute path"),
        ({"files": {"a": "1"}, "path": "/a\0"}, "is not an absolute path"),
        ({"files": {"a": "1"}, "data_directories": ["data"]}, "data_directories: 'data' is not"),
        ({"files": {"a": "1"}, "validate_pattern": "("}, "validate_pattern: '(' is no regular"),
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


def test_a_validator_that_says_nothing_or_cannot_run_is_named(run: t.Any, tmp_path: Path) -> None:
    silent = run(files={"a": "1"}, validate=["false"])
    assert silent["msg"].endswith("nothing was replaced: false only ended with 1")
    missing = run(files={"a": "1"}, validate=["/nowhere/x"])
    assert missing["msg"].startswith("validate: '/nowhere/x' cannot be run: ")
    assert tree(tmp_path) == {}
    assert not list(tmp_path.rglob("*"))


def test_data_below_the_configuration_is_refused_before_it_is_removed(
    run: t.Any, tmp_path: Path
) -> None:
    data = tmp_path / "etc" / "conf" / "data"
    data.mkdir(parents=True)
    (data / "db").write_text("precious")
    result = run(files={"a": "1"}, data_directories=[str(data)])
    assert "data_directories" in result["msg"]
    assert (data / "db").read_text() == "precious"


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("there", "names", "words"),
    [
        ("etc", ["a"], "etc is not a directory"),
        ("etc/conf", ["a"], "conf is not a directory"),
        ("etc/conf/sub", ["sub/a"], "has to be a directory for 'sub/a'"),
        ("etc/conf/a/b", ["a"], "a is a directory"),
    ],
)
def test_what_is_in_the_way_is_named_and_nothing_written(
    run: t.Any, tmp_path: Path, check: bool, there: str, names: list[str], words: str
) -> None:
    (tmp_path / there).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / there).write_text("old")
    result = run(check, files=dict.fromkeys(["0", *names], "1"))
    assert words in result["msg"]
    assert tree(tmp_path) == {there: "old"}


@pytest.mark.parametrize("check", [True, False])
def test_a_link_to_nowhere_is_no_directory(run: t.Any, tmp_path: Path, check: bool) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    result = run(check, path=str(tmp_path / "link"), files={"a": "1"})
    assert "link is not a directory" in result["msg"]


def test_a_link_to_the_directory_is_followed_and_then_unchanged(run: t.Any, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for path in ("link", "link/"):
        run(path=f"{tmp_path}/{path}", files={"a": "1"}, validate=ACCEPT)
        assert not run(path=f"{tmp_path}/{path}", files={"a": "1"}, validate=ACCEPT)["changed"]
    assert tree(tmp_path / "real") == {"a": "1"}


def test_a_link_below_leads_nowhere_else(run: t.Any, tmp_path: Path) -> None:
    run(files={"a": "1"})
    (tmp_path / "other").mkdir()
    (tmp_path / "etc" / "conf" / "sub").symlink_to(tmp_path / "other")
    assert "has to be a directory" in run(files={"sub/a": "1"})["msg"]
    assert tree(tmp_path / "other") == {}


def test_pipes_and_links_are_replaced_unread(run: t.Any, tmp_path: Path) -> None:
    conf = tmp_path / "etc" / "conf"
    run(files={"a": "1"})
    (tmp_path / "private").write_text("hunter2")
    os.unlink(conf / "a")
    (conf / "a").symlink_to(tmp_path / "private")
    os.mkfifo(conf / "pipe")
    (conf / "gone").symlink_to("nowhere")
    result = run(files={"a": "1"}, _ansible_diff=True)
    assert result["changed_files"] == ["a", "gone", "pipe"]
    assert "hunter2" not in json.dumps(result)
    assert tree(tmp_path) == {"etc/conf/a": "1", "private": "hunter2"}


def test_a_write_that_fails_leaves_no_draft(
    run: t.Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: t.Any) -> None:
        raise OSError(30, "Read-only file system", "/x")

    monkeypatch.setattr(os, "replace", refuse)
    result = run(files={"a": "1"})
    assert result["msg"].startswith("/x: Read-only file system. ")
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("check", [True, False])
def test_what_cannot_be_written_to_is_predicted(
    run: t.Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: bool
) -> None:
    monkeypatch.setattr(os, "access", lambda place, _mode: place != str(tmp_path))
    assert f"{tmp_path} cannot be written to" in run(check, files={"a": "1"})["msg"]
    assert tree(tmp_path) == {}


def test_bytes_that_are_not_utf_8_are_kept(run: t.Any, tmp_path: Path) -> None:
    run(files={"a": "x\udcffy"})
    assert (tmp_path / "etc" / "conf" / "a").read_bytes() == b"x\xffy"
