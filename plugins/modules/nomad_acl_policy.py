#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nomad_acl_policy
short_description: Manage ACL policies of Nomad
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Creates, changes and removes an ACL policy.
  - Rules are compared by what they mean, whether they are written in HCL, in JSON or as a dictionary.
  - Of a policy that exists, what the task does not name stays as it is.
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_nomad
  - mlops.infra._nomad
attributes:
  check_mode:
    support: full
    details: That Nomad refuses rules, or ignores some of their words, is known only once they are written.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  name:
    description: The name of the policy, up to 128 letters, digits and hyphens.
    type: str
    required: true
  state:
    description: V(present) makes sure of the policy, V(absent) removes it.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: What the policy is for, up to 256 bytes.
    type: str
  rules:
    description:
      - The rules, as text in HCL or JSON, or as a dictionary in the shape of HCL's JSON.
      - The order of capabilities, comments and spaces do not count as a change. Text that this module cannot read is
        compared as text.
      - Nomad drops words that it does not know in silence. The task fails when it sees that, and names them.
      - Required for a policy that does not exist.
    type: raw
  job_acl:
    description:
      - Gives the policy to the workload identities of a job, a group or a task, so that these need no token.
      - What it does not name is left open. An empty dictionary takes it away.
    type: dict
    suboptions:
      namespace:
        description: The namespace of the job. It is V(default) if any of the others is given.
        type: str
      job_id:
        description: The ID of the job.
        type: str
      group:
        description: The group of the job. It needs O(job_acl.job_id).
        type: str
      task:
        description: The task of the group. It needs O(job_acl.group).
        type: str
seealso:
  - module: mlops.infra.nomad_acl_token
  - module: mlops.infra.nomad_acl_bootstrap
  - name: Nomad's ACL policies
    description: What rules can say.
    link: https://developer.hashicorp.com/nomad/docs/other-specifications/acl-policy
notes:
  - O(namespace) has no effect here. It is there so that C(module_defaults) of the action group can name one.
  - Nomad has no index to check a policy's change against, so of two tasks at the same moment the last one stays.
  - Nomad removes a policy that tokens still have, and takes it out of none of them.
  - It needs a management token.
"""

EXAMPLES = r"""
- name: A policy that may read jobs, their logs and nodes
  mlops.infra.nomad_acl_policy:
    address: https://nomad.example.org:4646
    name: readers
    description: Who looks and changes nothing
    rules: |
      namespace "*" {
        policy       = "read"
        capabilities = ["read-logs"]
      }
      node {
        policy = "read"
      }

- name: The same as a dictionary
  mlops.infra.nomad_acl_policy:
    name: readers
    rules:
      namespace:
        "*":
          policy: read
          capabilities: [read-logs]
      node:
        policy: read

- name: Let the tasks of one job read a variable
  mlops.infra.nomad_acl_policy:
    name: web-secrets
    rules: "{{ lookup('ansible.builtin.file', 'web-secrets.hcl') }}"
    job_acl:
      job_id: web

- name: Remove a policy
  mlops.infra.nomad_acl_policy:
    name: readers
    state: absent
"""

RETURN = r"""
name:
  description: The name of the policy.
  returned: success
  type: str
  sample: readers
policy:
  description:
    - The policy as Nomad has it now, or in check mode before the change; for O(state=absent) as it had it. V(null) if
      there is none. C(RulesJSON) is what Nomad understood of its rules.
  returned: success, and failure when Nomad ignores a part of the rules
  type: dict
  sample:
    Name: readers
    Description: Who looks and changes nothing
    Rules: node { policy = "read" }
    RulesJSON: {Node: {Policy: read}}
    JobACL: null
    CreateIndex: 42
    ModifyIndex: 43
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import ApiError
from ..module_utils._nomad import entry, policies
from ..module_utils._nomad.acl import AclClient
from ..module_utils._nomad.options import CONNECTION_OPTIONS, MUTUALLY_EXCLUSIVE, REQUIRED_TOGETHER
from ..module_utils._nomad.transport import Json
from ..module_utils._outcome import as_diff

OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "description": {"type": "str"},
    "rules": {"type": "raw"},
    "job_acl": {"type": "dict", "options": {name: {"type": "str"} for name in policies.JOB}},
}


def run(module: AnsibleModule, client: AclClient) -> Json:
    params = module.params
    policies.check(params)
    name = params["name"]
    observed = client.find_policy(name)
    wanted = policies.desired(observed, params) if params["state"] == "present" else None
    before, after = policies.comparable(observed), policies.comparable(wanted)
    result: Json = {"changed": before != after, "name": name, "policy": observed}
    if module._diff and result["changed"]:
        result["diff"] = as_diff(before, after, name)
    if result["changed"] and not module.check_mode:
        apply(client, name, wanted)
        if wanted:
            result["policy"] = client.find_policy(name)
    stored = wanted and (not result["changed"] or not module.check_mode)
    problem = policies.ignored(result["policy"], result["changed"]) if stored else None
    if problem:
        raise problem
    return result


def apply(client: AclClient, name: str, wanted: Json | None) -> None:
    if wanted is None:
        client.delete_policy(name)
        return
    try:
        client.write_policy(wanted)
    except ApiError as error:
        raise policies.refused(error) or error from error


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
