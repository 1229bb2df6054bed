# SPDX-License-Identifier: GPL-3.0-or-later
"""No value that is marked as sensitive is printed, however much is asked for: -vvv --diff, failures too."""

from __future__ import annotations

import base64
import pathlib
import typing as t

import pytest

from ..shared import play
from ..shared.canaries import canaries, shown
from ..shared.proxy import counting
from . import stage

PLACES = ("token", "auth", "old", "new", "b64", "src", "nested", "list", "race", "large")
CANARIES = canaries(*PLACES)
KEYS = """
    - mlops.infra.consul_kv: &key
        key: "{{ root }}/password"
        value: "{{ canaries.old }}"
        sensitive: true
    - mlops.infra.consul_kv: *key
    - mlops.infra.consul_kv: {<<: *key, value: "{{ canaries.new }}"}
      check_mode: true
    - mlops.infra.consul_kv: {<<: *key, value: "{{ canaries.new }}", flags: 3}
    - mlops.infra.consul_kv:
        key: "{{ root }}/password"
        value_b64: "{{ canaries.b64 | b64encode }}"
        sensitive: [password]
    - mlops.infra.consul_kv:
        key: "{{ root }}/password"
        src: "{{ folder }}/src"
        sensitive: PASSW
    - mlops.infra.consul_kv: {key: "{{ root }}/password", sensitive: true}
    - mlops.infra.consul_kv: {key: "{{ root }}/password", state: absent, sensitive: true}
"""
TREES = """
    - mlops.infra.consul_kv: &tree
        prefix: "{{ root }}/app"
        tree: "{{ old }}"
        sensitive: [password, secret]
    - mlops.infra.consul_kv: {<<: *tree, tree: "{{ new }}"}
      check_mode: true
    - mlops.infra.consul_kv: {<<: *tree, tree: "{{ new }}", flatten: {lists: index}}
    - mlops.infra.consul_kv: {<<: *tree, tree: "{{ new }}", flatten: {lists: index}}
    - mlops.infra.consul_kv: {prefix: "{{ root }}/app", sensitive: [password, secret]}
    - mlops.infra.consul_kv: {key: "{{ root }}/app", recurse: true, sensitive: [password, secret]}
    - mlops.infra.consul_kv: {<<: *tree, tree: {}, purge: true}
      check_mode: true
    - mlops.infra.consul_kv_export: &export
        prefix: "{{ root }}/app"
        path: "{{ folder }}/kv.json"
        sensitive: [password, secret]
    - mlops.infra.consul_kv_info: {key: "{{ root }}/app", recurse: true, sensitive: [password, secret]}
    - mlops.infra.consul_kv: {prefix: "{{ root }}/app", state: absent, sensitive: [password, secret]}
    - mlops.infra.consul_kv: &file
        prefix: "{{ root }}/app"
        tree_src: "{{ folder }}/kv.json"
        sensitive: [password, secret]
    - mlops.infra.consul_kv: *file
    - mlops.infra.consul_kv: {<<: *file, tree_src: "{{ folder }}/tree.yml"}
    - mlops.infra.consul_kv: {<<: *tree, tree: [{key: password, value_b64: "{{ canaries.b64 | b64encode }}"}]}
    - mlops.infra.consul_kv: {<<: *tree, tree: [{key: password, value: "{{ canaries.list }}", flags: 2}]}
"""
FAILURES = """
    - mlops.infra.consul_kv: &failing
        prefix: "{{ root }}/app"
        tree: "{{ old }}"
        sensitive: true
    - block:
        - mlops.infra.consul_kv: {<<: *failing, tree: {password//x: "{{ canaries.new }}"}}
          register: bad_key
        - mlops.infra.consul_kv: {<<: *failing, tree: {password: "{{ canaries.large * 30000 }}"}}
          register: too_large
        - mlops.infra.consul_kv: {<<: *failing, tree: {}, purge: true, max_deletes: "0"}
          register: too_many
        - mlops.infra.consul_kv:
            <<: *failing
            tree: {password: "{{ canaries.new }}"}
            address: "{{ meddled }}"
            on_conflict: fail
          register: raced
        - mlops.infra.consul_kv: {<<: *failing, address: "http://127.0.0.1:1", token: "{{ canaries.token }}"}
          register: nobody
        - mlops.infra.consul_kv: {<<: *failing, http_auth: "u:{{ canaries.auth }}", atomic: true, tree: "{{ large }}"}
          register: atomic
        - mlops.infra.consul_kv: {key: "{{ root }}/k", value_b64: "!{{ canaries.b64 }}", sensitive: true}
          register: not_base64
        - mlops.infra.consul_kv:
            key: "{{ root }}/k"
            value: "{{ canaries.new }}"
            session: no-session
            state: acquire
            sensitive: true
          register: no_session
        - mlops.infra.consul_kv: {prefix: "{{ root }}", tree: "{{ canaries.nested }}", sensitive: true}
          register: no_tree
        - mlops.infra.consul_kv: {prefix: "{{ root }}", tree_src: "{{ folder }}/broken.yml", sensitive: true}
          register: no_yaml
        - mlops.infra.consul_kv: {prefix: "{{ root }}", tree_src: "{{ folder }}/broken.json", sensitive: true}
          register: no_json
        - mlops.infra.consul_kv: {<<: *failing, tree: [{key: a, value: "{{ canaries.list }}", more: 1}]}
          register: no_entry
        - mlops.infra.consul_kv: {<<: *failing, tree: [{key: a, value_b64: "!{{ canaries.b64 }}"}]}
          register: entry_no_base64
      ignore_errors: true
    - ansible.builtin.assert:
        that: item is failed
      loop: "{{ [bad_key, too_large, too_many, raced, nobody, atomic, not_base64, no_session, no_tree,
        no_yaml, no_json, no_entry, entry_no_base64] }}"
      loop_control: {label: ""}
"""
OLD = {
    "password": CANARIES["old"],
    "db": {"secret": CANARIES["nested"], "host": "shown-host"},
    "secrets": [CANARIES["list"], 1],
}
NEW = {**OLD, "password": CANARIES["new"], "host": "shown-host"}


def played(consul: stage.Stage, root: str, folder: pathlib.Path, tasks: str, **more: t.Any) -> str:
    files = {
        "src": CANARIES["src"],
        "tree.yml": f"password: {CANARIES['src']}\ndb: {{secret: {CANARIES['nested']}}}\n",
        "broken.yml": f"host: h\npassword: [{CANARIES['src']}\n",
        "broken.json": f'{{"password": "{CANARIES["src"]}", }}',
    }
    for name, content in files.items():
        folder.joinpath(name).write_text(content)
    large = {f"password{n}": CANARIES["new"] for n in range(100)}
    known = {"canaries": CANARIES, "old": OLD, "new": NEW, "large": large, **more}
    return play.played(folder, tasks, "consul", consul.server, root=root, **known)


def test_no_canary_of_a_key_is_printed(
    consul: stage.Stage, root: str, tmp_path: pathlib.Path
) -> None:
    output = played(consul, root, tmp_path, KEYS)
    assert shown(output, CANARIES) == []
    assert output.count("\nchanged: [localhost]") == 6
    assert output.count("\nok: [localhost]") == 2
    assert "sha256" in output, "what is hidden can still be compared"
    assert f"+++ after: {root}/password" in output


def test_no_canary_of_a_tree_is_printed(
    consul: stage.Stage, root: str, tmp_path: pathlib.Path
) -> None:
    output = played(consul, root, tmp_path, TREES)
    assert shown(output, CANARIES) == []
    assert "shown-host" in output, "what is not marked is shown"
    assert "sha256" in output


def test_no_canary_is_printed_when_it_fails(
    consul: stage.Stage, root: str, tmp_path: pathlib.Path
) -> None:
    def meddles(number: int) -> None:
        if number == 2:
            consul.put(f"{root}/app/password", CANARIES["race"].encode())

    with counting(consul.server, meddles) as proxy:
        output = played(consul, root, tmp_path, FAILURES, meddled=proxy.address)
    assert shown(output, CANARIES) == []
    assert output.count("...ignoring") == 13


@pytest.mark.parametrize("place", PLACES)
def test_canaries_would_be_found(place: str) -> None:
    text = base64.b64encode(b"and so " + CANARIES[place].encode() + b" on").decode()
    assert shown(text, CANARIES) == [place]
