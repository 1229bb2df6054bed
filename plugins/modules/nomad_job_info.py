#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nomad_job_info
short_description: Read Nomad jobs, with their allocations and deployments
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Reads one job with its specification, or a list of jobs with what runs of them.
  - A list takes one request where the servers are Nomad 1.8 or newer, and four with older ones, however many jobs there
    are. One job takes three.
  - A job that is not there is an empty list and no error.
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_nomad
  - mlops.infra._nomad
  - mlops.infra._nomad.mask
attributes:
  check_mode:
    support: full
    details:
      - The module changes nothing.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  name:
    description:
      - The ID of the only job to read.
      - Mutually exclusive with O(prefix) and O(filter).
    type: str
    aliases: [id, job, job_id]
  prefix:
    description: What the IDs of the jobs begin with.
    type: str
  filter:
    description:
      - An expression in Nomad's filter language, such as V(Type == "batch" and Status != "dead"). Its fields are those
        of a job.
    type: str
  namespace:
    description:
      - The namespace of the jobs, or V(*) for all that the token may read.
      - If it is not specified, the environment variable E(NOMAD_NAMESPACE) is used, and Nomad's namespace
        V(default) if that is not set either.
    type: str
  include_children:
    description: Whether a list has the children of parameterized and periodic jobs too.
    type: bool
    default: true
  include:
    description:
      - What to read besides the jobs themselves.
      - V(allocations) and V(deployments) are what Nomad knows of the allocations and of the latest deployment.
      - V(versions) are the versions that Nomad remembers, with their tags. They take a request for each job.
      - V(specification) makes the elements of a list the whole jobs, as they always are with O(name). It takes a
        request for each job.
    type: list
    elements: str
    choices: [allocations, deployments, versions, specification]
    default: [allocations, deployments]
seealso:
  - module: mlops.infra.nomad_job
  - module: mlops.infra.nomad_job_action
  - module: mlops.infra.nomad_job_dispatch
  - module: community.general.nomad_job_info
notes:
  - In place of M(community.general.nomad_job_info) it differs in this. Without O(name), RV(result) has whole jobs only
    with O(include=specification). A job that is not there gives an empty list. Secrets are replaced by digests.
"""

EXAMPLES = r"""
- name: See whether a job is there
  mlops.infra.nomad_job_info:
    name: ml-training
  register: training

- name: Say so
  ansible.builtin.debug:
    msg: "{{ 'registered' if training.result else 'not registered' }}"

- name: Find runs that are going on
  mlops.infra.nomad_job_info:
    prefix: ml-training/
    filter: Status == "running"
  register: runs

- name: List all services of all namespaces without asking for more
  mlops.infra.nomad_job_info:
    namespace: "*"
    filter: Type == "service"
    include: []
"""

RETURN = r"""
result:
  description:
    - The jobs, ordered by namespace and ID.
    - With O(name) or O(include=specification) an element has all keys of Nomad's API, with secrets replaced by digests,
      else the keys that are named here.
  returned: success
  type: list
  elements: dict
  contains:
    ID:
      description: The ID.
      type: str
    Name:
      description: The name.
      type: str
    Namespace:
      description: The namespace.
      type: str
    ParentID:
      description: The ID of the job that this one is a child of, or an empty string.
      type: str
    Type:
      description: V(service), V(batch), V(system) or V(sysbatch).
      type: str
    Status:
      description: V(pending), V(running) or V(dead).
      type: str
    Stop:
      description: Whether it was stopped.
      type: bool
    Priority:
      description: The priority.
      type: int
    Datacenters:
      description: Where it may run.
      type: list
      elements: str
    NodePool:
      description: On which nodes it may run.
      type: str
    SubmitTime:
      description: When it was registered, in nanoseconds since 1970.
      type: int
    ModifyIndex:
      description: When it last changed, as an index of Nomad's.
      type: int
    Allocs:
      description:
        - Its allocations, each with C(ID), C(Group), C(ClientStatus), C(NodeID), C(JobVersion) and C(DeploymentStatus),
          which has C(Canary) and C(Healthy).
      returned: when O(include) has V(allocations)
      type: list
      elements: dict
    LatestDeployment:
      description:
        - Its latest deployment, with C(ID), C(JobVersion), C(Status), C(StatusDescription), C(IsActive) and
          C(RequiresPromotion); V(null) if there is none.
      returned: when O(include) has V(deployments)
      type: dict
    Versions:
      description:
        - The versions that Nomad remembers, the newest first, each with C(Version), C(Stable), C(Stop), C(SubmitTime),
          C(JobModifyIndex) and C(Tag), which is empty if there is none.
      returned: when O(include) has V(versions)
      type: list
      elements: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import ApiError, UserError
from ..module_utils._nomad import entry, filters, jobspec, listing, options
from ..module_utils._nomad.runs import RunsClient
from ..module_utils._nomad.secrets import MASK_OPTIONS, Secrets
from ..module_utils._nomad.transport import Json

OPTIONS: dict[str, dict[str, t.Any]] = {
    **MASK_OPTIONS,
    "name": {"type": "str", "aliases": ["id", "job", "job_id"]},
    "prefix": {"type": "str"},
    "filter": {"type": "str"},
    "include_children": {"type": "bool", "default": True},
    "include": {
        "type": "list",
        "elements": "str",
        "choices": ["allocations", "deployments", "versions", "specification"],
        "default": ["allocations", "deployments"],
    },
}
SPEC: dict[str, t.Any] = {
    "argument_spec": {**options.CONNECTION_OPTIONS, **OPTIONS},
    "mutually_exclusive": [*options.MUTUALLY_EXCLUSIVE, ("name", "prefix"), ("name", "filter")],
    "required_together": options.REQUIRED_TOGETHER,
    "supports_check_mode": True,
}


def run(module: AnsibleModule, client: RunsClient) -> Json:
    params = module.params
    wanted = set(params["include"])
    try:
        found = _found(client, params, wanted)
    except ApiError as error:
        if "filter expression" in error.body or "error finding value" in error.body:
            raise UserError(f"filter: Nomad cannot use it: {error.body}. Correct it.") from error
        raise
    secrets = Secrets(params["mask"])
    module.no_log_values.update(secrets.values(found))
    return {"changed": False, "result": [secrets.job(job) for job in found]}


def _found(client: RunsClient, params: Json, wanted: set[str]) -> list[Json]:
    name, connection = params["name"], options.connection(params)
    if name is None:
        prefix = filters.starting("ID", params["prefix"]) if params["prefix"] else ""
        return _listed(client, params, wanted, filters.both(prefix, params["filter"] or ""))
    jobspec.check_id(name)
    if connection.namespace == "*":
        # Nomad reads a single job out of one namespace only.
        return _listed(client, params, {*wanted, "specification"}, f"ID == {filters.quoted(name)}")
    job = client.find_job(name)
    if job is None:
        return []
    if "allocations" in wanted:
        allocations, _index = client.allocations(name)
        job["Allocs"] = listing.in_order([listing.allocation(a) for a in allocations])
    if "deployments" in wanted:
        job["LatestDeployment"] = listing.deployment(client.find_deployment(name))
    if "versions" in wanted:
        job["Versions"] = [listing.version(v) for v in client.versions(name)]
    return [job]


def _listed(client: RunsClient, params: Json, wanted: set[str], expression: str) -> list[Json]:
    rows = sorted(_rows(client, params, wanted, expression), key=listing.key)
    region = options.connection(params).region
    for row in rows if wanted & {"specification", "versions"} else []:
        client.use(row["Namespace"], region)
        if "specification" in wanted:
            # A job that was purged since the list was made stays as it was in it.
            row.update(client.find_job(row["ID"]) or {})
        if "versions" in wanted:
            row["Versions"] = [listing.version(v) for v in client.versions(row["ID"])]
    return rows


def _rows(client: RunsClient, params: Json, wanted: set[str], expression: str) -> list[Json]:
    children = params["include_children"]
    if wanted & {"allocations", "deployments"}:
        statuses = client.find_statuses(expression, children)
        if statuses is not None:
            return [listing.status(found, wanted) for found in statuses]
    own = "" if children else 'ParentID == ""'
    rows = [listing.row(job) for job in client.list_jobs(filters.both(expression, own))]
    theirs = filters.starting("JobID", params["prefix"]) if params["prefix"] else ""
    if "allocations" in wanted:
        listing.with_allocations(rows, client.list_allocations(theirs))
    if "deployments" in wanted:
        listing.with_deployments(rows, client.list_deployments(theirs))
    return rows


def main() -> None:
    entry.execute(AnsibleModule(**SPEC), run, RunsClient)


if __name__ == "__main__":
    main()
