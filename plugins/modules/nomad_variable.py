#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nomad_variable
short_description: Manage variables of Nomad
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Creates, changes and removes a variable, which is a set of named texts at a path that Nomad keeps encrypted and
    hands to jobs.
  - Each write and each removal is checked against the index of the variable that was read, so that nobody's change is
    lost unseen.
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_nomad
  - mlops.infra._nomad
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: The values that O(sensitive) covers are shown as a digest.
  idempotent:
    support: full
options:
  path:
    description:
      - The path of the variable, up to 128 letters, digits and C(- _ ~ /).
      - A job named C(web) may read C(nomad/jobs/web) and what is below it without any policy. What else begins with
        C(nomad/) is Nomad's own.
    type: str
    required: true
  items:
    description:
      - Names and values. Text is written as it is, all else as JSON.
      - A null takes the item away.
      - Names and values together have 64 KiB (65536 bytes) at most.
      - Required with O(state=present).
    type: dict
  purge_items:
    description: Whether items that the variable has and O(items) does not name are taken away.
    type: bool
    default: false
  state:
    description:
      - V(present) makes sure of the items, V(absent) removes the variable with all its items.
    type: str
    choices: [present, absent]
    default: present
  check_index:
    description:
      - V(0) writes only a variable that does not exist, and otherwise changes nothing.
      - Any other number is the C(ModifyIndex) that the variable must have to be changed or removed. The task fails when
        it has another one.
    type: int
    aliases: [cas]
  sensitive:
    description:
      - Values that must not be shown in RV(variable), the diff or the task's arguments. V(true) means all, V(false)
        none, and a regular expression, or a list of them, those whose name it is found in, in upper or lower case.
      - The first digits of the SHA-256 digest are shown in their place.
    type: raw
    default: true
seealso:
  - plugin: mlops.infra.nomad_variable
    plugin_type: lookup
  - module: mlops.infra.nomad_namespace
  - name: Nomad's variables
    description: What they are, and how jobs read them.
    link: https://developer.hashicorp.com/nomad/docs/concepts/variables
notes:
  - A variable that a process holds the lock of (Nomad 1.7 and later) is not changed, and the task fails.
  - The token needs C(read) on the path besides C(write) or C(destroy).
"""

EXAMPLES = r"""
- name: What the job web reads as a template's nomadVar "nomad/jobs/web"
  mlops.infra.nomad_variable:
    address: http://127.0.0.1:4646
    path: nomad/jobs/web
    items:
      database_host: db.example.org
      database_password: "{{ vault_database_password }}"

- name: These items and no others, of which only the password is a secret
  mlops.infra.nomad_variable:
    path: app/database
    namespace: production
    items:
      user: app
      password: "{{ vault_database_password }}"
    purge_items: true
    sensitive: password

- name: A password that is made once and never changed again
  mlops.infra.nomad_variable:
    path: app/session
    items:
      key: "{{ lookup('ansible.builtin.password', '/dev/null', length=40) }}"
    check_index: 0

- name: Take one item away
  mlops.infra.nomad_variable:
    path: app/database
    items:
      old_password: null

- name: Remove a variable
  mlops.infra.nomad_variable:
    path: app/old
    state: absent
"""

RETURN = r"""
path:
  description: The path of the variable.
  returned: success
  type: str
  sample: app/database
namespace:
  description: The namespace that the variable is in.
  returned: success
  type: str
  sample: default
modify_index:
  description: The C(ModifyIndex) of the variable, for O(check_index); V(0) if it does not exist.
  returned: success
  type: int
variable:
  description:
    - The variable as Nomad has it now, or in check mode before the change; for O(state=absent) as it had it. V(null) if
      there is none.
    - In Jinja, C(result.variable.Items) are its items.
  returned: success
  type: dict
  sample:
    Namespace: default
    Path: app/database
    Items: {user: "(sensitive) sha256:a172cedcae47"}
    CreateIndex: 12
    CreateTime: 1795531988199471984
    ModifyIndex: 12
    ModifyTime: 1795531988199471984
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._checks import password_in
from ..module_utils._errors import ApiError, UserError
from ..module_utils._nomad import entry, variables
from ..module_utils._nomad.answers import UnavailableError
from ..module_utils._nomad.objects import Json, ObjectsClient
from ..module_utils._nomad.options import (
    CONNECTION_OPTIONS,
    MUTUALLY_EXCLUSIVE,
    REQUIRED_TOGETHER,
    connection,
)
from ..module_utils._outcome import MASKED, as_diff, mask, parse_sensitive

OPTIONS: dict[str, dict[str, t.Any]] = {
    "path": {"type": "str", "required": True},
    "items": {"type": "dict", "no_log": True},
    "purge_items": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "check_index": {"type": "int", "aliases": ["cas"]},
    "sensitive": {"type": "raw", "default": True},
}
SPEC: dict[str, t.Any] = {
    "argument_spec": {**CONNECTION_OPTIONS, **OPTIONS},
    "mutually_exclusive": MUTUALLY_EXCLUSIVE,
    "required_together": REQUIRED_TOGETHER,
    "required_if": [("state", "present", ("items",))],
    "supports_check_mode": True,
}


def run(module: AnsibleModule, client: ObjectsClient) -> Json:
    params = module.params
    patterns = parse_sensitive(params["sensitive"])
    given = _unveiled(module, patterns)
    variables.check_path(params["path"])
    namespace = connection(params).namespace or "default"
    if namespace == "*":
        raise UserError("namespace: a variable is in one namespace, and * means all. Name one.")
    observed = client.find_variable(params["path"])
    items = None
    if params["state"] == "present":
        items = variables.merged(observed, given, params["purge_items"])
        variables.check_items(params["path"], items)
    change = _differs(observed, items) and (params["check_index"] != 0 or observed is None)
    if change:
        variables.check_index(params["path"], observed, params["check_index"])
        variables.check_lock(params["path"], observed)
        _check_namespace(client, namespace, observed)
    result: Json = {"changed": change, "path": params["path"], "namespace": namespace}
    if module._diff and change:
        before = observed and mask(observed["Items"], patterns)
        after = None if items is None else mask(items, patterns)
        result["diff"] = as_diff(before, after, params["path"])
    if change and not module.check_mode:
        stored, result["changed"] = applied(client, params["path"], observed, items)
        observed = stored or observed
    there = observed and (items is not None or not change or module.check_mode)
    return {
        **result,
        "modify_index": variables.index_of(observed if there else None),
        "variable": _shown(observed, patterns),
    }


def _unveiled(module: AnsibleModule, patterns: list[str]) -> Json:
    """The items, from now on shown in the task's arguments as O(sensitive) says.

    Ansible would mask each value of a no_log option wherever it occurs, so that a result with the
    word of some value in it could not be read.
    """
    given = module.params["items"] or {}
    hidden = {name: value if value is None else MASKED for name, value in given.items()}
    shown = mask(given, patterns)
    module.params["items"] = {n: given[n] if shown[n] == given[n] else hidden[n] for n in given}
    token = module.params["token"]
    module.no_log_values = password_in(module.params["address"]) | ({token} if token else set())
    return given


def _shown(observed: Json | None, patterns: list[str]) -> Json | None:
    if observed is None:
        return None
    shown = {**observed, "Items": mask(observed["Items"], patterns)}
    if observed.get("Lock"):
        # With its ID anybody could write in the holder's name.
        shown["Lock"] = {key: value for key, value in observed["Lock"].items() if key != "ID"}
    return shown


def _differs(observed: Json | None, items: dict[str, str] | None) -> bool:
    return (observed["Items"] if observed else None) != items


def _check_namespace(client: ObjectsClient, namespace: str, observed: Json | None) -> None:
    """Nomad itself takes a variable of a namespace that there is not."""
    if observed or namespace == "default":
        return
    try:
        found = client.find_namespace(namespace)
    except ApiError as error:
        if error.status != 403:
            raise
        return  # the token may write there, and need not be allowed to see it
    if found is None:
        raise UserError(f"namespace: there is no namespace {namespace}. Create it first.")


def applied(
    client: ObjectsClient, path: str, observed: Json | None, items: dict[str, str] | None
) -> tuple[Json | None, bool]:
    """The variable as it is stored, and whether it was this task that made it so."""
    index = variables.index_of(observed)
    try:
        if items is None:
            client.delete_variable(path, index)
            return None, True
        return client.write_variable(path, items, index), True
    except UnavailableError:
        # The answer was lost, and what it would have said can be seen.
        found = client.find_variable(path)
        if variables.index_of(found) == index or _differs(found, items):
            raise
        return found, True
    except ApiError as error:
        if error.status != 409:
            raise
        found = client.find_variable(path)
        if _differs(found, items):
            raise variables.conflict(path, index, error) from error
        return found, False


def main() -> None:
    entry.execute(AnsibleModule(**SPEC), run, ObjectsClient)


if __name__ == "__main__":
    main()
