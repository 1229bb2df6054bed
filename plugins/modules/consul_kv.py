#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: consul_kv
short_description: Manage keys and whole trees in Consul's key/value store
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Creates, changes, reads and deletes one key, or a tree of keys under a prefix.
  - The tree is in the task, in a directory, in a file of JSON or YAML, or in one that
    C(consul kv export) wrote.
  - A tree is read by one request, and only what differs is written, up to 64 keys by one
    transaction. A tree of 1,000 keys that is as it should be costs one request, and one of which
    all keys changed costs 17.
  - Each write and each deletion is checked against the index of the key that was read. When
    somebody else changed the key meanwhile it is read again, so that nobody's change is lost
    unseen.
extends_documentation_fragment:
  - mlops.infra._consul
  - mlops.infra._consul.sensitive
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_consul
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Values that are not UTF-8 are shown as base64, and those that O(sensitive) covers as a digest.
  idempotent:
    support: full
options:
  key:
    description:
      - The key to manage, without a leading slash. Exactly one of O(key) and O(prefix) is required.
    type: str
  value:
    description:
      - The text that the key is to have. Without it, O(value_b64) and O(src), a key with
        O(state=present) is only read.
      - The empty string is a value. For O(state=acquire) and O(state=release), omitting it keeps
        the value.
      - A dictionary or a list is written as JSON, and compared by its meaning.
    type: raw
  value_b64:
    description:
      - The value as base64, for one that is not text.
    type: str
  src:
    description:
      - A file on the host where the module runs, whose bytes are the value.
    type: path
  prefix:
    description:
      - The directory that O(tree) or O(tree_src) is in. It is a directory and not the beginning of a name, so that
        V(app) has nothing to do with a key C(application). A slash at the end makes no difference.
      - With O(state=present) and without a tree what is there is read and returned.
      - With O(state=absent) and without a tree all keys in the directory are deleted.
      - The empty string is the whole key/value store; see O(allow_root).
    type: str
  tree:
    description:
      - Keys and values under O(prefix), as a dictionary or as a list of entries.
      - In a dictionary, nested dictionaries are directories, and a name may itself contain slashes.
      - An entry of a list is a dictionary with the C(key) under O(prefix), with either C(value),
        which may be nested as well, or C(value_b64), and where the key is to have its own, with
        C(flags).
      - Numbers are written as in JSON. See O(flatten) for lists, booleans and nulls.
      - With O(state=absent) the keys that it names are deleted, whatever their values. An entry
        needs no value then.
    type: raw
  tree_src:
    description:
      - A directory or a file to take the tree from, on the host where the module runs. Mutually
        exclusive with O(tree).
      - Of a directory each file is a key under O(prefix), and its bytes are the value. Files and
        directories whose names begin with a dot are left out.
      - A file whose name ends in C(.yml) or C(.yaml) is YAML (which needs PyYAML there), and any
        other is JSON. Both have what O(tree) may have.
      - But a list in JSON is what C(consul kv export) writes, with whole keys, which have to be below
        O(prefix), with values as base64, and with flags.
    type: path
  flatten:
    description:
      - How a tree becomes keys and values.
    type: dict
    suboptions:
      separator:
        description:
          - What joins nested names to a key. With V(.), C(a) in C(b) is the key C(b.a).
        type: str
        default: /
      lists:
        description:
          - V(json) writes a list as one value, which is compared by its meaning and not by its
            spaces and order of keys.
          - V(index) writes one key an item, named V(0), V(1) and so on.
        type: str
        choices: [json, index]
        default: json
      booleans:
        description:
          - V(json) writes C(true) or C(false), V(title) writes C(True) or C(False), V(yes_no) writes
            C(yes) or C(no), and V(number) writes C(1) or C(0). Those in a list that is one value are
            as in JSON.
        type: str
        choices: [json, title, yes_no, number]
        default: json
      nulls:
        description:
          - V(empty) writes an empty value, V(skip) leaves the key as it is, V(delete) deletes it.
        type: str
        choices: [empty, skip, delete]
        default: empty
  state:
    description:
      - V(present) makes sure of a value or a tree, or reads where none is given.
      - V(absent) deletes.
      - V(acquire) and V(release) acquire and release the lock of O(key) for O(session). The task
        fails when the lock cannot be acquired.
    type: str
    choices: [present, absent, acquire, release]
    default: present
  recurse:
    description:
      - With O(key), reads all keys that begin with it, or with O(state=absent) deletes it and all
        that is in it as in a directory.
    type: bool
    default: false
  retrieve:
    description:
      - Whether RV(data) is returned when a value was given.
    type: bool
    default: true
  flags:
    description:
      - A number of 64 bits without sign that Consul keeps with the value. When omitted, a key keeps
        the one it has, and a new one gets 0.
      - For a tree, it applies to all its keys but those that have their own.
    type: int
  cas:
    description:
      - V(0) writes only a key that does not exist, and otherwise changes nothing. For a tree this
        is the only number, and it writes the keys that are missing.
      - Any other number is the C(ModifyIndex) that the key must have to be changed or deleted. The
        task fails when it has another one.
    type: int
  session:
    description:
      - The ID of the session that a lock is acquired or released for.
    type: str
  lock_timeout:
    description:
      - How long to wait for the lock, in seconds, through elections too. The session is renewed
        meanwhile. With V(0) it is tried once.
    type: float
    default: 0.0
  purge:
    description:
      - Whether keys under O(prefix) that the tree does not name are deleted.
    type: bool
    default: false
  purge_exclude:
    description:
      - Keys that are not deleted though the tree does not name them, as globs of what follows
        O(prefix). V(*) stands for slashes, too.
    type: list
    elements: str
    default: []
  max_deletes:
    description:
      - The most keys that may be deleted, as a number (V(20)) or as a percentage (V(10%)) of the
        keys that are there. If it would be more, the task fails before anything is changed, in
        check mode as well.
    type: str
  allow_root:
    description:
      - Whether keys may be deleted when the prefix is empty, that is, in the whole key/value store.
    type: bool
    default: false
  on_filtered:
    description:
      - What to do when keys are to be deleted that nobody named (O(purge), O(state=absent) on a
        prefix, O(recurse)), and ACLs hid a part of the tree, or may have done so.
      - Consul says so since 1.11. Of an older one with ACLs only a management token is sure to see
        everything.
      - The same holds where O(state=absent) finds nothing at all, which may be hidden as well.
      - V(fail) changes nothing, V(warn) deletes what is seen, with a warning, and V(ignore) deletes
        without asking.
    type: str
    choices: [fail, warn, ignore]
    default: fail
  on_conflict:
    description:
      - What to do when somebody else changes a key between our read and our write.
      - V(retry) reads it again and merges, several times before the task fails and names the key.
        V(fail) does so at once.
    type: str
    choices: [retry, fail]
    default: retry
  atomic:
    description:
      - Whether all changes must happen together or not at all. The task fails before anything is
        changed when they do not fit into one transaction.
    type: bool
    default: false
  batch_size:
    description:
      - The most operations in one transaction. All versions of Consul take 64, and since 1.14 it is
        128. What is more than the server takes is divided again.
    type: int
    default: 64
seealso:
  - name: Consul's key/value store
    description: Reference of the HTTP interface.
    link: https://developer.hashicorp.com/consul/api-docs/kv
notes:
  - Options and return values of M(community.general.consul_kv) keep their names and meanings, but
    where data would be lost. Flags and values are kept unless new ones are given, a lock that is
    not acquired and a O(cas) that does not match fail the task, and O(recurse) with O(state=absent)
    on V(app) deletes C(app) and C(app/...), but not C(application).
"""

EXAMPLES = r"""
- name: One key
  mlops.infra.consul_kv:
    key: mlops/config/training/epochs
    value: "20"

- name: A whole tree, and nothing but this tree
  mlops.infra.consul_kv:
    address: https://consul.example.org:8501
    token: "{{ consul_token }}"
    prefix: mlops/config
    purge: true
    purge_exclude: ["local/*"]
    max_deletes: 10%
    tree:
      training:
        epochs: 20
        learning_rate: 0.1
        hidden_layers: [64, 32]
      thresholds:
        accuracy: 0.95

- name: Defaults that are written where they are missing, and never changed again
  mlops.infra.consul_kv:
    prefix: app/defaults
    tree:
      - key: color
        value: blue
      - key: feature
        value: true
        flags: 42
    flatten:
      booleans: number
    cas: 0

- name: A directory of files, each one a key
  mlops.infra.consul_kv:
    prefix: app/templates
    tree_src: files/templates
    purge: true

- name: What consul kv export wrote, all in one transaction
  mlops.infra.consul_kv:
    prefix: app
    tree_src: backup/app.json
    atomic: true

- name: Written once and never changed again
  mlops.infra.consul_kv:
    key: mlops/state/installed
    value: "{{ now(utc=true).isoformat() }}"
    cas: 0

- name: A secret, shown neither in the result nor in the diff
  mlops.infra.consul_kv:
    key: app/password
    value: "{{ password }}"
    sensitive: true

- name: A file that is not text
  mlops.infra.consul_kv:
    key: app/logo
    src: logo.png

- name: Read a tree
  mlops.infra.consul_kv:
    prefix: mlops/config
  register: config

- name: Delete a directory, if it has no more than 20 keys
  mlops.infra.consul_kv:
    prefix: app/old
    state: absent
    max_deletes: "20"
"""

RETURN = r"""
key:
  description: The key as given.
  returned: with O(key)
  type: str
prefix:
  description: The prefix as given.
  returned: with O(prefix)
  type: str
index:
  description: The index of what was read (C(X-Consul-Index)), or of the key that was written.
  returned: success
  type: str
  sample: "1234"
data:
  description:
    - The key as Consul has it now, or for O(state=absent) had it, null if there is none.
    - With O(recurse), or with O(prefix) and no tree, a list of them.
    - C(Value) is null for an empty value. One that is not UTF-8 is in C(ValueBase64) instead.
  returned: with O(key), and with O(prefix) when O(tree) and O(tree_src) are omitted
  type: raw
  sample:
    Key: app/name
    Value: demo
    Flags: 0
    CreateIndex: 12
    ModifyIndex: 34
    LockIndex: 0
tree:
  description: What is under the prefix, nested, all values as text. Values that are not UTF-8 are only in RV(data).
  returned: with O(prefix) and O(state=present) when O(tree) and O(tree_src) are omitted
  type: dict
written:
  description: The keys that were written, or would be in check mode, sorted.
  returned: with O(prefix)
  type: list
  elements: str
deleted:
  description: The keys that were deleted, or would be in check mode, sorted.
  returned: with O(prefix), and with O(recurse) and O(state=absent)
  type: list
  elements: str
changed_keys:
  description: The keys that had been changed before the task failed, or may have been, where no answer came.
  returned: failure after a part of the changes
  type: list
  elements: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.infra.plugins.module_utils._consul import client as api
from ansible_collections.mlops.infra.plugins.module_utils._consul import holding, report
from ansible_collections.mlops.infra.plugins.module_utils._consul.entry import execute
from ansible_collections.mlops.infra.plugins.module_utils._consul.goal import (
    Goal,
    goal,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.guard import deletable
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import (
    Change,
    Leaf,
    Listing,
    Record,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.named_session import check_id
from ansible_collections.mlops.infra.plugins.module_utils._consul.pack import Limits
from ansible_collections.mlops.infra.plugins.module_utils._consul.sessions import SessionClient
from ansible_collections.mlops.infra.plugins.module_utils._consul.source import (
    parse_flags,
    read_value,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.spec import (
    ARGUMENTS,
    TOGETHER,
    TREES,
    noting,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.sync import (
    Work,
    check_atomic,
    check_sizes,
    synchronise,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.tree import check_keys
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._outcome import (
    MASKED,
    parse_sensitive,
)

ATTEMPTS = 10
SECRETS = ("value", "value_b64", "tree")


def run(module: AnsibleModule, client: SessionClient) -> dict[str, t.Any]:
    params = module.params
    value, patterns = read_value(params), parse_sensitive(params["sensitive"])
    if params["state"] in ("acquire", "release"):
        return run_lock(module, client, value, patterns)
    wanted = goal(params, value)
    listing = observe(client, wanted)
    changes = wanted.changes(listing)
    wanted.check(changes, listing)
    warn(module, deletable(client, wanted, listing, changes, params["on_filtered"]))
    record = listing.records.get(wanted.root)
    if params["atomic"]:
        check_atomic(changes, Limits(params["batch_size"]))
    if module.check_mode:
        check_sizes(client.value_limit, changes)
    elif changes:
        changes, written = apply(module, client, wanted, changes)
        if params["state"] == "present" and not wanted.recurse:
            record = written.get(wanted.root) or stored(module, client, wanted.root)
    result = report.outcome(params, wanted, listing, record, changes, patterns)
    if module._diff:
        result["diff"] = report.diff(changes, patterns, wanted.root)
    return result


def warn(module: AnsibleModule, text: t.Optional[str]) -> None:
    if text:
        module.warn(text)


def observe(client: api.Consul, wanted: Goal) -> Listing:
    return client.tree(wanted.root) if wanted.recurse else client.find(wanted.root)


def apply(
    module: AnsibleModule, client: api.Consul, wanted: Goal, changes: t.Sequence[Change]
) -> tuple[list[Change], dict[str, Record]]:
    """The changes that took place and the records that the server gave back."""
    once = module.params["on_conflict"] == "fail" or bool(wanted.cas)
    work = Work(
        Limits(operations=module.params["batch_size"]),
        attempts=1 if once else ATTEMPTS,
        atomic=module.params["atomic"],
    )
    synchronise(client, changes, lambda: wanted.changes(observe(client, wanted)), work)
    return work.changes, work.records


def stored(module: AnsibleModule, client: api.Consul, key: str) -> t.Optional[Record]:
    """What a transaction would have returned, for a value too large for one."""
    return client.find(key).records.get(key) if module.params["retrieve"] else None


def run_lock(
    module: AnsibleModule,
    client: SessionClient,
    value: t.Optional[Leaf],
    patterns: t.Sequence[str],
) -> dict[str, t.Any]:
    params, key = module.params, module.params["key"]
    check_keys([key])
    check_id(params["session"])
    holding.check_wait("lock_timeout", params["lock_timeout"])
    if params["cas"] is not None:
        raise UserError("Consul takes no cas together with a lock: leave cas out.")
    acquire, session = params["state"] == "acquire", client.find_session(params["session"])
    if session is None and acquire:
        raise UserError(
            f"session {params['session']} does not exist or has expired: create a new one."
        )
    flags, given = parse_flags(params["flags"]), value.value if value else None
    claim = holding.Claim(key, session or {"ID": params["session"]}, given, flags)
    if module.check_mode:
        changed = holding.foreseen(client, claim, acquire)
    elif acquire:
        changed = holding.acquire(client, claim, params["lock_timeout"], "lock_timeout")
    else:
        changed = holding.release(client, claim)
    listing = client.find(key)
    data = report.row(listing.records.get(key), patterns) if params["retrieve"] else None
    return {"changed": changed, "key": key, "index": listing.index, "data": data}


def check_trees(params: t.Mapping[str, t.Any], omitted: t.Container[str]) -> None:
    """Without a tree all keys are meant, which nobody says by a variable that turns out empty."""
    for option in TREES:
        if params[option] is None and option not in omitted:
            raise UserError(
                f"{option} is null: give what it is to be. Leave it out to read all keys below "
                "prefix, or with state=absent to delete them."
            )


def unveil(module: AnsibleModule) -> dict[str, t.Any]:
    """What the task's arguments are shown as: by O(sensitive), which hides values and not words.

    Ansible would mask each value of a no_log option wherever it occurs, so that a diff of a tree
    with the number 1 in it could not be read.
    """
    params = module.params
    module.no_log_values = {params[n] for n in ("token", "http_auth") if params[n]}
    if params["sensitive"] in (False, [], ""):
        return {"module_args": params}
    hidden = {name: MASKED for name in SECRETS if params[name] is not None}
    return {"module_args": {**params, **hidden}}


def main() -> None:
    omitted: set[str] = set()
    module = AnsibleModule(
        argument_spec={**ARGUMENTS, **noting(ARGUMENTS, TREES, omitted)},
        supports_check_mode=True,
        **TOGETHER,
    )

    def checked(module: AnsibleModule, client: SessionClient) -> dict[str, t.Any]:
        check_trees(module.params, omitted)
        return run(module, client)

    execute(module, checked, SessionClient, invocation=unveil(module))


if __name__ == "__main__":
    main()
