#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nomad_job_action
short_description: Scale, restart, revert or evaluate a Nomad job, and steer its deployment
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Does something to a registered job without its jobspec, and waits until the job has come up again.
  - When it does not come up, the message names the cause, and the result has the events, the exit codes and the last
    log lines of the tasks that failed.
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_nomad
  - mlops.infra._nomad
  - mlops.infra._nomad.mask
attributes:
  check_mode:
    support: full
    details:
      - The job is read and what Nomad would refuse is refused.
  diff_mode:
    support: partial
    details:
      - O(action=scale) and O(action=revert) have a diff.
  idempotent:
    support: partial
    details:
      - O(action=restart) and O(action=evaluate) act each time. All others change nothing when the job or its deployment
        is as wanted already.
options:
  action:
    description:
      - V(scale) gives a group another O(count).
      - V(restart) restarts the tasks that run, O(batch_size) allocations at a time.
      - V(revert) registers an earlier version again, as a new version. A job that is the same as that version already
        is unchanged.
      - V(evaluate) makes the scheduler look at the job again.
      - V(promote) promotes the canaries of the latest deployment.
      - V(fail) marks the latest deployment as failed. Nomad then goes back to the last stable version if the job has
        C(auto_revert).
      - V(pause) and V(resume) hold the latest deployment and let it go on.
    type: str
    required: true
    choices: [scale, restart, revert, evaluate, promote, fail, pause, resume]
  job_id:
    description: The ID of the job.
    type: str
    required: true
    aliases: [id, job, name]
  group:
    description:
      - The task group that is scaled, or the only one that is restarted or promoted.
      - It need not be named for O(action=scale) when the job has one group.
    type: str
  count:
    description:
      - How many allocations the group shall have. Required if O(action=scale).
      - Nomad refuses to scale while a deployment is going on. With O(wait=true) the module waits for its end first, and
        fails at once where it does not end by itself, because it is paused or awaits promotion.
    type: int
  task:
    description: The only task that is restarted. If it is not specified, all tasks that run are.
    type: str
  batch_size:
    description:
      - How many allocations are restarted at a time, as a number or as a share like V(25%).
      - If it is not specified, it is one.
    type: str
  batch_wait:
    description:
      - How long to wait between two batches, in seconds. A batch that is not well any more after it ends the restart.
      - If it is not specified, the next batch follows at once.
    type: int
  version:
    description:
      - The version that O(action=revert) goes back to.
      - Mutually exclusive with O(version_tag). One of the two is required if O(action=revert).
    type: int
  version_tag:
    description:
      - The tag of the version that O(action=revert) goes back to. Nomad has tags from version 1.9 on.
    type: str
  force_reschedule:
    description:
      - Whether O(action=evaluate) starts failed allocations again that the reschedule policy of their group would start
        later, or not any more. Groups that have rescheduling switched off stay as they are.
    type: bool
  wait:
    description:
      - Whether to wait.
      - After O(action=scale), O(action=revert), O(action=promote) and O(action=resume) it is for the deployment to
        succeed, and where there is none for the tasks to run. After O(action=evaluate) it is for the scheduler, with
        O(force_reschedule=true) for the tasks to run.
      - A restarted allocation must run for the C(min_healthy_time) of its group, and the checks that Nomad itself makes
        must have succeeded since. Checks that Consul makes are not looked at. Without waiting, all allocations are
        restarted one right after the other.
      - O(action=promote) waits for the canaries to be healthy first.
      - O(action=fail) and O(action=pause) are not waited for.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait in all, in seconds.
    type: int
    default: 300
  on_unplaceable:
    description:
      - What to do when no node can take an allocation.
      - V(fail) fails after 5 seconds. The allocation stays queued and starts as soon as there is room.
      - V(wait) waits for room until O(wait_timeout) is over.
    type: str
    choices: [fail, wait]
    default: fail
  log_lines:
    description: How many of the last lines of a failed task's output to return, for each of its two streams.
    type: int
    default: 20
seealso:
  - module: mlops.infra.nomad_job
  - module: mlops.infra.nomad_job_dispatch
  - module: mlops.infra.nomad_job_info
"""

EXAMPLES = r"""
- name: Run three of the frontend
  mlops.infra.nomad_job_action:
    job_id: web
    action: scale
    group: frontend
    count: 3

- name: Restart a quarter of it at a time
  mlops.infra.nomad_job_action:
    job_id: web
    action: restart
    group: frontend
    batch_size: 25%
    batch_wait: 10

- name: Go back to the version that was tagged
  mlops.infra.nomad_job_action:
    job_id: web
    action: revert
    version_tag: before-the-change

- name: Promote the canaries as soon as they are healthy
  mlops.infra.nomad_job_action:
    job_id: web
    action: promote

- name: Start what had failed too often
  mlops.infra.nomad_job_action:
    job_id: web
    action: evaluate
    force_reschedule: true
"""

RETURN = r"""
job_id:
  description: The ID of the job.
  returned: success
  type: str
  sample: web
action:
  description: What was asked for.
  returned: success
  type: str
  sample: scale
version:
  description: The version of the job at the end; in check mode and when nothing changed, as it was found.
  returned: success
  type: int
  sample: 3
eval_id:
  description: The evaluation that the action created; empty if there was none or Nomad's answer was lost.
  returned: success
  type: str
group:
  description: The group that was scaled.
  returned: when O(action=scale)
  type: str
  sample: frontend
count:
  description: How many allocations it is meant to have.
  returned: when O(action=scale)
  type: int
  sample: 3
previous_count:
  description: How many it was meant to have before.
  returned: when O(action=scale)
  type: int
  sample: 2
reverted_to:
  description: The version whose specification the job has.
  returned: when O(action=revert)
  type: int
  sample: 1
groups:
  description: The groups that were promoted.
  returned: when O(action=promote)
  type: list
  elements: str
reverted_job_version:
  description: The version that Nomad goes back to; V(null) if it stays.
  returned: when O(action=fail)
  type: int
deployment:
  description: The deployment that was steered or waited for, with the keys of Nomad's API.
  returned: when there is one
  type: dict
allocations:
  description:
    - The allocations that were restarted or waited for, with the keys that
      RV(mlops.infra.nomad_job#module:allocations) has. In check mode those that would be restarted.
  returned: when O(action=restart), or when it was waited for
  type: list
  elements: dict
failures:
  description: The tasks that failed, with the keys that RV(mlops.infra.nomad_job#module:failures) has.
  returned: failure while waiting
  type: list
  elements: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import UserError
from ..module_utils._nomad import actions, entry, jobspec, report, rolling, watch
from ..module_utils._nomad.acting import Act
from ..module_utils._nomad.options import (
    CONNECTION_OPTIONS,
    MUTUALLY_EXCLUSIVE,
    REQUIRED_TOGETHER,
    WAIT_OPTIONS,
)
from ..module_utils._nomad.restart import Roll
from ..module_utils._nomad.runs import RunsClient
from ..module_utils._nomad.secrets import MASK_OPTIONS, Secrets
from ..module_utils._nomad.transport import Json
from ..module_utils._outcome import as_diff

OPTIONS: dict[str, dict[str, t.Any]] = {
    **WAIT_OPTIONS,
    **MASK_OPTIONS,
    "action": {
        "type": "str",
        "required": True,
        "choices": ["scale", "restart", "revert", "evaluate", *actions.DEPLOYMENT_ACTIONS],
    },
    "job_id": {"type": "str", "required": True, "aliases": ["id", "job", "name"]},
    "group": {"type": "str"},
    "count": {"type": "int"},
    "task": {"type": "str"},
    "batch_size": {"type": "str"},
    "batch_wait": {"type": "int"},
    "version": {"type": "int"},
    "version_tag": {"type": "str"},
    "force_reschedule": {"type": "bool"},
    "wait_timeout": {"type": "int", "default": 300},
}
SPEC: dict[str, t.Any] = {
    "argument_spec": {**CONNECTION_OPTIONS, **OPTIONS},
    "mutually_exclusive": [*MUTUALLY_EXCLUSIVE, ("version", "version_tag")],
    "required_together": REQUIRED_TOGETHER,
    "required_if": [
        ("action", "scale", ("count",)),
        ("action", "revert", ("version", "version_tag"), True),
    ],
    "supports_check_mode": True,
}


def run(module: AnsibleModule, client: RunsClient) -> Json:
    params = module.params
    job_id, action = params["job_id"], params["action"]
    jobspec.check_id(job_id)
    actions.check_options(action, params)
    job = client.find_job(job_id)
    if job is None:
        raise UserError(f"job_id: there is no job {job_id}. Register it first.")
    result: Json = {
        "changed": False,
        "job_id": job_id,
        "action": action,
        "version": job["Version"],
        "eval_id": "",
    }
    act = Act(client, job, result, watch.Patience.of(params), params["wait"], module.warn)
    {
        "scale": scale,
        "restart": restart,
        "revert": revert,
        "evaluate": evaluate,
    }.get(action, steer)(module, act)
    return result


def scale(module: AnsibleModule, act: Act) -> None:
    count = module.params["count"]
    group = actions.group_of(act.job, module.params["group"])
    actions.check_count(act.job, group, count)
    name, before = str(group["Name"]), actions.count_of(group)
    act.result.update(changed=before != count, group=name, count=count, previous_count=before)
    if module._diff and before != count:
        act.result["diff"] = as_diff(
            {"group": name, "count": before}, {"group": name, "count": count}
        )
    if module.check_mode:
        return
    if before == count:
        act.settle()
        return
    act.await_free()

    def arrived() -> bool:
        found = act.client.find_job(act.job_id) or act.job
        return actions.count_of(actions.group_of(found, name)) == count

    act.sent(lambda: act.client.scale(act.job_id, name, count, act.job["JobModifyIndex"]), arrived)
    act.come_up()


def revert(module: AnsibleModule, act: Act) -> None:
    params = module.params
    secrets = Secrets(params["mask"])
    versions = act.client.versions(act.job_id)
    wanted = actions.version_of(act.job_id, versions, params["version"], params["version_tag"])
    before, after = actions.specification(versions[0]), actions.specification(wanted)
    module.no_log_values.update(secrets.values([before, after]))
    act.result.update(changed=before != after, reverted_to=wanted["Version"])
    if before == after:
        if not module.check_mode:
            act.settle()
        return
    actions.check_revert(act.job_id, wanted)
    if module._diff:
        act.result["diff"] = as_diff(secrets.job(before), secrets.job(after))
    if module.check_mode:
        return

    def arrived() -> bool:
        return actions.specification(act.client.find_job(act.job_id) or act.job) == after

    number, current = wanted["Version"], versions[0]["Version"]
    act.sent(lambda: act.client.revert(act.job_id, number, current), arrived)
    act.come_up()


def evaluate(module: AnsibleModule, act: Act) -> None:
    actions.check_evaluable(act.job)
    act.result["changed"] = True
    if module.check_mode:
        return
    force = bool(module.params["force_reschedule"])
    act.result["eval_id"] = act.client.evaluate_job(act.job_id, force)["EvalID"]
    act.come_up("running" if force else "scheduled")


def restart(module: AnsibleModule, act: Act) -> None:
    params = module.params
    group, task = params["group"], params["task"]
    if group is not None:
        actions.group_of(act.job, group)
    rolling.check_task(act.job, group, task)
    allocations, _index = act.client.allocations(act.job_id)
    found = rolling.candidates(allocations, group, task)
    batches = rolling.batches(found, params["batch_size"] or "1")
    if module.check_mode:
        chosen = {candidate.id for candidate in found}
        shown = [report.summary(a) for a in allocations if a["ID"] in chosen]
        act.result.update(changed=bool(found), allocations=shown)
        return
    roll = Roll(act.client, act.job, task or "", act.patience)
    roll.run(batches, params["wait"], params["batch_wait"] or 0)
    act.result.update(roll.result)


def steer(module: AnsibleModule, act: Act) -> None:
    action, client = act.result["action"], act.client

    def look() -> tuple[bool, list[str], Json | None]:
        found = client.find_deployment(act.job_id)
        groups: list[str] = []
        if action == "promote":
            groups = actions.to_promote(act.job_id, found, module.params["group"])
        return actions.deployment_changes(action, act.job_id, found, groups), groups, found

    changed, groups, deployment = look()
    act.result.update(changed=changed, deployment=deployment)
    if action == "promote":
        act.result["groups"] = groups
    if not changed or module.check_mode or deployment is None:
        return
    if action == "promote":
        act.await_canaries(deployment, groups)
    calls: dict[str, t.Callable[[str], Json]] = {
        "promote": lambda own: client.promote_groups(own, groups),
        "fail": client.fail_deployment,
        "pause": lambda own: client.pause_deployment(own, True),
        "resume": lambda own: client.pause_deployment(own, False),
    }
    act.sent(lambda: calls[action](deployment["ID"]), lambda: not look()[0])
    with watch.kept(act.result):
        found, _index = client.deployments(act.job_id)
    # A failed one may have been followed by another already.
    own = [d for d in found if d["ID"] == deployment["ID"]]
    act.result["deployment"] = own[0] if own else deployment
    if action in ("promote", "resume"):
        act.come_up()


def main() -> None:
    entry.execute(AnsibleModule(**SPEC), run, RunsClient)


if __name__ == "__main__":
    main()
