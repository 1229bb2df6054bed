#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: consul_kv_export
short_description: Write a part of Consul's key/value store to a file
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Writes all keys under a prefix, with their flags and values, to a file that C(consul kv import) reads. It is the
    same text that C(consul kv export) writes.
  - The file is replaced in one step, and not at all if it has the same keys, flags and values already, in whatever
    order and form.
extends_documentation_fragment:
  - mlops.infra._consul
  - mlops.infra._consul.sensitive
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_consul
  - ansible.builtin.files
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Values that are not UTF-8 are shown as base64, and those that O(sensitive) covers as a digest.
  idempotent:
    support: full
options:
  prefix:
    description:
      - The directory to export. It is a directory and not the beginning of a name, so that V(app) has nothing to do
        with a key C(application). The empty string is the whole key/value store.
    type: str
    required: true
  path:
    description:
      - The file to write, on the host where the module runs. Its directory must exist.
      - Values that O(sensitive) covers are in it in any case.
      - A link is replaced and not followed.
    type: path
    required: true
    aliases: [dest]
  mode:
    description:
      - The permissions of the file. Values of keys are often secrets.
    type: raw
    default: "0600"
  on_filtered:
    description:
      - What to do when ACLs hide a part of the keys, or may do so.
      - Consul says so since 1.11. Of an older one with ACLs only a management token is sure to see everything.
      - V(fail) writes nothing, V(warn) writes what is seen, with a warning, and V(ignore) writes it without asking.
    type: str
    choices: [fail, warn, ignore]
    default: fail
seealso:
  - module: mlops.infra.consul_kv
  - name: consul kv import
    description: The command that reads the file.
    link: https://developer.hashicorp.com/consul/commands/kv/import
notes:
  - C(consul kv import) writes what is in the file and deletes nothing.
  - Locks are not exported. For a backup of everything that a server keeps, use C(consul snapshot save).
"""

EXAMPLES = r"""
- name: Keep what is there before it is changed
  mlops.infra.consul_kv_export:
    prefix: mlops/config
    path: /var/backups/mlops-config.json

- name: The whole store, readable by a group, without values in the diff
  mlops.infra.consul_kv_export:
    token: "{{ consul_management_token }}"
    prefix: ""
    path: /var/backups/consul.json
    group: backup
    mode: "0640"
    sensitive: true
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
prefix:
  description: The prefix as given.
  returned: success
  type: str
index:
  description: The index of what was read (C(X-Consul-Index)).
  returned: success
  type: str
  sample: "1234"
count:
  description: How many keys there are in the file now, or would be in check mode.
  returned: success
  type: int
  sample: 12
written:
  description: The keys that the file did not have, or not with the same flags and value, sorted.
  returned: success
  type: list
  elements: str
deleted:
  description: The keys that only the file had, sorted.
  returned: success
  type: list
  elements: str
"""

import contextlib
import os
import tempfile
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.infra.plugins.module_utils._consul import (
    complete,
    export,
    keys,
    report,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.entry import execute
from ansible_collections.mlops.infra.plugins.module_utils._consul.options import (
    CONNECTION_SPEC,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.tree import directory
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._files import read
from ansible_collections.mlops.infra.plugins.module_utils._outcome import parse_sensitive

SPEC = {
    **CONNECTION_SPEC,
    "prefix": {"type": "str", "required": True},
    "path": {"type": "path", "required": True, "aliases": ["dest"]},
    "mode": {"type": "raw", "default": "0600"},
    "on_filtered": {"type": "str", "choices": ["fail", "warn", "ignore"], "default": "fail"},
    "sensitive": {"type": "raw", "default": False},
}


def run(module: AnsibleModule, client: keys.KeysClient) -> dict[str, t.Any]:
    params, path = module.params, module.params["path"]
    patterns = parse_sensitive(params["sensitive"])
    old = export.parse(observe(path))
    root = directory(params["prefix"])
    listing = client.tree(root)
    check_complete(module, complete.incomplete(client, listing, root, params["on_filtered"]))
    changes = export.changes(old or {}, listing.records)
    outdated = old is None or bool(changes)
    if outdated and not module.check_mode:
        write(module, path, export.text(listing.records.values()).encode())
    corrected = correct(module, path)
    result: dict[str, t.Any] = {
        "changed": outdated or corrected,
        "path": path,
        "prefix": params["prefix"],
        "index": listing.index,
        "count": len(listing.records),
        "written": [change.key for change in changes if not change.deletes],
        "deleted": [change.key for change in changes if change.deletes],
    }
    if module._diff:
        result["diff"] = report.diff(changes, patterns, path)
    return result


def correct(module: AnsibleModule, path: str) -> bool:
    """Owner and permissions; where there is no file yet in check mode, whether they can be had."""
    attributes = module.load_file_common_arguments(module.params, path)
    if os.path.exists(path) or not module.check_mode:
        return module.set_fs_attributes_if_different(attributes, False)
    with tempfile.NamedTemporaryFile(dir=module.tmpdir) as draft:
        module.set_fs_attributes_if_different({**attributes, "path": draft.name}, False)
    return False


def observe(path: str) -> t.Optional[bytes]:
    """What the file has; None where there is none yet, or a link gives way to one."""
    if "\0" in path:
        raise UserError(f"path {path!r} has a NUL, which no name of a file can have: correct it.")
    directory = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise UserError(f"path {path} is a directory: name a file in it.")
    if not os.path.isdir(directory):
        raise UserError(f"The directory of path {path} does not exist: create it first.")
    if os.path.lexists(path) and not (os.path.isfile(path) or os.path.islink(path)):
        raise UserError(f"path {path} is a device, a pipe or a socket: name a file.")
    try:
        return read(path)
    except OSError as exc:
        raise UserError(f"path {path} cannot be read: {exc.strerror}.") from exc


def check_complete(module: AnsibleModule, text: t.Optional[str]) -> None:
    if text and module.params["on_filtered"] == "fail":
        raise UserError(f"{text} {complete.REMEDY} Nothing was written.")
    if text:
        module.warn(f"{text} They are not in the file.")


def write(module: AnsibleModule, path: str, content: bytes) -> None:
    try:
        try:
            replace(module, path, content)
        except OSError:
            if not module.params["unsafe_writes"]:
                raise
            with open(path, "wb") as out:
                out.write(content)
    except OSError as exc:
        raise UserError(f"path {path} cannot be written: {exc.strerror}.") from exc


def replace(module: AnsibleModule, path: str, content: bytes) -> None:
    """Permissions come first and the name last: nobody sees half of it, or more than they may."""
    handle, draft = tempfile.mkstemp(dir=os.path.dirname(path) or ".")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        attributes = module.load_file_common_arguments(module.params, path)
        module.set_fs_attributes_if_different({**attributes, "path": draft}, False)
        os.replace(draft, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)


def main() -> None:
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True, add_file_common_args=True)
    execute(module, run, keys.KeysClient)


if __name__ == "__main__":
    main()
