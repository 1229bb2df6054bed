#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nomad_namespace
short_description: Manage namespaces of Nomad
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Creates, changes and removes a namespace.
  - Of a namespace that exists, what the task does not name stays as it is.
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_nomad
  - mlops.infra._nomad
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  name:
    description:
      - The name of the namespace, up to 128 letters, digits and hyphens.
      - The namespace V(default) can be changed, but not removed.
    type: str
    required: true
  state:
    description:
      - V(present) makes sure of the namespace, V(absent) removes it.
      - The task fails when a namespace to be removed still has jobs that are not dead, or variables, and names them.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: What the namespace is for, up to 256 bytes.
    type: str
  quota:
    description:
      - The name of the quota that holds for the namespace. The empty string takes it away.
      - Nomad Enterprise only.
    type: str
  meta:
    description:
      - All meta data of the namespace. Keys that are not named are taken away.
    type: dict
  capabilities:
    description:
      - What jobs of the namespace may use. A list that is not given stays as it is, and an empty one takes its limit
        away.
    type: dict
    suboptions:
      enabled_task_drivers:
        description: The task drivers that jobs may use. If it is empty, they may use all of them.
        type: list
        elements: str
      disabled_task_drivers:
        description: The task drivers that jobs must not use.
        type: list
        elements: str
      enabled_network_modes:
        description: The network modes that jobs may use. The task fails where Nomad does not know this, as 1.6.
        type: list
        elements: str
      disabled_network_modes:
        description: The network modes that jobs must not use. The task fails where Nomad does not know this, as 1.6.
        type: list
        elements: str
  node_pool_config:
    description:
      - Which node pools jobs of the namespace may use.
      - Nomad Enterprise only.
    type: dict
    suboptions:
      default:
        description: The pool of jobs that name none.
        type: str
      allowed:
        description:
          - The pools that jobs may use besides the default one.
          - Mutually exclusive with O(node_pool_config.denied).
        type: list
        elements: str
      denied:
        description: The pools that jobs must not use.
        type: list
        elements: str
seealso:
  - module: mlops.infra.nomad_job
  - module: mlops.infra.nomad_variable
notes:
  - O(namespace) has no effect here. It is there so that C(module_defaults) of the action group can name one.
  - Nomad has no index to check a namespace's change against, so of two tasks at the same moment the last one stays.
  - Writing needs a management token.
"""

EXAMPLES = r"""
- name: A namespace whose jobs run in containers alone
  mlops.infra.nomad_namespace:
    address: http://127.0.0.1:4646
    name: training
    description: Training of models
    meta:
      owner: ml-team
    capabilities:
      enabled_task_drivers: [docker]

- name: Let them use all drivers again
  mlops.infra.nomad_namespace:
    name: training
    capabilities:
      enabled_task_drivers: []

- name: Remove it, if nothing is in it
  mlops.infra.nomad_namespace:
    name: training
    state: absent
"""

RETURN = r"""
name:
  description: The name of the namespace.
  returned: success
  type: str
  sample: training
namespace:
  description:
    - The namespace as Nomad has it now, or in check mode before the change; for O(state=absent) as it had it. V(null)
      if there is none.
  returned: success
  type: dict
  sample:
    Name: training
    Description: Training of models
    Meta: {owner: ml-team}
    Quota: ""
    Capabilities: {EnabledTaskDrivers: [docker], DisabledTaskDrivers: null}
    NodePoolConfiguration: null
    CreateIndex: 42
    ModifyIndex: 43
jobs:
  description: The jobs that keep the namespace from being removed.
  returned: failure with O(state=absent)
  type: list
  elements: str
variables:
  description: The paths of the variables that keep the namespace from being removed.
  returned: failure with O(state=absent)
  type: list
  elements: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import ApiError, UserError
from ..module_utils._nomad import entry, namespaces
from ..module_utils._nomad.answers import UnavailableError
from ..module_utils._nomad.objects import Json, ObjectsClient
from ..module_utils._nomad.options import (
    CONNECTION_OPTIONS,
    MUTUALLY_EXCLUSIVE,
    REQUIRED_TOGETHER,
    connection,
)
from ..module_utils._outcome import as_diff

LIST: dict[str, t.Any] = {"type": "list", "elements": "str"}
OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "description": {"type": "str"},
    "quota": {"type": "str"},
    "meta": {"type": "dict"},
    "capabilities": {"type": "dict", "options": dict.fromkeys(namespaces.CAPABILITIES, LIST)},
    "node_pool_config": {
        "type": "dict",
        "options": {"default": {"type": "str"}, "allowed": LIST, "denied": LIST},
        "mutually_exclusive": [("allowed", "denied")],
    },
}
SPEC: dict[str, t.Any] = {
    "argument_spec": {**CONNECTION_OPTIONS, **OPTIONS},
    "mutually_exclusive": MUTUALLY_EXCLUSIVE,
    "required_together": REQUIRED_TOGETHER,
    "supports_check_mode": True,
}


def run(module: AnsibleModule, client: ObjectsClient) -> Json:
    params = module.params
    namespaces.check(params["name"], params["description"])
    observed = client.find_namespace(params["name"])
    if params["state"] == "absent":
        return absent(module, client, observed)
    wanted = namespaces.desired(observed, params)
    before, after = namespaces.comparable(observed), namespaces.comparable(wanted)
    result: Json = {"changed": before != after, "name": params["name"], "namespace": observed}
    if module._diff and result["changed"]:
        result["diff"] = as_diff(before, after, params["name"])
    if result["changed"] and not module.check_mode:
        write(client, wanted)
        result["namespace"] = client.find_namespace(params["name"])
        problem = namespaces.ignored(wanted, result["namespace"])
        if problem:
            raise problem
    return result


def write(client: ObjectsClient, wanted: Json) -> None:
    try:
        client.write_namespace(wanted)
    except ApiError as error:
        raise namespaces.refused(error) or error from error


def absent(module: AnsibleModule, client: ObjectsClient, observed: Json | None) -> Json:
    name = module.params["name"]
    if name == "default":
        raise UserError("name: Nomad keeps the namespace default. Name another one.")
    result: Json = {"changed": observed is not None, "name": name, "namespace": observed}
    if observed is None:
        return result
    if module._diff:
        result["diff"] = as_diff(namespaces.comparable(observed), None, name)
    problem = in_use(module, client, name, None) if module.check_mode else delete(module, client)
    if problem:
        raise problem
    return result


def delete(module: AnsibleModule, client: ObjectsClient) -> Exception | None:
    """Why it could not be done. That somebody else did it meanwhile is no problem."""
    name = module.params["name"]
    try:
        client.delete_namespace(name)
    except ApiError as error:
        if "namespace not found" in error.body:
            return None
        if isinstance(error, UnavailableError) or error.status == 403:
            raise
        return in_use(module, client, name, error)
    return None


def in_use(
    module: AnsibleModule, client: ObjectsClient, name: str, refusal: ApiError | None
) -> Exception | None:
    client.use(name, connection(module.params).region)
    jobs = namespaces.live(client.jobs())
    variables = sorted(str(variable["Path"]) for variable in client.variables())
    return namespaces.in_use(name, jobs, variables, refusal)


def main() -> None:
    entry.execute(AnsibleModule(**SPEC), run, ObjectsClient)


if __name__ == "__main__":
    main()
