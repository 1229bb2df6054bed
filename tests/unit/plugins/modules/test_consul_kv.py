# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible runs it, on a store in memory in place of the client."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.module_utils._consul import client
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError
from ansible_collections.mlops.infra.plugins.modules import consul_kv
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils._consul.session_store import (
    SessionStore,
)

GONE = "5e5510ae-0000-4000-8000-aaaaaaaaaaaa"
Run = t.Callable[..., dict[str, t.Any]]


class Server(SessionStore):
    """A store that counts what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0
        self.place: t.Any = None

    def tree(self, prefix: str) -> Listing:
        self.requests += 1
        return super().tree(prefix)

    def find(self, key: str) -> Listing:
        self.requests += 1
        return super().find(key)

    def put(self, key: str, value: bytes, flags: int, **how: str | int) -> bool:
        self.requests += 1
        return super().put(key, value, flags, **how)

    def transact(self, body: bytes) -> client.Answer:
        self.requests += 1
        return super().transact(body)

    def sees_all(self) -> bool:
        self.requests += 1
        return super().sees_all()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: Server) -> Run:
    def connect(place: t.Any) -> Server:
        server.place = place
        return server

    def call(**params: t.Any) -> dict[str, t.Any]:
        monkeypatch.setattr(consul_kv, "SessionClient", connect)
        server.requests = 0
        with patch_module_args(params), pytest.raises(SystemExit):
            consul_kv.main()
        return json.loads(capsys.readouterr().out)

    return call


CHECK = {"_ansible_check_mode": True, "_ansible_diff": True}


def test_one_key_create_again_change_delete_again(run: Run, server: Server) -> None:
    assert run(key="a", value="1", **CHECK)["changed"] is True
    assert server.values() == {}
    created = run(key="a", value="1")
    assert (created["changed"], server.requests) == (True, 2)
    assert created["data"]["Value"] == "1"
    assert created["index"] == str(server.records["a"].index)
    again = run(key="a", value="1")
    assert (again["changed"], server.requests) == (False, 1)
    assert again["data"] == created["data"]
    assert run(key="a", value="2")["changed"] is True
    assert server.values() == {"a": b"2"}
    deleted = run(key="a", state="absent")
    assert (deleted["changed"], deleted["data"]["Value"]) == (True, "2")
    assert server.values() == {}
    gone = run(key="a", state="absent")
    assert (gone["changed"], gone["data"]) == (False, None)


def test_an_empty_value_is_a_value(run: Run, server: Server) -> None:
    assert run(key="a", value="")["changed"] is True
    assert server.values() == {"a": b""}
    assert run(key="a", value="")["changed"] is False
    assert run(key="a", value="None")["changed"] is True


def test_flags_are_kept_and_compared(run: Run, server: Server) -> None:
    run(key="a", value="1", flags=2**64 - 1)
    assert run(key="a", value="2")["data"]["Flags"] == 2**64 - 1
    changed = run(key="a", value="2", flags=1, _ansible_diff=True)
    assert changed["changed"] is True
    assert '"flags": 1' in changed["diff"]["after"]
    assert run(key="a", value="2", flags=1)["changed"] is False


def test_reading_changes_nothing(run: Run, server: Server) -> None:
    server.set("p/a", b"1")
    server.set("pq", b"2")
    assert run(key="p/a")["data"]["Value"] == "1"
    assert run(key="none")["data"] is None
    listed = run(key="p", recurse=True)
    assert [row["Key"] for row in listed["data"]] == ["p/a", "pq"]
    assert run(key="none", recurse=True)["data"] is None
    read = run(prefix="p")
    assert (read["tree"], read["changed"], server.requests) == ({"a": "1"}, False, 1)


def test_retrieve_false_returns_no_data(run: Run) -> None:
    assert run(key="a", value="1", retrieve=False)["data"] is None
    assert run(key="a", retrieve=False)["data"]["Value"] == "1"


def test_a_value_too_large_for_a_transaction_is_returned_as_well(run: Run, server: Server) -> None:
    server.size = 100
    value = "x" * 450_000
    result = run(key="a", value=value)
    assert (result["data"]["Value"], server.values()) == (value, {"a": value.encode()})


def test_a_tree_costs_one_request_when_nothing_changes(run: Run, server: Server) -> None:
    tree = {f"k{n:04}": n for n in range(1000)}
    assert run(prefix="p", tree=tree)["changed"] is True
    assert server.requests == 1 + 16
    assert run(prefix="p", tree=tree, purge=True)["changed"] is False
    assert server.requests == 1


def test_a_tree_of_a_file_is_neither_read_back_nor_shown(
    run: Run, server: Server, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "a").write_text("1")
    result = run(prefix="p", tree_src=str(tmp_path))
    assert (result["written"], server.values()) == (["p/a"], {"p/a": b"1"})
    assert not {"data", "tree"} & set(result)
    assert run(prefix="p", tree_src=str(tmp_path), purge=True)["changed"] is False
    assert run(prefix="p", tree_src=str(tmp_path), state="absent")["deleted"] == ["p/a"]
    assert server.values() == {}


def test_an_export_is_restored_with_its_flags(
    run: Run, server: Server, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "export.json"
    rows = [{"key": "p/a", "flags": 7, "value": "/w=="}, {"key": "p/b", "flags": 0, "value": ""}]
    path.write_text(json.dumps(rows))
    server.set("p/a", b"\xff", flags=1)
    server.set("p/b", b"", flags=2)
    task = {"prefix": "p", "tree_src": str(path), "purge": True}
    assert run(**task)["written"] == ["p/a", "p/b"]
    assert {key: (r.value, r.flags) for key, r in server.records.items()} == {
        "p/a": (b"\xff", 7),
        "p/b": (b"", 0),
    }
    assert run(**task)["changed"] is False
    assert "not below prefix 'q/'" in run(**{**task, "prefix": "q"})["msg"]


def test_entries_of_a_list_have_flags_of_their_own(run: Run, server: Server) -> None:
    tree = [{"key": "a", "value": 1, "flags": 5}, {"key": "b", "value": 2}]
    run(prefix="p", tree=tree, flags=9)
    assert {key: r.flags for key, r in server.records.items()} == {"p/a": 5, "p/b": 9}
    assert run(prefix="p", tree=tree)["changed"] is False
    assert run(prefix="p", tree=tree, flags=8)["written"] == ["p/b"]


def test_defaults_are_written_where_they_are_missing(run: Run, server: Server) -> None:
    server.set("p/a", b"mine")
    task = {"prefix": "p", "tree": {"a": "default", "b": "default"}, "cas": 0}
    assert run(**task, **CHECK)["written"] == ["p/b"]
    server.before_write = [lambda s: s.set("p/b", b"theirs")]
    assert run(**task)["changed"] is False
    assert server.values() == {"p/a": b"mine", "p/b": b"theirs"}


def test_check_mode_predicts_and_changes_nothing(run: Run, server: Server) -> None:
    for key, value in {"p/a": b"1", "p/b": b"2", "q": b"3"}.items():
        server.set(key, value)
    before = dict(server.records)
    task = {"prefix": "p", "tree": {"a": 0, "c": [1]}, "purge": True, "_ansible_diff": True}
    predicted = run(**task, _ansible_check_mode=True)
    assert server.records == before
    done = run(**task)
    assert done["written"] == ["p/a", "p/c"]
    assert done["deleted"] == ["p/b"]
    for name in ("changed", "written", "deleted", "diff"):
        assert predicted[name] == done[name]
    assert server.values() == {"p/a": b"0", "p/c": b"[1]", "q": b"3"}
    assert run(**task)["changed"] is False


def test_purge_without_a_tree_is_no_way_to_delete_everything(run: Run, server: Server) -> None:
    run(prefix="p", tree={"a": 1})
    assert "give tree or tree_src" in run(prefix="p", purge=True)["msg"]
    assert server.values() == {"p/a": b"1"}


def test_a_value_that_is_data_is_compared_by_its_meaning(run: Run, server: Server) -> None:
    run(key="a", value='{ "b": [1, 2],\n "a": 1 }')
    assert run(key="a", value={"a": 1, "b": [1, 2]})["changed"] is False
    assert run(key="a", value={"a": 1, "b": [2, 1]})["changed"] is True
    assert server.values() == {"a": b'{"a":1,"b":[2,1]}'}


def test_absent_deletes_a_directory_or_the_keys_of_a_tree(run: Run, server: Server) -> None:
    for key in ("p", "p/a", "p/b/c", "p/b/d", "pq/a"):
        server.set(key, b"")
    assert run(prefix="p", tree={"a": 1, "b": {"d": 1}}, state="absent")["changed"] is True
    assert set(server.records) == {"p", "p/b/c", "pq/a"}
    result = run(prefix="p/", state="absent")
    assert result["deleted"] == ["p/b/c"]
    assert [row["Key"] for row in result["data"]] == ["p/b/c"]
    assert "tree" not in result
    assert run(prefix="p", state="absent")["changed"] is False
    assert set(server.records) == {"p", "pq/a"}


def test_recurse_deletes_a_directory_and_not_its_namesakes(run: Run, server: Server) -> None:
    for key in ("app", "app/a", "application/a"):
        server.set(key, b"")
    assert run(key="app", recurse=True, state="absent")["deleted"] == ["app", "app/a"]
    assert set(server.records) == {"application/a"}


def test_guards_hold_in_check_mode_as_well(run: Run, server: Server) -> None:
    for n in range(4):
        server.set(f"p/{n}", b"")
    before = dict(server.records)
    for extra in ({}, CHECK):
        many = run(prefix="p", tree={}, purge=True, max_deletes="50%", **extra)
        assert many["failed"] is True
        assert "4 of 4" in many["msg"]
        apart = run(prefix="p", tree={}, purge=True, atomic=True, batch_size=3, **extra)
        assert "do not fit into one transaction of 3" in apart["msg"]
        root = run(prefix="", state="absent", **extra)
        assert "allow_root" in root["msg"]
    assert server.records == before


@pytest.mark.parametrize("sign", ["header", "token"])
def test_a_filtered_answer_is_no_ground_for_deleting(
    monkeypatch: pytest.MonkeyPatch, run: Run, server: Server, sign: str
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _self, text: warnings.append(text))
    server.set("p/seen", b"")
    server.filtered = server.complete = sign == "header"
    task = {"prefix": "p", "tree": {"new": 1}, "purge": True}
    refused = run(**task)
    assert "global-management" in refused["msg"]
    assert server.values() == {"p/seen": b""}
    assert run(prefix="p", tree={"new": 1})["changed"] is True
    assert warnings == []
    warned = run(**task, on_filtered="warn", **CHECK)
    assert warned["deleted"] == ["p/seen"]
    assert "global-management" in "".join(warnings)
    warnings.clear()
    assert run(**task, on_filtered="ignore")["deleted"] == ["p/seen"]
    assert warnings == []


def test_who_sees_all_is_asked_only_before_deleting(run: Run, server: Server) -> None:
    server.complete = False
    server.set("p/a", b"1")
    assert run(prefix="p", tree={"a": 1}, purge=True)["changed"] is False
    assert server.requests == 1


def test_on_conflict_fail(run: Run, server: Server) -> None:
    server.before_write = [lambda s: s.set("p/a", b"theirs")]
    failed = run(prefix="p", tree={"a": "ours"}, on_conflict="fail")
    assert "p/a" in failed["msg"]
    assert failed["changed"] is False
    assert server.values() == {"p/a": b"theirs"}


def test_cas(run: Run, server: Server) -> None:
    assert run(key="a", value="1", cas=0)["changed"] is True
    assert run(key="a", value="2", cas=0)["changed"] is False
    index = server.records["a"].index
    assert "somebody else" in run(key="a", value="2", cas=index + 1)["msg"]
    assert run(key="a", value="2", cas=index)["changed"] is True
    server.before_write = [lambda s: s.set("a", b"theirs")]
    raced = run(key="a", value="3", cas=server.records["a"].index)
    assert "Somebody else changed a" in raced["msg"]
    assert server.values() == {"a": b"theirs"}


def test_a_key_that_somebody_else_created_first_is_not_created(run: Run, server: Server) -> None:
    server.before_write = [lambda s: s.set("a", b"theirs")]
    result = run(key="a", value="ours", cas=0)
    assert (result["changed"], result["data"]["Value"]) == (False, "theirs")
    assert server.values() == {"a": b"theirs"}


def test_locks(run: Run, server: Server) -> None:
    server.set("a", b"1", flags=5)
    ours, theirs = server.add("ours"), server.add("theirs")
    assert run(key="a", state="acquire", session=ours, **CHECK)["changed"] is True
    assert server.records["a"].session is None
    taken = run(key="a", state="acquire", session=ours)
    assert (taken["changed"], taken["data"]["Session"], taken["data"]["Value"]) == (True, ours, "1")
    for extra in ({}, CHECK):
        assert run(key="a", state="acquire", session=ours, **extra)["changed"] is False
        refused = run(key="a", state="acquire", session=theirs, **extra)["msg"]
        assert f"session ours ({ours}) of node n1 holds it" in refused
        assert run(key="a", state="release", session=theirs, **extra)["changed"] is False
    late = run(key="a", state="acquire", session=theirs, lock_timeout=0.01)["msg"]
    assert "in 0.01 seconds (lock_timeout)" in late
    again = run(key="a", state="acquire", session=ours, value="new", flags=6)
    assert (again["changed"], again["data"]["Value"], again["data"]["Flags"]) == (True, "new", 6)
    assert run(key="a", state="release", session=ours, value="2", **CHECK)["changed"] is True
    assert run(key="a", state="release", session=ours, value="2")["changed"] is True
    assert (server.values(), server.records["a"].session) == ({"a": b"2"}, None)
    gone = run(key="a", state="release", session=GONE)
    assert ("failed" in gone, gone["changed"]) == (False, False)
    assert "leave cas out" in run(key="a", state="acquire", session=ours, cas=0)["msg"]


def test_what_is_written_while_the_lock_is_acquired_is_not_lost(run: Run, server: Server) -> None:
    ours = server.add("ours")
    server.set("a", b"old")
    server.before_write = [lambda s: s.set("a", b"theirs")]
    assert "others write to the key" in run(key="a", state="acquire", session=ours)["msg"]
    assert run(key="a", state="acquire", session=ours, lock_timeout=5)["data"]["Value"] == "theirs"


CANARY = "canary-c7f1"
SECRET_TASKS: list[dict[str, t.Any]] = [
    {"key": "app/password", "value": CANARY},
    {"key": "app/password", "value_b64": "Y2FuYXJ5LWM3ZjE="},
    {"key": "app/password"},
    {"prefix": "app", "tree": {"password": CANARY, "name": "open"}},
    {"prefix": "app", "tree": {"password": [CANARY]}, "flags": 4},
    {"prefix": "app"},
    {"prefix": "app", "state": "absent"},
]


@pytest.mark.parametrize("sensitive", [True, "pass", ["x", "PASSWORD$"]])
@pytest.mark.parametrize("task", SECRET_TASKS)
def test_what_is_sensitive_is_nowhere(
    run: Run, server: Server, task: dict[str, t.Any], sensitive: t.Any
) -> None:
    server.set("app/password", f"old-{CANARY}".encode())
    result = json.dumps(run(**task, sensitive=sensitive, _ansible_diff=True))
    assert CANARY not in result
    assert "Y2FuYXJ5LWM3ZjE=" not in result
    assert "failed" not in result


@pytest.mark.parametrize("name", ["tree.yml", "tree.json"])
def test_what_is_sensitive_in_a_file_is_nowhere(
    run: Run, server: Server, tmp_path: pathlib.Path, name: str
) -> None:
    path = tmp_path / name
    path.write_text(json.dumps({"password": CANARY, "name": "open"}))
    task = {"prefix": "app", "tree_src": str(path), "sensitive": "pass"}
    result = run(**task, _ansible_diff=True)
    assert CANARY not in json.dumps(result)
    assert '"app/name": "open"' in result["diff"]["after"]
    assert server.values()["app/password"] == CANARY.encode()
    path.write_text(f'{{"password": "{CANARY}", "password": "{CANARY}"}}')
    assert "'password'" in (refused := run(**task))["msg"]
    assert CANARY not in json.dumps(refused)


def test_what_is_not_sensitive_is_not_masked_by_accident(run: Run) -> None:
    result = run(prefix="p", tree={"a": "changed", "b": 1}, _ansible_diff=True, token="secret-t")
    assert '"p/a": "changed"' in result["diff"]["after"]
    assert result["invocation"]["module_args"]["tree"] == {"a": "changed", "b": 1}
    assert "secret-t" not in json.dumps(result)


def test_errors_are_one_sentence_with_address_and_details(run: Run, server: Server) -> None:
    server.forbidden = {"a"}
    failed = run(key="a", value="1", host="consul", port=1)
    assert failed["failed"] is True
    assert failed["msg"] == (
        "Consul at http://consul:1: PUT /v1/txn answered 403: a: Permission denied; "
        "give a token (CONSUL_HTTP_TOKEN) whose policy allows this."
    )
    assert failed["status"] == 403


def test_a_bug_is_not_dressed_up_as_a_failure(
    monkeypatch: pytest.MonkeyPatch, run: Run, server: Server
) -> None:
    def broken(key: str) -> Listing:
        raise KeyError(key)

    monkeypatch.setattr(server, "find", broken)
    with pytest.raises(KeyError):
        run(key="a")


def test_an_error_of_the_server_below_a_read(
    monkeypatch: pytest.MonkeyPatch, run: Run, server: Server
) -> None:
    def leaderless(prefix: str) -> Listing:
        raise ApiError("GET", "/v1/kv/p/", 500, "No cluster leader")

    monkeypatch.setattr(server, "tree", leaderless)
    assert "wait for an election" in run(prefix="p", tree={})["msg"]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"key": "a", "prefix": "b"},
        {"key": "a", "tree": {}},
        {"key": "a", "tree_src": "/"},
        {"prefix": "a", "tree": {}, "tree_src": "/"},
        {"prefix": "a", "cas": 0, "value_b64": ""},
        {"key": "a", "value": "", "value_b64": ""},
        {"prefix": "a", "value": ""},
        {"key": "a", "state": "acquire"},
        {"prefix": "a", "state": "release", "session": "s"},
        {"key": "a", "value": "1", "flags": "many"},
    ],
)
def test_options_that_do_not_go_together(
    run: Run, server: Server, params: dict[str, t.Any]
) -> None:
    assert run(**params)["failed"] is True
    assert server.values() == {}


def test_the_old_modules_options_are_understood(run: Run, server: Server) -> None:
    server.set("a", b"1")
    old = {"host": "h", "port": 1, "scheme": "https", "validate_certs": False, "token": "t"}
    more = {"datacenter": "d", "cas": "1", "flags": "7", "recurse": False, "retrieve": True}
    result = run(key="a", value="2", **old, **more)
    assert (result["changed"], result["key"], result["data"]["Flags"]) == (True, "a", 7)
    assert server.place.address == "https://h:1"
    assert (server.place.verify, server.place.token) == (False, "t")
    assert server.place.scope == (("dc", "d"),)


def test_check_mode_knows_the_size_of_a_value_and_an_expired_session(
    run: Run, server: Server
) -> None:
    large = "x" * (server.value_size + 1)
    for params in ({"key": "a", "value": large}, {"prefix": "p", "tree": {"a": "1", "b": large}}):
        predicted = run(**params, **CHECK)
        assert "524289 bytes, and Consul takes 524288" in predicted["msg"]
        assert run(**params)["failed"]
        assert server.values() == {}
    server.value_size += 1
    assert run(key="a", value=large, **CHECK)["changed"] is True
    lock = {"key": "a", "state": "acquire", "session": GONE}
    for extra in ({}, CHECK):
        assert f"session {GONE} does not exist" in run(**lock, **extra)["msg"]
        assert "lock_timeout is -1" in run(**lock, **extra, lock_timeout=-1)["msg"]
        assert "session is '../x': write" in run(**{**lock, "session": "../x"}, **extra)["msg"]


@pytest.mark.parametrize("option", ["tree", "tree_src"])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_tree_that_turns_out_to_be_null_means_not_all_keys(
    run: Run, server: Server, option: str, state: str
) -> None:
    run(prefix="p", tree={"a": "1"})
    before = server.values()
    for extra in ({}, CHECK):
        assert (
            f"{option} is null: give"
            in run(prefix="p", state=state, **{option: None}, **extra)["msg"]
        )
    assert server.values() == before != {}
    assert run(prefix="p", state=state)["changed"] is (state == "absent")


def test_one_key_is_a_deletion_that_counts(run: Run, server: Server) -> None:
    run(key="a", value="1")
    for extra in ({}, CHECK):
        told = run(key="a", state="absent", max_deletes="0", **extra)["msg"]
        assert "1 of 1 keys would be deleted and max_deletes is 0" in told
    assert server.values() == {"a": b"1"}
    assert run(key="a", state="absent", max_deletes="1")["changed"] is True
    assert "failed" not in run(key="a", state="absent", max_deletes="0")


def test_neither_key_nor_prefix(run: Run) -> None:
    assert "both null" in run(key=None, value="1")["msg"]


def test_a_password_in_the_address_is_not_shown(run: Run) -> None:
    result = run(key="a", address="http://u:canary-7@a:1")
    assert "use http_auth" in result["msg"]
    assert "canary-7" not in json.dumps(result)
