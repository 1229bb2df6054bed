#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nomad_job_dispatch
short_description: Run a parameterized Nomad job
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Starts a child of a parameterized job with a payload and meta data, waits until it has ended, and returns its exit
    codes, the end of its output and how long it ran.
  - The module fails when the run fails, and then names the cause.
  - Each dispatch carries an idempotency token, so that a lost answer never makes a second child.
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_nomad
  - mlops.infra._nomad
  - mlops.infra._nomad.mask
attributes:
  check_mode:
    support: full
    details:
      - The payload and the meta data are checked against what the job permits, and Nomad is asked whether it knows a
        child of the token.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - Each run starts a new child, unless O(idempotency_token) or O(idempotency=parameters) leads to one that Nomad
        still knows.
options:
  job_id:
    description: The ID of the parameterized job.
    type: str
    required: true
    aliases: [id, job, name]
  payload:
    description:
      - The payload. Text is sent as it is, all else as JSON.
      - A payload has 16 KiB (16384 bytes) at most.
    type: raw
  payload_base64:
    description: The payload in Base64, for one that is not text.
    type: str
  src:
    description: A file whose bytes are the payload, read on the host where the module runs.
    type: path
  meta:
    description:
      - The meta data. Text is sent as it is, all else as JSON.
    type: dict
    default: {}
  mask:
    description:
      - Regular expressions. The value of each key of O(meta), and of each key of a O(payload) that is a dictionary,
        whose name matches one is hidden wherever Ansible prints, the record of the options included.
      - A O(payload) that is text, and a O(payload_base64), is hidden as a whole where its text matches.
  idempotency_token:
    description:
      - As long as Nomad knows a child that was dispatched with this token, no other is started, and the module waits
        for the end of that one. Nomad looks at the token alone; the module warns where that child's meta data differ.
      - If it is not specified, O(idempotency) decides.
    type: str
  idempotency:
    description:
      - What is done once.
      - V(run) makes a token for each run of the module, so that each starts a child.
      - V(parameters) makes the token out of the job's ID and namespace, the payload and the meta data, so that each set
        of parameters is run once. A child that failed counts as well. It is forgotten when Nomad collects it.
    type: str
    choices: [run, parameters]
    default: run
  priority:
    description:
      - The priority of the child, from 1 to the C(job_max_priority) of the servers, which is 100 by default.
      - If it is not specified, it is the job's.
      - Servers before Nomad 1.10.1 ignore it, and the module refuses it there. It learns that from
        C(/v1/agent/members), for which a token needs C(node:read).
    type: int
  id_prefix_template:
    description: Text that Nomad puts into the ID of the child, after C(dispatch-).
    type: str
  wait:
    description: Whether to wait for the child.
    type: bool
    default: true
  wait_for:
    description:
      - What the child is waited for.
      - V(scheduled) waits until the scheduler has placed it.
      - V(running) waits until its tasks run.
      - V(complete) waits until it has ended well.
    type: str
    choices: [scheduled, running, complete]
    default: complete
  wait_timeout:
    description: How long to wait in all, in seconds. The child runs on when this is over.
    type: int
    default: 3600
  on_unplaceable:
    description:
      - What to do when no node can take the child.
      - V(fail) fails after 5 seconds. The child stays queued and starts as soon as there is room.
      - V(wait) waits for room until O(wait_timeout) is over.
    type: str
    choices: [fail, wait]
    default: fail
  log_lines:
    description: How many of the last lines of each task's output to return, for each of its two streams.
    type: int
    default: 20
seealso:
  - module: mlops.infra.nomad_job
  - module: mlops.infra.nomad_job_action
  - module: mlops.infra.nomad_job_info
"""

EXAMPLES = r"""
- name: Train a model
  mlops.infra.nomad_job_dispatch:
    address: http://127.0.0.1:4646
    job_id: ml-training
    payload:
      epochs: 20
      learning_rate: 0.05
    meta:
      run_name: demo
    wait_timeout: 7200
  register: training

- name: Show how it ended
  ansible.builtin.debug:
    msg: "exit code {{ training.exit_code }} after {{ training.duration }} s: {{ training.logs[0].stdout | last }}"

- name: Start the report of a day once, however often the play runs
  mlops.infra.nomad_job_dispatch:
    job_id: report
    meta:
      day: "2026-11-23"
    idempotency_token: report-2026-11-23
    wait: false

- name: Train each set of parameters once
  mlops.infra.nomad_job_dispatch:
    job_id: ml-training
    payload:
      epochs: 20
      seed: "{{ item }}"
    meta:
      run_name: "seed-{{ item }}"
    idempotency: parameters
  loop: [1, 2, 3]
"""

RETURN = r"""
job_id:
  description: The ID of the parameterized job.
  returned: success
  type: str
  sample: ml-training
dispatched_job_id:
  description: The ID of the child.
  returned: when it was dispatched, or in check mode when Nomad knows a child of the token
  type: str
  sample: ml-training/dispatch-1795412162-2658865c
eval_id:
  description:
    - The evaluation that placed the child, the first one if it had been dispatched before; empty if Nomad has collected
      it.
  returned: when it was dispatched
  type: str
idempotency_token:
  description: The token that the dispatch carried.
  returned: when it was dispatched, or in check mode when it is not made anew each time
  type: str
exit_code:
  description: The first exit code that is not 0, else V(0); V(null) while no task has ended.
  returned: when it was waited for
  type: int
  sample: 0
exit_codes:
  description: The exit code of each task that has ended, by C(group.task).
  returned: when it was waited for
  type: dict
  sample: {train.train: 0}
duration:
  description: How long the tasks ran, from the first start to the last end, in seconds; V(null) while none has ended.
  returned: when it was waited for
  type: float
  sample: 12.34
logs:
  description: The end of the output of each task of the newest allocations.
  returned: when it was waited for and no task failed
  type: list
  elements: dict
  contains:
    allocation:
      description: The ID of the allocation.
      type: str
    group:
      description: The task group.
      type: str
    task:
      description: The task.
      type: str
    stdout:
      description: The last lines of its standard output.
      type: list
      elements: str
    stderr:
      description: The last lines of its standard error.
      type: list
      elements: str
    log_error:
      description: Why there are no lines.
      returned: when they could not be read
      type: str
allocations:
  description: The allocations of the child, with the keys that RV(mlops.infra.nomad_job#module:allocations) has.
  returned: when it was waited for
  type: list
  elements: dict
failures:
  description: The tasks that failed, with the keys that RV(mlops.infra.nomad_job#module:failures) has.
  returned: failure while waiting
  type: list
  elements: dict
"""

import typing as t
import uuid

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import UserError
from ..module_utils._nomad import (
    child,
    dispatch,
    entry,
    filters,
    intake,
    jobspec,
    report,
    watch,
)
from ..module_utils._nomad.options import (
    CONNECTION_OPTIONS,
    MUTUALLY_EXCLUSIVE,
    REQUIRED_TOGETHER,
    WAIT_OPTIONS,
)
from ..module_utils._nomad.runs import RunsClient
from ..module_utils._nomad.secrets import MASK_OPTIONS, Secrets
from ..module_utils._nomad.transport import Json

OPTIONS: dict[str, dict[str, t.Any]] = {
    **WAIT_OPTIONS,
    **MASK_OPTIONS,
    "job_id": {"type": "str", "required": True, "aliases": ["id", "job", "name"]},
    "payload": {"type": "raw"},
    "payload_base64": {"type": "str"},
    "src": {"type": "path"},
    "meta": {"type": "dict", "default": {}},
    "idempotency_token": {"type": "str", "no_log": False},
    "idempotency": {"type": "str", "choices": ["run", "parameters"], "default": "run"},
    "priority": {"type": "int"},
    "id_prefix_template": {"type": "str"},
    "wait_for": {
        "type": "str",
        "choices": ["scheduled", "running", "complete"],
        "default": "complete",
    },
    "wait_timeout": {"type": "int", "default": 3600},
}
SPEC: dict[str, t.Any] = {
    "argument_spec": {**CONNECTION_OPTIONS, **OPTIONS},
    "mutually_exclusive": [*MUTUALLY_EXCLUSIVE, ("payload", "payload_base64", "src")],
    "required_together": REQUIRED_TOGETHER,
    "supports_check_mode": True,
}


def run(module: AnsibleModule, client: RunsClient) -> Json:
    params = module.params
    job_id = params["job_id"]
    module.no_log_values.update(_secrets(params))
    jobspec.check_id(job_id)
    parent = client.find_job(job_id)
    if parent is None:
        raise UserError(f"job_id: there is no job {job_id}. Register it first.")
    request = dispatch.body(parent, _payload(params), params["meta"])
    token = _token(params, parent, request)
    _add_wishes(client, params, request)
    if module.check_mode:
        return _predicted(client, job_id, token)
    result = _dispatched(client, job_id, request, token or str(uuid.uuid4()))
    with watch.kept(result):
        _look_up(module, client, request, result)
        if params["wait"]:
            result.update(_awaited(params, client, result))
    return result


def _secrets(params: Json) -> t.Iterator[str]:
    """What must not be printed, the record of the module's own options included."""
    secrets = Secrets(params["mask"])
    yield from secrets.values({"Meta": params["meta"]})
    yield from secrets.handed_over(params["payload"])
    given = params["payload_base64"] or ""
    if secrets.named(dispatch.decoded(given).decode("utf-8", errors="replace")):
        yield given


def _token(params: Json, parent: Json, request: Json) -> str:
    """Empty where each run has one of its own."""
    given = params["idempotency_token"] or ""
    if params["idempotency"] == "run":
        return given
    if given:
        raise UserError(
            "idempotency: with parameters the token is made out of them. Remove idempotency_token."
        )
    return dispatch.token_of(parent, request)


def _add_wishes(client: RunsClient, params: Json, request: Json) -> None:
    if params["id_prefix_template"]:
        request["IdPrefixTemplate"] = params["id_prefix_template"]
    if params["priority"] is not None:
        dispatch.check_priority(params["priority"], client.server_versions())
        request["Priority"] = params["priority"]


def _predicted(client: RunsClient, job_id: str, token: str) -> Json:
    if not token:
        return {"changed": True, "job_id": job_id}
    mine = (("ParentID", job_id), ("DispatchIdempotencyToken", token))
    expression = filters.both(*(f"{name} == {filters.quoted(value)}" for name, value in mine))
    children = client.list_jobs(expression)
    result: Json = {"changed": not children, "job_id": job_id, "idempotency_token": token}
    if children:
        result["dispatched_job_id"] = children[0]["ID"]
    return result


def _dispatched(client: RunsClient, job_id: str, request: Json, token: str) -> Json:
    answer, sent_again = client.dispatch(job_id, request, token)
    return {
        # A child that was there before has no new evaluation; one whose answer was lost is ours.
        "changed": bool(answer.get("EvalID")) or sent_again,
        "job_id": job_id,
        "dispatched_job_id": answer["DispatchedJobID"],
        "eval_id": answer.get("EvalID") or "",
        "idempotency_token": token,
    }


def _look_up(module: AnsibleModule, client: RunsClient, request: Json, result: Json) -> None:
    """What the answer does not tell of a child that was there before."""
    if result["eval_id"]:
        return
    child_id = result["dispatched_job_id"]
    evaluations, _index = client.evaluations(child_id)
    first = min(evaluations, key=lambda e: int(e["CreateIndex"]), default={"ID": ""})
    result["eval_id"] = first["ID"]
    other = dispatch.other_meta(client.find_job(child_id), request)
    if other:
        module.warn(
            f"Job {child_id} was dispatched before with the token {result['idempotency_token']}, but"
            f" with other meta data: {', '.join(other)}."
        )


def _payload(params: Json) -> bytes:
    if params["src"]:
        return intake.read_bytes(params["src"])
    if params["payload_base64"]:
        return dispatch.decoded(params["payload_base64"])
    if params["payload"] is None:
        return b""
    return dispatch.as_text(params["payload"]).encode()


def _awaited(params: Json, client: RunsClient, result: Json) -> Json:
    run = child.awaited(client, result["dispatched_job_id"], params, result)
    error, allocations = run.error, run.seen.allocations
    if error and error.details["failures"]:
        raise error
    logs = _logs(client, allocations, params["log_lines"])
    if error:
        raise type(error)(str(error), {**error.details, "logs": logs})
    return {**run.end, "logs": logs, "allocations": [report.summary(a) for a in allocations]}


def _logs(client: RunsClient, allocations: list[Json], lines: int) -> list[Json]:
    return [
        {
            "allocation": allocation["ID"],
            "group": allocation["TaskGroup"],
            "task": task,
            **watch.logs(client, allocation["ID"], task, lines),
        }
        for allocation in allocations
        if not allocation.get("NextAllocation")
        for task in sorted(allocation.get("TaskStates") or {})
    ]


def main() -> None:
    entry.execute(AnsibleModule(**SPEC), run, RunsClient)


if __name__ == "__main__":
    main()
