# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar, trust_as_template

Script = t.Any
MISSING = (404, "variable not found")


def lookup(script: Script, *terms: str, **options: t.Any) -> list[t.Any]:
    plugin = lookup_loader.get("mlops.infra.nomad_variable")
    options.setdefault("address", script.address)
    return plugin.run(list(terms), {}, **options)


def stored(**items: str) -> dict[str, t.Any]:
    return {"Path": "a", "Namespace": "default", "Items": items, "ModifyIndex": 1}


def test_all_items_of_each_path(script: Script) -> None:
    script.answers = [stored(x="1"), stored(y="2")]
    assert lookup(script, "app/a", "b") == [{"x": "1"}, {"y": "2"}]
    assert [asked["path"] for asked in script.asked] == ["/v1/var/app%2Fa", "/v1/var/b"]
    assert len(script.connections) == 1


def test_one_item(script: Script) -> None:
    script.answers = [stored(x="1", y=""), stored(x="1", y="")]
    assert lookup(script, "a", item="x") == ["1"]
    assert lookup(script, "a", item="y", default="d") == [""]


@pytest.mark.parametrize(
    ("answer", "options", "expected"),
    [
        (MISSING, {"default": {"x": "0"}}, {"x": "0"}),
        (MISSING, {"default": ""}, ""),
        (MISSING, {"item": "z", "default": "d"}, "d"),
        (MISSING, {"error_on_missing": False}, None),
        (stored(x="1"), {"item": "z", "default": "d"}, "d"),
        (stored(x="1"), {"item": "z", "error_on_missing": False}, None),
    ],
)
def test_what_stands_in_for_what_is_missing(
    script: Script, answer: t.Any, options: dict[str, t.Any], expected: t.Any
) -> None:
    script.answers = [answer]
    assert lookup(script, "a", **options) == [expected]


@pytest.mark.parametrize(
    ("answer", "options", "words"),
    [
        (MISSING, {}, "There is no variable a in namespace default of Nomad at http"),
        (MISSING, {"namespace": "ns"}, "There is no variable a in namespace ns"),
        (stored(x="1"), {"item": "z"}, "There is no item z in variable a"),
        ((403, "Permission denied"), {"default": "d"}, "Permission denied.*NOMAD_TOKEN"),
        ((404, "<html>"), {"default": "d"}, "404"),
    ],
)
def test_errors_are_sentences(
    script: Script, answer: t.Any, options: dict[str, t.Any], words: str
) -> None:
    script.answers = [answer]
    with pytest.raises(AnsibleError, match=words) as caught:
        lookup(script, "a", **options)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("path", "options", "words"),
    [
        ("/a", {}, "^path: .* slash"),
        ("a", {"address": "nowhere"}, "^address: "),
        ("a", {"client_cert": "/cert"}, "client_cert and client_key .* belong together"),
    ],
)
def test_wrong_options_ask_nothing(
    script: Script, path: str, options: dict[str, t.Any], words: str
) -> None:
    with pytest.raises(AnsibleError, match=words):
        lookup(script, path, **options)
    assert script.asked == []


def test_options_from_the_environment_and_from_variables(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOMAD_ADDR", script.address)
    monkeypatch.setenv("NOMAD_TOKEN", "from-environment")
    script.answers = [stored(x="1")] * 2
    written = trust_as_template("{{ prefix }}-variable")
    variables = {"ansible_nomad_token": written, "ansible_nomad_namespace": "ns"}
    templar = Templar(DataLoader(), {"prefix": "from"})
    plugin = lookup_loader.get("mlops.infra.nomad_variable", templar=templar)
    plugin.run(["a"], {})
    plugin.run(["a"], variables)
    assert [asked["token"] for asked in script.asked] == ["from-environment", "from-variable"]
    assert script.asked[1]["query"] == {"namespace": "ns"}


def test_a_host_wins_over_the_environments_address(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOMAD_ADDR", "http://127.0.0.1:1")
    script.answers = [stored(x="1")]
    port = int(script.address.rsplit(":", 1)[1])
    plugin = lookup_loader.get("mlops.infra.nomad_variable")
    assert plugin.run(["a"], {}, host="127.0.0.1", port=port, use_ssl=False) == [{"x": "1"}]
