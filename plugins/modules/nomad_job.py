#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nomad_job
short_description: Register, update and stop Nomad jobs
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Registers a job from a jobspec in HCL, in JSON or as a dictionary, and waits until it does what it should.
  - Whether a job changed is found by Nomad's own plan, by the state of the job, and by a comparison of what the plan
    leaves out (the C(spread) blocks of a job). An unchanged job is not registered again and gets no new evaluation.
  - A job is registered only over the version that was compared. When somebody else changed it meanwhile, it is
    compared once more, and the module fails if that happens twice.
  - When a job does not come up, the message names the cause, and the result has the events, the exit codes and the
    last log lines of the tasks that failed.
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_nomad
  - mlops.infra._nomad
attributes:
  check_mode:
    support: full
    details:
      - The prediction comes from Nomad's plan and includes what the plan allows but registering refuses, such as
        another type for an existing job.
  diff_mode:
    support: full
    details:
      - The diff is the annotated plan that C(nomad job plan) shows.
  idempotent:
    support: full
    details:
      - A jobspec that gives another result each time it is parsed, as one that calls C(uuidv4), is changed each time.
options:
  state:
    description:
      - V(present) registers the job, and starts it again if it was stopped.
      - V(absent) stops the job. Nomad keeps it and its history until it collects its garbage, unless O(purge=true).
    type: str
    choices: [present, absent]
    default: present
  jobspec:
    description:
      - The job, as HCL text, as JSON text, or as a dictionary.
      - JSON and dictionaries are either what Nomad's API takes, with or without an outer C(Job), or HCL's JSON shape
        with an outer C(job). Durations like C(30s) and O(variables) work in the latter only.
      - Mutually exclusive with O(src).
    type: raw
    aliases: [content]
  src:
    description:
      - A file with the jobspec, read on the host where the module runs.
    type: path
  content_format:
    description:
      - The format of a jobspec that is given as text. V(auto) takes text that begins with C({) for JSON.
    type: str
    choices: [auto, hcl, json]
    default: auto
  variables:
    description:
      - Values of the variables that the jobspec declares, with the types that they have in the play.
      - A variable that the jobspec does not declare is an error.
    type: dict
    default: {}
  job_id:
    description:
      - The ID of the job, to stop a job without its jobspec.
      - Together with a jobspec, it must be the ID of its job.
    type: str
    aliases: [id, name]
  check_index:
    description:
      - Change the job only if its C(JobModifyIndex) is this one. V(0) means that the job must not be registered yet.
    type: int
  purge:
    description:
      - With O(state=absent), remove the job and its history from Nomad at once.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until the job does what it should, or until nothing of it runs any more.
    type: bool
    default: true
  wait_for:
    description:
      - What a job is waited for.
      - V(auto) waits for the deployment of a service or system job to succeed, and where there is no deployment and
        for batch jobs as V(running). A deployment whose canaries are healthy and wait for promotion is done, with a
        warning. Periodic and parameterized jobs only run later, so they are not waited for.
      - V(scheduled) waits until the scheduler has placed it.
      - V(running) waits until the tasks of each group run or have ended well.
      - V(healthy) waits for the deployment, with its promotion.
      - V(promotion_ready) waits until the canaries are healthy, or the deployment succeeded.
      - V(complete) waits until a batch job has ended well.
    type: str
    choices: [auto, scheduled, running, healthy, promotion_ready, complete]
    default: auto
  wait_timeout:
    description:
      - How long to wait in all, in seconds.
    type: int
    default: 300
  on_unplaceable:
    description:
      - What to do when no node can take the job.
      - V(fail) fails after 5 seconds. When the plan shows it, nothing is registered and what ran before runs on.
      - V(wait) registers the job and waits for room until O(wait_timeout) is over.
      - With O(wait=false) the job is registered and there is a warning.
    type: str
    choices: [fail, wait]
    default: fail
  log_lines:
    description:
      - How many of the last lines of a failed task's output to return, for each of its two streams.
    type: int
    default: 20
  mask:
    description:
      - Regular expressions. The value of each environment variable, meta key and driver option whose name matches one
        is replaced by a digest in results and diffs, and so is a template whose text matches.
    type: list
    elements: str
    default:
      - passw(or)?d
      - passphrase
      - secret
      - token
      - credential
      - api_?key
      - access_?key
      - private_?key
seealso:
  - module: mlops.infra.nomad_job_action
  - module: mlops.infra.nomad_job_dispatch
  - module: mlops.infra.nomad_job_info
"""

EXAMPLES = r"""
- name: Run a service and wait until it is healthy
  mlops.infra.nomad_job:
    address: http://127.0.0.1:4646
    src: jobs/web.nomad.hcl
    variables:
      replicas: 3
      tags: [web, public]

- name: Register a parameterized job from a dictionary
  mlops.infra.nomad_job:
    jobspec:
      job:
        report:
          type: batch
          parameterized:
            payload: optional
          group:
            report:
              task:
                report:
                  driver: docker
                  config:
                    image: example/report:1.0

- name: Run a batch job to its end
  mlops.infra.nomad_job:
    jobspec: "{{ lookup('ansible.builtin.file', 'jobs/import.nomad.hcl') }}"
    wait_for: complete
    wait_timeout: 3600

- name: See what an update would do
  mlops.infra.nomad_job:
    src: jobs/web.nomad.hcl
  check_mode: true
  diff: true

- name: Stop a job and forget it
  mlops.infra.nomad_job:
    job_id: web
    state: absent
    purge: true
"""

RETURN = r"""
job_id:
  description: The ID of the job.
  returned: always
  type: str
  sample: web
namespace:
  description: The namespace of the job.
  returned: when the job exists or O(state=present)
  type: str
  sample: default
job:
  description:
    - The job as the server has it at the end, with the keys of Nomad's API and secrets replaced by digests.
    - In check mode, and when nothing changed, as it was found; empty if there is none.
  returned: success
  type: dict
version:
  description: The version of the job, counted from 0.
  returned: when the job exists
  type: int
  sample: 3
modify_index:
  description: The C(JobModifyIndex) of the job, for O(check_index).
  returned: when the job exists
  type: int
  sample: 142
eval_id:
  description: The evaluation that the change created, or an empty string if there was none.
  returned: always
  type: str
deployment:
  description: The deployment that was waited for, with the keys of Nomad's API.
  returned: always; V(null) if there was none to wait for
  type: dict
allocations:
  description: The allocations of the version that was waited for. An unchanged job's are not asked for.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The ID.
      type: str
    name:
      description: The name, such as C(web.frontend[0]).
      type: str
    group:
      description: The task group.
      type: str
    node:
      description: The name of the node.
      type: str
    job_version:
      description: The version of the job that it runs.
      type: int
    status:
      description: V(pending), V(running), V(complete), V(failed), V(lost) or V(unknown).
      type: str
    desired_status:
      description: What Nomad wants of it, V(run), V(stop) or V(evict).
      type: str
    exit_codes:
      description: The last exit code of each task that has ended.
      type: dict
plan:
  description: Nomad's answer to the plan, with the keys of its API and secrets replaced by digests.
  returned: when O(state=present)
  type: dict
reasons:
  description: Why the job counts as changed.
  returned: when O(state=present)
  type: list
  elements: str
  sample: [the plan has a diff]
drift:
  description:
    - What Nomad would do to the allocations of a job that itself is unchanged, for instance start one that was stopped
      by hand. This is not done.
  returned: when O(state=present)
  type: dict
  sample: {Place: 1}
next_periodic_launch:
  description: When a periodic job starts next, as RFC 3339.
  returned: for periodic jobs that the plan knows it of
  type: str
failures:
  description: The tasks that failed, those that tell most first.
  returned: failure while waiting
  type: list
  elements: dict
  contains:
    allocation:
      description: The ID of the allocation.
      type: str
    node:
      description: The name of the node.
      type: str
    group:
      description: The task group.
      type: str
    task:
      description: The task.
      type: str
    status:
      description: The status of the allocation.
      type: str
    cause:
      description: What went wrong.
      type: str
    exit_code:
      description: The last exit code; V(null) if no process ended.
      type: int
    signal:
      description: The signal that ended the process, or V(0).
      type: int
    oom_killed:
      description: Whether it was killed for want of memory.
      type: bool
    restarts:
      description: How often the task was restarted.
      type: int
    events:
      description: The last events, each with C(time), C(type) and C(message).
      type: list
      elements: dict
    stdout:
      description: The last lines of its standard output.
      type: list
      elements: str
    stderr:
      description: The last lines of its standard error.
      type: list
      elements: str
    log_error:
      description: Why there are no log lines.
      returned: when they could not be read
      type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import ConflictError, FailedError, MlopsError, UserError
from ..module_utils._nomad import (
    annotate,
    entry,
    intake,
    options,
    plan,
    report,
    submit,
    wait,
    watch,
)
from ..module_utils._nomad.client import Json, NomadClient
from ..module_utils._nomad.secrets import DEFAULT_PATTERNS, Secrets
from ..module_utils._outcome import MASKED, as_diff

OPTIONS: dict[str, dict[str, t.Any]] = {
    **options.WAIT_OPTIONS,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "jobspec": {"type": "raw", "aliases": ["content"]},
    "src": {"type": "path"},
    "content_format": {"type": "str", "choices": ["auto", "hcl", "json"], "default": "auto"},
    "variables": {"type": "dict", "default": {}},
    "job_id": {"type": "str", "aliases": ["id", "name"]},
    "check_index": {"type": "int"},
    "purge": {"type": "bool", "default": False},
    "wait_for": {"type": "str", "choices": list(wait.GOALS), "default": "auto"},
    "wait_timeout": {"type": "int", "default": 300},
    "mask": {"type": "list", "elements": "str", "default": list(DEFAULT_PATTERNS)},
}


def run(module: AnsibleModule, client: NomadClient) -> Json:
    secrets = Secrets(module.params["mask"])
    # Hidden wherever ansible-core prints, the record of this module's own options included.
    module.no_log_values.update(secrets.values({"Meta": module.params["variables"]}))
    try:
        job = intake.job(client, module.params, options.connection(module.params), secrets)
    except MlopsError:
        # Which of its values are secret is only known of a jobspec that could be read.
        module.params["jobspec"] = module.params["jobspec"] and MASKED
        raise
    module.no_log_values.update(secrets.values(job))
    if module.params["state"] == "absent":
        return absent(module, client, secrets, str(job["ID"]))
    problem = wait.goal_problem(job, module.params["wait_for"])
    if problem and not plan.only_children_run(job):
        raise UserError(f"wait_for: {problem}")
    try:
        return present(module, client, secrets, job)
    except ConflictError:
        # Compared once more with what is there now; a check_index that no longer fits stays one.
        return present(module, client, secrets, job)


# Present


def present(module: AnsibleModule, client: NomadClient, secrets: Secrets, job: Json) -> Json:
    observed = client.find_job(job["ID"])
    submit.check(job, observed, module.params["check_index"])
    planned = submit.planned(client, job, observed)
    change = plan.decide(job, observed, planned)
    for line in submit.notices(job, planned, change, module.params["wait"]):
        module.warn(line)
    result = _described(secrets, job, observed, planned, change)
    if module._diff and change:
        result["diff"] = {"prepared": _annotated(job, observed, result["plan"], change)}
    _refuse_unplaceable(module, client, job, change)
    if module.check_mode:
        return result
    if change:
        before = submit.index_of(observed)
        registration = submit.registered(client, job, before)
        observed = client.find_job(job["ID"])
        # Nomad may find nothing new in what its own plan called a difference.
        result["changed"] = submit.index_of(observed) != before
        result["eval_id"] = registration.eval_id
        _refuse_overtaken(module, job, submit.overtaken(registration, observed))
    if module.params["wait"] and (change or wait.unsettled(observed)):
        with watch.kept({"changed": result["changed"], "job_id": job["ID"]}):
            result.update(_awaited(module, client, observed or job, result))
        observed = client.find_job(job["ID"])
    return {**result, **_read_back(secrets, observed)}


def _refuse_overtaken(module: AnsibleModule, job: Json, problem: str) -> None:
    if problem and module.params["wait"]:
        raise FailedError(f"Job {job['ID']}: {problem}.", {"changed": True, "job_id": job["ID"]})
    if problem:
        module.warn(f"Job {job['ID']}: {problem}.")


def _refuse_unplaceable(
    module: AnsibleModule, client: NomadClient, job: Json, change: plan.Change
) -> None:
    """Leave what runs alone when the new job could not run."""
    params = module.params
    if not change or not params["wait"] or params["on_unplaceable"] == "wait":
        return
    if plan.only_children_run(job):
        return
    groups = submit.still_unplaceable(client, job, change.unplaceable)
    if groups:
        raise FailedError(
            f"Job {job['ID']} was not registered: {report.unplaceable(groups)}. Ask for less, make"
            " room, or set on_unplaceable to wait.",
            {"changed": False, "job_id": job["ID"], "unplaceable": groups},
        )


def _described(
    secrets: Secrets, job: Json, observed: Json | None, planned: Json, change: plan.Change
) -> Json:
    result: Json = {
        "changed": bool(change),
        "job_id": job["ID"],
        "namespace": job.get("Namespace") or (observed or {}).get("Namespace") or "default",
        "eval_id": "",
        "deployment": None,
        "allocations": [],
        "plan": secrets.plan(planned),
        "reasons": list(change.reasons),
        "drift": change.drift,
        **_read_back(secrets, observed),
    }
    if planned.get("NextPeriodicLaunch"):
        result["next_periodic_launch"] = planned["NextPeriodicLaunch"]
    return result


def _annotated(job: Json, observed: Json | None, shown: Json, change: plan.Change) -> str:
    forgotten = plan.forgotten(job, observed) if observed else {}
    problem = report.unplaceable(change.unplaceable) if change.unplaceable else ""
    return annotate.annotated(shown, forgotten, problem)


def _read_back(secrets: Secrets, observed: Json | None) -> Json:
    if observed is None:
        return {"job": {}}
    return {
        "job": secrets.job(observed),
        "version": observed["Version"],
        "modify_index": observed["JobModifyIndex"],
    }


def _awaited(module: AnsibleModule, client: NomadClient, job: Json, result: Json) -> Json:
    if plan.only_children_run(job):
        return {}
    params = module.params
    patience = watch.Patience.of(params)
    aim = wait.target(job, result["eval_id"])
    goal = params["wait_for"] if result["changed"] else _goal_of_unchanged(module, client, aim)
    verdict, seen = watch.until(client, goal, aim, patience)
    if verdict.outcome != wait.DONE:
        error = watch.failure(client, aim, goal, verdict, seen, patience)
        raise type(error)(str(error), {**error.details, "changed": result["changed"]})
    if verdict.note:
        module.warn(f"Job {job['ID']}: {verdict.note}")
    own = wait.own_allocations(aim, seen.allocations)
    return {
        "deployment": wait.own_deployment(aim, seen.deployments),
        "allocations": [report.summary(a) for a in own],
    }


def _goal_of_unchanged(module: AnsibleModule, client: NomadClient, aim: wait.Target) -> str:
    """Nomad never takes up a failed deployment again, but the job may have recovered since."""
    deployments, _index = client.deployments(aim.job_id)
    own = wait.own_deployment(aim, deployments)
    if own is None or own["Status"] not in ("failed", "cancelled"):
        return str(module.params["wait_for"])
    module.warn(f"Job {aim.job_id} is unchanged since its deployment {own['Status']}.")
    return "running"


# Absent


def absent(module: AnsibleModule, client: NomadClient, secrets: Secrets, job_id: str) -> Json:
    observed = client.find_job(job_id)
    purge = module.params["purge"]
    changed = observed is not None and (purge or not observed.get("Stop"))
    result: Json = {
        "changed": changed,
        "job_id": job_id,
        "eval_id": "",
        "deployment": None,
        "allocations": [],
        **_read_back(secrets, observed),
    }
    if observed:
        result["namespace"] = observed["Namespace"]
    if module._diff and changed:
        result["diff"] = as_diff(_standing(observed, False), _standing(observed, True, purge))
    if not changed or module.check_mode:
        return result
    result["eval_id"] = client.deregister(job_id, purge).get("EvalID") or ""
    if module.params["wait"]:
        with watch.kept({"changed": True, "job_id": job_id}):
            watch.until_stopped(client, job_id, module.params["wait_timeout"])
    return {**result, **_read_back(secrets, client.find_job(job_id))}


def _standing(observed: Json | None, after: bool, purge: bool = False) -> Json | None:
    if observed is None or (after and purge):
        return None
    return {"job": observed["ID"], "stopped": after or bool(observed.get("Stop"))}


def main() -> None:
    module = AnsibleModule(
        argument_spec={**options.CONNECTION_OPTIONS, **OPTIONS},
        mutually_exclusive=[*options.MUTUALLY_EXCLUSIVE, ("jobspec", "src")],
        required_together=options.REQUIRED_TOGETHER,
        required_one_of=[("jobspec", "src", "job_id")],
        required_if=[("state", "present", ("jobspec", "src"), True)],
        supports_check_mode=True,
    )
    entry.execute(module, run, NomadClient)


if __name__ == "__main__":
    main()
