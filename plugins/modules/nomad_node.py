#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nomad_node
short_description: Drain Nomad's nodes, and set their eligibility and meta data
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Drains a node, so that its jobs go to other nodes, and waits until they are gone; takes a drained node back.
  - Sets whether the scheduler may use a node, and the dynamic part of its meta data.
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
  node:
    description:
      - The name of the node, its ID, or at least the first four digits of its ID.
      - What fits several nodes is refused, unless only one of them is not down.
    type: str
    required: true
    aliases: [id, name, node_id]
  drain:
    description:
      - V(true) drains the node and leaves it ineligible. A node that is drained already stays as it is, and of one that
        is being drained only O(deadline) and O(ignore_system_jobs) may change.
      - V(false) ends a drain and makes the node eligible, whether or not the drain was complete. Give
        O(eligibility=ineligible) to keep it ineligible.
      - The two do as C(nomad node drain) with C(-enable), C(-disable) and C(-keep-ineligible).
    type: bool
  deadline:
    description:
      - How long the jobs may take to go elsewhere, in seconds. What is left is stopped then.
      - V(0) sets no deadline, and V(-1) stops everything at once.
      - If it is not specified, it is 3600 for a new drain, and one that runs keeps its own.
    type: int
  ignore_system_jobs:
    description: Whether jobs of the types system and sysbatch stay on the node.
    type: bool
    default: false
  drain_message:
    description: Why the node is drained. Nomad keeps it with the record of the drain.
    type: str
  eligibility:
    description: Whether the scheduler may place anything on the node. What runs there goes on.
    type: str
    choices: [eligible, ineligible]
  meta:
    description:
      - Meta data of the node that are to be changed. A null takes a key away, also one of the node's configuration.
      - The node itself is asked, so it must be up. They last until they are changed again, also over a restart, and
        win over those of its configuration.
    type: dict
  wait:
    description: Whether O(drain=true) waits until the drain is complete and all that it stopped has ended.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. The drain goes on when this is over.
    type: int
    default: 3900
seealso:
  - plugin: mlops.infra.nomad_nodes
    plugin_type: inventory
  - name: nomad node drain
    description: The command, and what a drain does to which type of job.
    link: https://developer.hashicorp.com/nomad/docs/commands/node/drain
notes:
  - The token needs C(node:write), and C(read-job) in all namespaces that have jobs there. Allocations that it must not
    see are not waited for.
  - O(namespace) has no effect here. It is there so that C(module_defaults) of the action group can name one.
"""

EXAMPLES = r"""
- name: Drain a node before it is taken down
  mlops.infra.nomad_node:
    address: http://127.0.0.1:4646
    node: worker-1
    drain: true
    deadline: 600
    drain_message: kernel update

- name: Take it back
  mlops.infra.nomad_node:
    node: worker-1
    drain: false

- name: Nothing new on this node, what runs goes on
  mlops.infra.nomad_node:
    node: "{{ nomad_id }}"
    eligibility: ineligible

- name: Jobs with a constraint on meta.trainer may come here
  mlops.infra.nomad_node:
    node: worker-1
    meta:
      trainer: true
      old_key: null
"""

RETURN = r"""
node_id:
  description: The ID of the node.
  returned: success
  type: str
  sample: dbb84c36-fb53-6753-cfd4-f1d8f4f9b3d3
name:
  description: The name of the node.
  returned: success
  type: str
  sample: worker-1
status:
  description: Whether Nomad hears from the node, as V(ready) or V(down).
  returned: success
  type: str
  sample: ready
eligibility:
  description: Whether the scheduler may use the node, V(eligible) or V(ineligible). In check mode before the change.
  returned: success
  type: str
  sample: ineligible
draining:
  description: Whether the node is being drained. In check mode before the change.
  returned: success
  type: bool
last_drain:
  description: When the last drain began and how it ended, V(null) if there was none. In check mode before the change.
  returned: success
  type: dict
  sample:
    AccessorID: ""
    Meta: {message: kernel update}
    StartedAt: "2026-11-24T14:54:33Z"
    Status: complete
    UpdatedAt: "2026-11-24T14:54:36Z"
meta:
  description: All meta data of the node. In check mode before the change.
  returned: with O(meta)
  type: dict
  sample: {trainer: "true"}
allocations:
  description: The allocations that the drain stops and that have not ended yet.
  returned: with O(drain=true), also on failure
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the allocation.
      type: str
    name:
      description: The name of the allocation.
      type: str
      sample: web.servers[0]
    namespace:
      description: The namespace of its job.
      type: str
    job_id:
      description: The ID of its job.
      type: str
    desired:
      description: What it ought to do, V(run), V(stop) or V(evict).
      type: str
    status:
      description: What it does, V(pending) or V(running).
      type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import FailedError, UserError
from ..module_utils._nomad import drain, entry, nodes, watch
from ..module_utils._nomad.objects import Json, ObjectsClient
from ..module_utils._nomad.options import CONNECTION_OPTIONS, MUTUALLY_EXCLUSIVE, REQUIRED_TOGETHER
from ..module_utils._outcome import as_diff

OPTIONS: dict[str, dict[str, t.Any]] = {
    "node": {"type": "str", "required": True, "aliases": ["id", "name", "node_id"]},
    "drain": {"type": "bool"},
    "deadline": {"type": "int"},
    "ignore_system_jobs": {"type": "bool", "default": False},
    "drain_message": {"type": "str"},
    "eligibility": {"type": "str", "choices": [nodes.ELIGIBLE, nodes.INELIGIBLE]},
    "meta": {"type": "dict"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 3900},
}
SPEC: dict[str, t.Any] = {
    "argument_spec": {**CONNECTION_OPTIONS, **OPTIONS},
    "mutually_exclusive": MUTUALLY_EXCLUSIVE,
    "required_together": REQUIRED_TOGETHER,
    "required_one_of": [("drain", "eligibility", "meta")],
    "supports_check_mode": True,
}


def run(module: AnsibleModule, client: ObjectsClient) -> Json:
    params = module.params
    nodes.check(params)
    node = found(client, params["node"])
    meta, remaining = around(params, client, node["ID"])
    change = nodes.change(node, remaining, meta, params)
    result: Json = {"changed": bool(change)}
    if module._diff and change:
        before, after = nodes.standing(node, meta), nodes.standing(node, meta, change)
        result["diff"] = as_diff(before, after, node["Name"])
    undone = params["drain"] and nodes.phase(node, remaining) != nodes.DONE
    if (change or undone) and not module.check_mode:
        apply(params, client, node["ID"], change)
        if params["drain"] and params["wait"]:
            with watch.kept(result):
                awaited(params, client, node["ID"], result)
        node, _index = client.node(node["ID"])
        meta, remaining = around(params, client, node["ID"])
    return {**result, **described(params, node, meta, remaining)}


def found(client: ObjectsClient, wanted: str) -> Json:
    node_id = wanted if nodes.is_id(wanted) else nodes.chosen(client.nodes(), wanted)
    node = client.find_node(node_id)
    if node is None:
        raise UserError(f"node: there is no node with the ID {node_id}. See nomad node status.")
    return node


def around(params: Json, client: ObjectsClient, node_id: str) -> tuple[Json, list[Json]]:
    """Of what the node's own record does not tell, what the task has to know."""
    meta = client.node_meta(node_id) if params["meta"] else {}
    if not params["drain"]:
        return meta, []
    allocations, _index = client.node_allocations(node_id)
    return meta, nodes.left(allocations, params["ignore_system_jobs"])


def apply(params: Json, client: ObjectsClient, node_id: str, change: nodes.Change) -> None:
    if change.meta:
        client.set_node_meta(node_id, change.meta)
    if change.strategy:
        client.drain(node_id, change.strategy, False, params["drain_message"] or "")
    elif change.end:
        client.drain(node_id, None, change.eligibility == nodes.ELIGIBLE)
    elif change.eligibility:
        client.set_eligibility(node_id, change.eligibility)


def awaited(params: Json, client: ObjectsClient, node_id: str, result: Json) -> None:
    try:
        drain.until_drained(client, node_id, params["ignore_system_jobs"], params["wait_timeout"])
    except FailedError as error:
        raise type(error)(str(error), {**result, **error.details}) from error


def described(params: Json, node: Json, meta: Json, remaining: list[Json]) -> Json:
    shown: Json = {
        "node_id": node["ID"],
        "name": node["Name"],
        "status": node["Status"],
        "eligibility": node["SchedulingEligibility"],
        "draining": bool(node["DrainStrategy"]),
        "last_drain": node.get("LastDrain"),
    }
    if params["meta"]:
        shown["meta"] = meta
    if params["drain"]:
        shown["allocations"] = [nodes.summary(allocation) for allocation in remaining]
    return shown


def main() -> None:
    entry.execute(AnsibleModule(**SPEC), run, ObjectsClient)


if __name__ == "__main__":
    main()
