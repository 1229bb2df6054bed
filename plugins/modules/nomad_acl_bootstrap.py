#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nomad_acl_bootstrap
short_description: Make the first management token of Nomad
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Bootstraps the ACLs of a cluster with a secret that was made and stored before, so that nothing can be lost.
    Whenever the task is killed, it is run again with the same secret.
  - A cluster that knows the secret as the one of a management token is left as it is.
  - It waits until the server answers and the cluster has a leader.
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_nomad
  - mlops.infra._nomad
attributes:
  check_mode:
    support: partial
    details:
      - That a cluster was bootstrapped with another secret is known only once it is asked to bootstrap. Check mode
        then tells a change where the task fails.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  secret:
    description:
      - The secret that the first management token gets. It is a UUID.
      - Store it before this task, where you will find it again.
    type: str
    required: true
    aliases: [bootstrap_secret]
  wait_timeout:
    description: How long to wait for an answer and for a leader, in seconds. V(0) tries once.
    type: int
    default: 60
seealso:
  - module: mlops.infra.nomad_acl_token
  - module: mlops.infra.nomad_acl_policy
notes:
  - O(token) and O(namespace) have no effect here. They are there so that C(module_defaults) of the action group can
    name one.
  - Nomad is asked to bootstrap only where it does not know the secret. With a reset file that was left behind, it would
    make a second token with the same secret.
"""

EXAMPLES = r"""
- name: A secret that is made once, and stored before it is used
  ansible.builtin.set_fact:
    nomad_management_token: >-
      {{ lookup('ansible.builtin.password', inventory_dir ~ '/.secrets/nomad_seed', length=40)
         | ansible.builtin.to_uuid }}
  no_log: true

- name: Bootstrap with it, or see that this was done
  mlops.infra.nomad_acl_bootstrap:
    address: https://nomad.example.org:4646
    secret: "{{ nomad_management_token }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
accessor_id:
  description: The accessor of the management token, which is no secret. V(null) in check mode if there is none yet.
  returned: success
  type: str
  sample: 0f1a1c05-9b30-4b0c-9b0f-2f1b5a9f5c11
acl_token:
  description: The management token without its secret. V(null) in check mode if there is none yet.
  returned: success
  type: dict
  sample:
    AccessorID: 0f1a1c05-9b30-4b0c-9b0f-2f1b5a9f5c11
    Name: Bootstrap Token
    Type: management
    Policies: null
    Roles: null
    Global: true
    CreateIndex: 8
    ModifyIndex: 8
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import ApiError, UserError
from ..module_utils._nomad import entry, tokens
from ..module_utils._nomad.acl import AclClient
from ..module_utils._nomad.answers import UnavailableError
from ..module_utils._nomad.options import CONNECTION_OPTIONS, MUTUALLY_EXCLUSIVE, REQUIRED_TOGETHER
from ..module_utils._nomad.transport import Json
from ..module_utils._wait import clock

OPTIONS: dict[str, dict[str, t.Any]] = {
    "secret": {"type": "str", "required": True, "no_log": True, "aliases": ["bootstrap_secret"]},
    "wait_timeout": {"type": "int", "default": 60},
}


def run(module: AnsibleModule, client: AclClient) -> Json:
    secret, timeout = module.params["secret"], module.params["wait_timeout"]
    tokens.check_secret(secret)
    if timeout < 0:
        raise UserError(f"wait_timeout is {timeout}: write seconds, or 0 to try once.")
    changed = False
    for left in clock(timeout):
        try:
            holder = known(client, secret)
            changed = changed or holder is None
            if holder is None and not module.check_mode:
                holder = bootstrapped(client, secret)
            break
        except UnavailableError:
            # Whether the last request came through is what the next round asks first.
            if left <= 0:
                raise
    return {
        "changed": changed,
        "accessor_id": (holder or {}).get("AccessorID"),
        "acl_token": tokens.shown(holder),
    }


def known(client: AclClient, secret: str) -> Json | None:
    """The management token that has the secret."""
    holder = client.find_holder(secret)
    tokens.check_holder(holder)
    return holder


def bootstrapped(client: AclClient, secret: str) -> Json | None:
    try:
        client.bootstrap(secret)
    except UnavailableError:
        raise
    except ApiError as error:
        # Somebody else may have done it with the same secret since we asked.
        holder = known(client, secret)
        if holder is None:
            raise tokens.not_bootstrapped(error) or error from error
        return holder
    holder = known(client, secret)
    if holder is None:
        raise tokens.not_heeded()
    return holder


def main() -> None:
    module = AnsibleModule(
        argument_spec={**CONNECTION_OPTIONS, **OPTIONS},
        mutually_exclusive=MUTUALLY_EXCLUSIVE,
        required_together=REQUIRED_TOGETHER,
        supports_check_mode=True,
    )
    entry.execute(module, run, AclClient)


if __name__ == "__main__":
    main()
