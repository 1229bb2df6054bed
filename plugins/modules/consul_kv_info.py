#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: consul_kv_info
short_description: Read keys of Consul's key/value store
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Returns one key, or all keys under a prefix, or only their names, by one request.
  - A key that does not exist is not an error.
extends_documentation_fragment:
  - mlops.infra._consul
  - mlops.infra._consul.sensitive
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_consul
attributes:
  check_mode:
    support: full
    details: It changes nothing in any case.
  diff_mode:
    support: N/A
    details: It changes nothing.
  idempotent:
    support: full
options:
  key:
    description:
      - The key to read, without a leading slash. Exactly one of O(key) and O(prefix) is required.
    type: str
  recurse:
    description:
      - With O(key), reads all keys that begin with it, so that V(app) finds C(application), too.
    type: bool
    default: false
  prefix:
    description:
      - The directory to read all keys of. It is a directory and not the beginning of a name, so that V(app) has nothing
        to do with a key C(application). The empty string is the whole key/value store.
    type: str
  keys_only:
    description:
      - Whether only the names of the keys are read, and no values.
    type: bool
    default: false
  separator:
    description:
      - With O(keys_only), names are cut after this text where it occurs behind the prefix. V(/) lists a directory as
        C(ls) does, and not what is in its directories.
    type: str
  on_filtered:
    description:
      - What to do when ACLs hide keys under a prefix. Of a single key Consul says C(Permission denied), and the task
        fails.
      - V(warn) and V(ignore) return the rest, with and without a warning. V(fail) fails, also when it is not certain
        that the token sees everything.
      - Consul says that it hides something since 1.11. Of an older one with ACLs only a management token is sure to see
        everything.
    type: str
    choices: [warn, fail, ignore]
    default: warn
seealso:
  - module: mlops.infra.consul_kv
  - plugin: mlops.infra.consul_kv
    plugin_type: lookup
notes:
  - Options and return values of C(community.general.consul_kv_info) keep their names and meanings.
"""

EXAMPLES = r"""
- name: One key
  mlops.infra.consul_kv_info:
    key: mlops/config/training/epochs
  register: epochs

- name: Use it, or a default
  ansible.builtin.debug:
    msg: "{{ epochs.data[0].Value if epochs.exists else 10 }}"

- name: A tree
  mlops.infra.consul_kv_info:
    prefix: mlops/config
  register: config

- name: Use a value of it
  ansible.builtin.debug:
    msg: "{{ config.tree.training.epochs }}"

- name: The names in a directory
  mlops.infra.consul_kv_info:
    prefix: mlops/runs
    keys_only: true
    separator: /
  register: runs
"""

RETURN = r"""
data:
  description:
    - The keys as Consul has them, sorted. Empty if there are none, and with O(keys_only).
    - C(Value) is null for an empty value. One that is not UTF-8 is in C(ValueBase64) instead.
  returned: success
  type: list
  elements: dict
  sample:
    - Key: app/name
      Value: demo
      Flags: 0
      CreateIndex: 12
      ModifyIndex: 34
      LockIndex: 0
index:
  description: The index of what was read (C(X-Consul-Index)).
  returned: success
  type: str
  sample: "1234"
exists:
  description: Whether any key was found.
  returned: success
  type: bool
names:
  description: The names of the keys, sorted. With O(separator) what ends with it stands for all that is behind.
  returned: success
  type: list
  elements: str
  sample: [app/name]
tree:
  description: What is under the prefix, nested, all values as text. Values that are not UTF-8 are only in RV(data).
  returned: with O(prefix) and without O(keys_only)
  type: dict
filtered:
  description: Whether Consul said that ACLs hid a part. Always false before Consul 1.11, which does not say so.
  returned: success
  type: bool
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.infra.plugins.module_utils._consul import complete, keys, report
from ansible_collections.mlops.infra.plugins.module_utils._consul.entry import execute
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing
from ansible_collections.mlops.infra.plugins.module_utils._consul.options import (
    CONNECTION_SPEC,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.shapes import check_readable
from ansible_collections.mlops.infra.plugins.module_utils._consul.tree import below
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._outcome import parse_sensitive

SPEC = {
    **CONNECTION_SPEC,
    "key": {"type": "str", "no_log": False},
    "recurse": {"type": "bool", "default": False},
    "prefix": {"type": "str"},
    "keys_only": {"type": "bool", "default": False, "no_log": False},
    "separator": {"type": "str"},
    "on_filtered": {"type": "str", "choices": ["warn", "fail", "ignore"], "default": "warn"},
    "sensitive": {"type": "raw", "default": False},
}


def run(module: AnsibleModule, client: keys.KeysClient) -> dict[str, t.Any]:
    params = module.params
    root, many = place(params)
    result: dict[str, t.Any] = {"changed": False, "data": []}
    answer: t.Union[keys.Names, Listing]
    if params["keys_only"]:
        answer = client.names(root, params["separator"] or "")
        result["names"] = sorted(answer.names if many else {root} & set(answer.names))
    else:
        answer = client.tree(root) if many else client.find(root)
        patterns = parse_sensitive(params["sensitive"])
        result["names"] = sorted(answer.records)
        result["data"] = [report.row(answer.records[key], patterns) for key in result["names"]]
        if params["prefix"] is not None:
            result["tree"] = report.nested(answer.records, root, patterns)
    if many:
        tell(module, complete.incomplete(client, answer, root, params["on_filtered"]))
    found = {"index": answer.index, "exists": bool(result["names"]), "filtered": answer.filtered}
    return {**result, **found}


def place(params: dict[str, t.Any]) -> tuple[str, bool]:
    """What is read, and whether it is many keys; parts that Consul would rewrite are refused."""
    if params["separator"] and not params["keys_only"]:
        raise UserError("separator is for names alone: set keys_only, or leave separator out.")
    key, prefix = params["key"], params["prefix"]
    if key is None and prefix is None:
        raise UserError("key and prefix are both null: name a key or a prefix.")
    if key is None:
        key = prefix.rstrip("/")
    many = params["recurse"] or prefix is not None
    if key or not many:
        check_readable(key)
    return below(key) if prefix is not None else key, many


def tell(module: AnsibleModule, text: t.Optional[str]) -> None:
    if text and module.params["on_filtered"] == "fail":
        raise UserError(f"{text} Use a token that may read them all, or set on_filtered to warn.")
    if text:
        module.warn(text)


def main() -> None:
    module = AnsibleModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_one_of=[("key", "prefix")],
        mutually_exclusive=[("key", "prefix")],
    )
    execute(module, run, keys.KeysClient)


if __name__ == "__main__":
    main()
