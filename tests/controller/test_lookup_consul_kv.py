# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import typing as t

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar, trust_as_template
from ansible.utils.display import Display

Script = t.Any
MISSING = (404, "")
HIDDEN = {"X-Consul-Results-Filtered-By-ACLs": "true"}


def lookup(consul: Script, *terms: str, **options: t.Any) -> list[t.Any]:
    plugin = lookup_loader.get("mlops.infra.consul_kv")
    if not {"url", "addr", "host"} & set(options):
        options.setdefault("address", consul.address)
    return plugin.run(list(terms), {}, **options)


def row(key: str, value: bytes = b"v") -> dict[str, t.Any]:
    numbers = dict.fromkeys(("Flags", "CreateIndex", "ModifyIndex", "LockIndex"), 0)
    return {"Key": key, "Value": base64.b64encode(value).decode() or None, **numbers}


TREE = [row("app/a", b"1"), row("app/b/c", b"")]


def test_one_request_a_term_over_one_connection(consul: Script) -> None:
    consul.answers = [[row("a", b"1")], [row("b", "ü".encode())]]
    assert lookup(consul, "a", "b") == ["1", "ü"]
    assert consul.paths == ["/v1/kv/a", "/v1/kv/b"]
    assert len(consul.connections) == 1


def test_spaces_and_equals_signs_are_parts_of_the_key(consul: Script) -> None:
    key = "my key recurse=true token=x"
    consul.answers = [[row(key)], MISSING]
    assert lookup(consul, key) == ["v"]
    (asked,) = consul.asked
    assert asked["path"] == "/v1/kv/my%20key%20recurse%3Dtrue%20token%3Dx"
    assert asked["query"] == {"consistent": "1"}
    assert asked["token"] is None
    with pytest.raises(AnsibleError, match="Options are not read from the term"):
        lookup(consul, key)


@pytest.mark.parametrize(
    ("recurse", "query"),
    [
        (False, {"consistent": "1"}),
        ("false", {"consistent": "1"}),
        (True, {"consistent": "1", "recurse": "1"}),
        ("true", {"consistent": "1", "recurse": "1"}),
    ],
)
def test_recurse_as_text_means_what_it_says(consul: Script, recurse: t.Any, query: t.Any) -> None:
    consul.answers = [[row("a")]]
    assert lookup(consul, "a", recurse=recurse) == ["v"]
    assert consul.asked[0]["query"] == query


@pytest.mark.parametrize(
    ("options", "path", "expected"),
    [
        ({"recurse": True}, "/v1/kv/app", ["1", ""]),
        (
            {"recurse": True, "return": "pair"},
            "/v1/kv/app",
            [{"key": "app/a", "value": "1"}, {"key": "app/b/c", "value": ""}],
        ),
        ({"return": "dict"}, "/v1/kv/app/", [{"a": "1", "b/c": ""}]),
        ({"return": "tree"}, "/v1/kv/app/", [{"a": "1", "b": {"c": ""}}]),
    ],
)
def test_a_prefix_is_one_request(
    consul: Script, options: dict[str, t.Any], path: str, expected: t.Any
) -> None:
    consul.answers = [TREE]
    assert lookup(consul, "app", **options) == expected
    assert consul.paths == [path]


def test_the_whole_store(consul: Script) -> None:
    consul.answers = [TREE]
    assert lookup(consul, "", **{"return": "tree"}) == [{"app": {"a": "1", "b": {"c": ""}}}]
    assert consul.paths == ["/v1/kv/"]


def test_what_is_not_text(consul: Script) -> None:
    consul.answers = [[row("a", b"\xff")]] * 2
    with pytest.raises(AnsibleError, match="value of a is not UTF-8: set base64"):
        lookup(consul, "a")
    assert lookup(consul, "a", base64=True) == ["/w=="]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"default": "d"}, ["d"]),
        ({"default": ""}, [""]),
        ({"default": {"x": 1}, "return": "tree"}, [{"x": 1}]),
        ({"error_on_missing": False}, [None]),
        ({"error_on_missing": False, "recurse": True}, []),
        ({"error_on_missing": False, "return": "dict"}, [{}]),
        ({"error_on_missing": False, "return": "tree"}, [{}]),
    ],
)
def test_what_stands_in_for_what_is_missing(
    consul: Script, options: dict[str, t.Any], expected: t.Any
) -> None:
    consul.answers = [MISSING]
    assert lookup(consul, "a", **options) == expected


@pytest.mark.parametrize(
    ("answer", "options", "words"),
    [
        (MISSING, {}, "There is no key 'a' in Consul"),
        (MISSING, {"return": "tree"}, "There is no key 'a' in Consul"),
        ((403, "Permission denied"), {"default": "d"}, "Permission denied.*CONSUL_HTTP_TOKEN"),
        ((500, "No cluster leader"), {"default": "d"}, "wait for an election"),
    ],
)
def test_errors_are_sentences(
    consul: Script, answer: t.Any, options: dict[str, t.Any], words: str
) -> None:
    consul.answers = [answer]
    with pytest.raises(AnsibleError, match=words) as caught:
        lookup(consul, "a", **options)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("key", "options", "words"),
    [
        ("/a", {}, "^The key '/a' begins with '/': leave that out.$"),
        ("", {}, "is empty"),
        ("a//b", {"return": "tree"}, "empty part"),
        ("a", {"host": "x", "address": "y"}, "address and host say the same thing"),
        ("a", {"client_cert": "/cert"}, "client_cert and client_key go together"),
        ("a", {"return": "none"}, "return"),
    ],
)
def test_wrong_options_ask_nothing(
    consul: Script, key: str, options: dict[str, t.Any], words: str
) -> None:
    with pytest.raises(AnsibleError, match=words):
        lookup(consul, key, **options)
    assert consul.asked == []


def test_what_acls_hide_is_told(consul: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text, *_args: told.append(text))
    consul.answers = [(200, TREE, HIDDEN), TREE]
    lookup(consul, "app", **{"return": "tree"})
    assert told == ["ACLs hide a part of what is below 'app/' in Consul."]
    lookup(consul, "app", **{"return": "tree"})
    assert len(told) == 1


def test_options_from_the_environment_and_from_variables(
    consul: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSUL_HTTP_ADDR", consul.address)
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "from-environment")
    monkeypatch.setenv("CONSUL_NAMESPACE", "ns")
    consul.answers = [[row("a")]] * 2
    written = trust_as_template("{{ prefix }}-variable")
    variables = {"ansible_consul_token": written, "ansible_consul_datacenter": "dc9"}
    templar = Templar(DataLoader(), {"prefix": "from"})
    plugin = lookup_loader.get("mlops.infra.consul_kv", templar=templar)
    plugin.run(["a"], {})
    plugin.run(["a"], variables)
    assert [asked["token"] for asked in consul.asked] == ["from-environment", "from-variable"]
    assert consul.asked[1]["query"] == {"consistent": "1", "ns": "ns", "dc": "dc9"}


def test_names_of_the_older_lookup(consul: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    consul.answers = [[row("a")]] * 4
    assert lookup(consul, "a", url=consul.address) == ["v"]
    host, port = consul.address.rsplit("/", 1)[1].split(":")
    assert lookup(consul, "a", host=host, port=int(port), datacenter="dc1") == ["v"]
    monkeypatch.setenv("ANSIBLE_CONSUL_URL", consul.address)
    assert lookup_loader.get("mlops.infra.consul_kv").run(["a"], {}) == ["v"]
    monkeypatch.setenv("ANSIBLE_CONSUL_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CONSUL_HTTP_ADDR", consul.address)
    assert lookup_loader.get("mlops.infra.consul_kv").run(["a"], {}) == ["v"]
