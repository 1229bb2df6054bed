# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible runs it, on a store in memory in place of the client."""

from __future__ import annotations

import json
import os
import stat
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.module_utils._consul import keys
from ansible_collections.mlops.infra.plugins.modules import consul_kv_export
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils._consul.store import Store

Run = t.Callable[..., dict[str, t.Any]]
CHECK = {"_ansible_check_mode": True, "_ansible_diff": True}
ROWS = [
    {"key": "a/x", "flags": 7, "value": "MQ=="},
    {"key": "a/y", "flags": 0, "value": "/w=="},
]


@pytest.fixture
def server() -> Store:
    server = Store()
    server.set("a/x", b"1", 7)
    server.set("a/y", b"\xff")
    server.set("ab", b"3")
    return server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "export.json"


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    server: Store,
    path: Path,
) -> Run:
    def call(**params: t.Any) -> dict[str, t.Any]:
        monkeypatch.setattr(keys, "KeysClient", lambda place: server)
        given = {"prefix": "a", "path": str(path), **params}
        with patch_module_args(given), pytest.raises(SystemExit):
            consul_kv_export.main()
        return json.loads(capsys.readouterr().out)

    return call


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_written_once(run: Run, server: Store, path: Path) -> None:
    foreseen = run(**CHECK)
    assert (foreseen["changed"], foreseen["count"]) == (True, 2)
    assert not path.exists()
    written = run(_ansible_diff=True)
    assert json.loads(path.read_text()) == ROWS
    assert mode(path) == 0o600
    assert (written["changed"], written["written"], written["deleted"]) == (
        True,
        ["a/x", "a/y"],
        [],
    )
    assert written["diff"] == foreseen["diff"]
    assert written["index"] == str(server.clock)
    again = run(_ansible_diff=True)
    assert (again["changed"], again["written"]) == (False, [])
    assert again["diff"]["before"] == again["diff"]["after"]
    assert run(**CHECK)["changed"] is False
    assert os.listdir(path.parent) == [path.name]


def test_the_same_in_another_form_is_left_alone(run: Run, path: Path) -> None:
    path.write_text(json.dumps(ROWS[::-1]))
    path.chmod(0o600)
    before = path.read_text(), path.stat().st_ino
    assert run()["changed"] is False
    assert (path.read_text(), path.stat().st_ino) == before


def test_what_changed_is_named(run: Run, server: Store, path: Path) -> None:
    run()
    server.set("a/x", b"2", 7)
    server.set("a/z", b"3")
    del server.records["a/y"]
    changed = run(_ansible_diff=True)
    assert (changed["written"], changed["deleted"]) == (["a/x", "a/z"], ["a/y"])
    assert json.loads(changed["diff"]["before"]) == {"a/x": "1", "a/y": "base64:/w=="}
    assert json.loads(changed["diff"]["after"]) == {"a/x": "2", "a/z": "3"}


def test_sensitive_values_are_not_in_the_diff(run: Run, path: Path) -> None:
    shown = json.dumps(run(sensitive=True, _ansible_diff=True)["diff"])
    assert "sha256" in shown
    assert '"1"' not in shown
    assert json.loads(path.read_text()) == ROWS


def test_the_mode_is_a_change_of_its_own(run: Run, path: Path) -> None:
    run()
    assert run(mode="0640", **CHECK)["changed"] is True
    assert mode(path) == 0o600
    assert run(mode="0640")["changed"] is True
    assert mode(path) == 0o640
    again = run(mode="0640")
    assert (again["changed"], again["mode"]) == (False, "0640")
    assert run(mode="u=rw,g=,o=")["changed"] is True
    assert mode(path) == 0o600


def test_a_file_is_never_wider_than_its_mode(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    replace = os.replace
    monkeypatch.setattr(
        os, "replace", lambda old, new: (modes.append(mode(Path(old))), replace(old, new))
    )
    path.write_text("not an export")
    path.chmod(0o644)
    assert run(mode="0640")["changed"] is True
    assert modes == [0o640]


@pytest.mark.parametrize("how", [{"mode": "u+q"}, {"owner": "no-such-user-here"}])
def test_check_mode_knows_what_the_file_cannot_have(
    run: Run, path: Path, how: dict[str, t.Any]
) -> None:
    predicted, real = run(_ansible_check_mode=True, **how), run(**how)
    assert predicted["failed"]
    assert predicted["msg"] == real["msg"]
    assert not path.exists()


def test_what_is_no_file_stays(run: Run, path: Path) -> None:
    os.mkfifo(path)
    for check in (True, False):
        assert (
            "is a device, a pipe or a socket: name a file" in run(_ansible_check_mode=check)["msg"]
        )
    assert path.is_fifo()
    assert "has a NUL" in run(path=f"{path}\0")["msg"]


def test_a_link_is_replaced(run: Run, path: Path) -> None:
    other = path.with_name("other")
    other.write_text("[]")
    path.symlink_to(other)
    assert run()["changed"] is True
    assert not path.is_symlink()
    assert other.read_text() == "[]"


def test_no_keys_are_an_empty_list(run: Run, path: Path) -> None:
    assert run(prefix="none")["changed"] is True
    assert path.read_text() == "[]\n"
    assert run(prefix="none")["changed"] is False


def test_the_whole_store(run: Run) -> None:
    assert run(prefix="")["count"] == 3


def test_a_part_is_not_taken_for_the_whole(
    run: Run, server: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _self, text: warnings.append(text))
    server.filtered = True
    assert "Nothing was written." in run()["msg"]
    assert "Nothing was written." in run(**CHECK)["msg"]
    server.filtered, server.complete = False, False
    assert "not certain" in run()["msg"]
    assert not path.exists()
    server.filtered = True
    assert run(on_filtered="ignore")["changed"] is True
    assert warnings == []
    run(on_filtered="warn")
    assert "They are not in the file." in "".join(warnings)


def test_paths_that_cannot_be_written(run: Run, path: Path) -> None:
    assert "is a directory: name a file" in run(path=str(path.parent))["msg"]
    assert "does not exist: create it first" in run(path=str(path / "none" / "f"))["msg"]


def test_a_write_that_fails_leaves_what_was_there(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("old")

    def full(old: str, new: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert f"path {path} cannot be written: No space left on device." in run()["msg"]
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == [path.name]


def test_a_file_that_cannot_be_replaced_is_overwritten_where_that_is_allowed(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("old")
    inode = path.stat().st_ino

    def busy(old: str, new: str) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(os, "replace", busy)
    assert "Device or resource busy" in run()["msg"]
    assert run(unsafe_writes=True)["changed"] is True
    assert (json.loads(path.read_text()), path.stat().st_ino) == (ROWS, inode)
    assert os.listdir(path.parent) == [path.name]


def test_a_prefix_that_consul_would_rewrite_is_refused(run: Run, path: Path) -> None:
    assert "begins with '/'" in run(prefix="/a")["msg"]
    assert not path.exists()
