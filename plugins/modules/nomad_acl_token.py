#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nomad_acl_token
short_description: Manage ACL tokens of Nomad
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Creates, changes and removes an ACL token, which is known by its name.
  - The secret of a token is never in the result. It is written to O(secret_file) before the task ends well.
  - A task that was killed at any moment is run again. It finds the token by its name, and stores the secret that Nomad
    kept, so that a token is neither lost nor made twice.
  - Of a token that exists, what the task does not name stays as it is, and so does its secret.
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_nomad
  - mlops.infra._nomad
attributes:
  check_mode:
    support: full
    details: Whether there are policies and roles of these names is not looked up, since tasks before may make them.
  diff_mode:
    support: full
    details: The secret is not in it.
  idempotent:
    support: full
options:
  name:
    description:
      - The name of the token, up to 256 bytes. Nomad takes several tokens of one name; this module fails when it finds
        them, and names their accessors.
      - Tokens that have expired do not count.
      - With O(accessor_id), the name that the token is to have.
    type: str
  accessor_id:
    description:
      - The accessor of a token that exists, where the name does not tell which one is meant.
    type: str
  state:
    description: V(present) makes sure of the token, V(absent) removes it.
    type: str
    choices: [present, absent]
    default: present
  type:
    description:
      - A token of type V(management) may do everything, one of type V(client) what its policies and roles allow.
      - A new token is a V(client) unless this says otherwise.
    type: str
    choices: [client, management]
  policies:
    description: The names of all policies of the token. They have to exist.
    type: list
    elements: str
  roles:
    description: The names of all ACL roles of the token. They have to exist.
    type: list
    elements: str
  global:
    description:
      - Whether the token is good for all regions. A new one is good for its own region unless this says otherwise.
      - Nomad does not change this, and the task fails when the token has it otherwise.
    type: bool
  expiration_ttl:
    description:
      - How long the token lives, as V(8h) or V(1h30m), within the limits that the server has, by default from one
        minute to a day. Without it, it lives until it is removed.
      - Nomad does not change this, and the task fails when the token has it otherwise.
    type: str
  secret_file:
    description:
      - The file that holds the secret and nothing else, with mode 0600, on the host where the module runs.
      - It is replaced in a single step when it is missing or different. O(state=absent) leaves it where it is.
    type: path
seealso:
  - module: mlops.infra.nomad_acl_policy
  - module: mlops.infra.nomad_acl_bootstrap
notes:
  - O(namespace) has no effect here. It is there so that C(module_defaults) of the action group can name one.
  - Of two tasks that make a token of the same name at the same moment each makes one, which the next run tells.
  - Whether a token has expired is judged by the clock of the host where the module runs.
  - It needs a management token.
"""

EXAMPLES = r"""
- name: A token for Prometheus, whose secret is in a file that only its owner reads
  mlops.infra.nomad_acl_token:
    address: https://nomad.example.org:4646
    token: "{{ nomad_management_token }}"
    name: prometheus
    policies: [readers]
    secret_file: "{{ inventory_dir }}/.secrets/nomad_token_prometheus"
  delegate_to: localhost

- name: Give it another policy; the secret stays the same
  mlops.infra.nomad_acl_token:
    name: prometheus
    policies: [readers, metrics]

- name: A token for one working day
  mlops.infra.nomad_acl_token:
    name: deploy
    roles: [deployers]
    expiration_ttl: 8h
    secret_file: /run/deploy/nomad_token

- name: Remove one of two tokens that have the same name
  mlops.infra.nomad_acl_token:
    accessor_id: 0f1a1c05-9b30-4b0c-9b0f-2f1b5a9f5c11
    state: absent
"""

RETURN = r"""
name:
  description: The name of the token.
  returned: success
  type: str
  sample: prometheus
accessor_id:
  description: The accessor of the token, which is no secret. V(null) if there is none.
  returned: success
  type: str
  sample: 0f1a1c05-9b30-4b0c-9b0f-2f1b5a9f5c11
acl_token:
  description:
    - The token as Nomad has it now, or in check mode before the change; for O(state=absent) as it had it. V(null) if
      there is none. Its secret is not in it.
  returned: success
  type: dict
  sample:
    AccessorID: 0f1a1c05-9b30-4b0c-9b0f-2f1b5a9f5c11
    Name: prometheus
    Type: client
    Policies: [readers]
    Roles: null
    Global: false
    ExpirationTTL: ""
    ExpirationTime: null
    CreateIndex: 42
    ModifyIndex: 42
"""

import datetime
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils import _files
from ..module_utils._errors import ApiError, UserError
from ..module_utils._nomad import entry, tokens
from ..module_utils._nomad.acl import AclClient
from ..module_utils._nomad.answers import UnavailableError
from ..module_utils._nomad.options import CONNECTION_OPTIONS, MUTUALLY_EXCLUSIVE, REQUIRED_TOGETHER
from ..module_utils._nomad.transport import Json
from ..module_utils._outcome import as_diff

NOBODY_ELSES = _files.Owner(-1, -1)
OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str"},
    "accessor_id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "type": {"type": "str", "choices": ["client", "management"]},
    "policies": {"type": "list", "elements": "str"},
    "roles": {"type": "list", "elements": "str"},
    "global": {"type": "bool"},
    "expiration_ttl": {"type": "str"},
    "secret_file": {"type": "path", "no_log": False},
}
REQUIRED_ONE_OF = [("name", "accessor_id")]


def run(module: AnsibleModule, client: AclClient) -> Json:
    params = module.params
    tokens.check(params)
    observed = found(module, client)
    if params["state"] == "absent":
        return absent(module, client, observed)
    if params["accessor_id"] and not observed:
        raise UserError(
            f"accessor_id: there is no token {params['accessor_id']}, or it has expired. Nomad"
            " chooses the accessor of a new token: give its name alone."
        )
    wanted = tokens.desired(observed, params)
    before, after = tokens.comparable(observed), tokens.comparable(wanted)
    differs = before != after
    path = os.path.abspath(params["secret_file"]) if params["secret_file"] else ""
    unsaved = bool(path) and (observed is None or lacks(path, observed))
    if (differs or unsaved) and not module.check_mode:
        if differs:
            observed = written(module, client, observed, wanted)
        if observed and path and lacks(path, observed):
            save(path, observed)
    result = outcome(params, differs or unsaved, observed)
    if module._diff and result["changed"]:
        told = {"secret_file": "has the secret"} if unsaved else {}
        result["diff"] = as_diff(before, {**(after or {}), **told}, result["name"])
    return result


def outcome(params: Json, changed: bool, token: Json | None) -> Json:
    return {
        "changed": changed,
        "name": params["name"] or (token or {}).get("Name"),
        "accessor_id": (token or {}).get("AccessorID"),
        "acl_token": tokens.shown(token),
    }


def found(module: AnsibleModule, client: AclClient) -> Json | None:
    """The token that the task is about, with its secret, which is told to nobody."""
    now = datetime.datetime.now(datetime.timezone.utc)
    accessor, name = module.params["accessor_id"], module.params["name"]
    if not accessor:
        only = tokens.the_only(name, tokens.live(client.tokens_named(name), now))
        if only is None:
            return None
        accessor = only["AccessorID"]
    token = client.find_token(accessor)
    if token is None or (module.params["state"] == "present" and not tokens.live([token], now)):
        return None
    return veiled(module, token)


def veiled(module: AnsibleModule, token: Json) -> Json:
    module.no_log_values.add(token["SecretID"])
    return token


def written(
    module: AnsibleModule, client: AclClient, observed: Json | None, wanted: Json
) -> Json | None:
    problem = tokens.missing(wanted, client.policies()) if wanted["Policies"] else None
    if problem:
        raise problem
    try:
        stored = client.write_token(wanted) if observed else client.create_token(wanted)
    except UnavailableError:
        # The answer was lost, and what it would have said can be seen.
        there = found(module, client)
        if tokens.comparable(there) != tokens.comparable(wanted):
            raise
        return there
    except ApiError as error:
        raise tokens.refused(error) or error from error
    return veiled(module, stored)


def _as_file(token: Json) -> _files.Wanted:
    return _files.Wanted(token["SecretID"].encode(), 0o600, True)


def lacks(path: str, token: Json) -> bool:
    """Whether the file has another secret, or others may read it."""
    try:
        return _files.differs(path, _as_file(token), NOBODY_ELSES)
    except OSError as error:
        raise UserError(f"secret_file: {path} cannot be read: {error.strerror}.") from error


def save(path: str, token: Json) -> None:
    try:
        _files.write(path, _as_file(token), NOBODY_ELSES)
    except OSError as error:
        raise UserError(
            f"secret_file: {path} cannot be written: {error.strerror}. Token {token['AccessorID']}"
            " is there, and Nomad keeps its secret: correct the path, and run the task again."
        ) from error


def absent(module: AnsibleModule, client: AclClient, observed: Json | None) -> Json:
    result = outcome(module.params, observed is not None, observed)
    if observed is None:
        return result
    if module._diff:
        result["diff"] = as_diff(tokens.comparable(observed), None, result["name"])
    if not module.check_mode:
        try:
            client.delete_token(observed["AccessorID"])
        except ApiError as error:
            # Somebody else removed it too.
            if "Cannot delete nonexistent tokens" not in error.body:
                raise
    return result


def main() -> None:
    module = AnsibleModule(
        argument_spec={**CONNECTION_OPTIONS, **OPTIONS},
        mutually_exclusive=MUTUALLY_EXCLUSIVE,
        required_together=REQUIRED_TOGETHER,
        required_one_of=REQUIRED_ONE_OF,
        supports_check_mode=True,
    )
    entry.execute(module, run, AclClient)


if __name__ == "__main__":
    main()
