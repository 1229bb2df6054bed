# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible runs it, on a store in memory in place of the client."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.module_utils._consul import keys
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing
from ansible_collections.mlops.infra.plugins.modules import consul_kv_info
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils._consul.store import Store

Run = t.Callable[..., dict[str, t.Any]]


class Server(Store):
    """A store that lists names and counts requests."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[str] = []

    def tree(self, prefix: str) -> Listing:
        self.requests.append(f"tree {prefix}")
        return super().tree(prefix)

    def find(self, key: str) -> Listing:
        self.requests.append(f"find {key}")
        return super().find(key)

    def names(self, prefix: str, separator: str = "") -> keys.Names:
        self.requests.append(f"names {prefix} {separator}".strip())
        found = super().tree(prefix)
        return keys.Names(list(found.records), found.index, found.filtered)

    def sees_all(self) -> bool:
        self.requests.append("sees_all")
        return super().sees_all()


@pytest.fixture
def server() -> Server:
    server = Server()
    server.set("a/x", b"1", 7)
    server.set("a/y/z", b"")
    server.set("a/bin", b"\xff")
    server.set("ab", b"3")
    return server


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: Server) -> Run:
    def call(**params: t.Any) -> dict[str, t.Any]:
        monkeypatch.setattr(keys, "KeysClient", lambda place: server)
        server.requests.clear()
        with patch_module_args(params), pytest.raises(SystemExit):
            consul_kv_info.main()
        return json.loads(capsys.readouterr().out)

    return call


def test_one_key(run: Run, server: Server) -> None:
    found = run(key="a/x")
    (row,) = found["data"]
    assert (row["Key"], row["Value"], row["Flags"]) == ("a/x", "1", 7)
    assert (found["exists"], found["names"], found["changed"]) == (True, ["a/x"], False)
    assert "tree" not in found
    assert server.requests == ["find a/x"]


def test_a_key_that_is_not_there_is_no_error(run: Run, server: Server) -> None:
    found = run(key="none")
    assert (found["data"], found["exists"], found["names"]) == ([], False, [])
    assert "failed" not in found


def test_a_prefix_is_a_directory(run: Run, server: Server) -> None:
    for prefix in ("a", "a/"):
        found = run(prefix=prefix)
        assert found["names"] == ["a/bin", "a/x", "a/y/z"]
        assert server.requests == ["tree a/"]
    assert found["tree"] == {"x": "1", "y": {"z": ""}}
    assert found["data"][0]["ValueBase64"] == "/w=="
    assert found["data"][2]["Value"] is None
    assert run(prefix="none")["tree"] == {}


def test_recurse_is_the_beginning_of_a_name(run: Run, server: Server) -> None:
    assert run(key="a", recurse=True)["names"] == ["a/bin", "a/x", "a/y/z", "ab"]
    assert server.requests == ["tree a"]


def test_the_whole_store(run: Run, server: Server) -> None:
    assert len(run(prefix="")["names"]) == 4
    assert len(run(key="", recurse=True)["names"]) == 4


def test_names_alone(run: Run, server: Server) -> None:
    found = run(prefix="a", keys_only=True, separator="/")
    assert (found["names"], found["data"]) == (["a/bin", "a/x", "a/y/z"], [])
    assert "tree" not in found
    assert server.requests == ["names a/ /"]
    one = run(key="a/x", keys_only=True)
    assert (one["names"], one["exists"]) == (["a/x"], True)
    assert run(key="a", keys_only=True)["exists"] is False


def test_what_is_hidden_is_told(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _self, text: warnings.append(text))
    server.filtered = True
    assert run(prefix="a", on_filtered="ignore")["filtered"] is True
    assert "set on_filtered to warn" in run(prefix="a", on_filtered="fail")["msg"]
    assert "set on_filtered to warn" in run(prefix="a", keys_only=True, on_filtered="fail")["msg"]
    assert warnings == []
    found = run(prefix="a")
    assert (found["filtered"], len(found["data"])) == (True, 3)
    assert warnings == ["ACLs hide a part of what is below a/ from this token."]


def test_fail_wants_to_be_sure(run: Run, server: Server) -> None:
    assert run(prefix="a", on_filtered="fail")["exists"] is True
    assert server.requests == ["tree a/", "sees_all"]
    server.complete = False
    assert "not certain" in run(prefix="a", on_filtered="fail")["msg"]
    assert run(key="a/x", on_filtered="fail")["exists"] is True


def test_sensitive_values(run: Run, server: Server) -> None:
    found = run(prefix="a", sensitive="x$")
    assert "sha256" in found["tree"]["x"]
    assert "sha256" in found["data"][1]["Value"]
    assert found["tree"]["y"] == {"z": ""}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"key": "a", "separator": "/"}, "separator is for names alone"),
        ({"key": ""}, "is empty"),
        ({"key": "a//b"}, "empty part"),
        ({"prefix": "/a"}, "begins with '/'"),
        ({"key": "a", "prefix": "a"}, "mutually exclusive"),
        ({}, "one of the following is required: key, prefix"),
    ],
)
def test_wrong_options(run: Run, server: Server, params: dict[str, t.Any], words: str) -> None:
    assert words in run(**params)["msg"]
    assert server.requests == []


@pytest.mark.parametrize("option", ["key", "prefix"])
def test_null_names_nothing(run: Run, option: str) -> None:
    assert "key and prefix are both null" in run(**{option: None})["msg"]
