#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
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
  - module: mlops.infra.nomad_job_dispatch
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

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..module_utils._errors import ApiError, ConflictError, FailedError, MlopsError, UserError
from ..module_utils._nomad import annotate, jobspec, plan, report, wait, watch
from ..module_utils._nomad.client import IMPORT_ERROR, Json, NomadClient, UnavailableError, connect
from ..module_utils._nomad.options import (
    CONNECTION_OPTIONS,
    MUTUALLY_EXCLUSIVE,
    REQUIRED_TOGETHER,
    connection,
)
from ..module_utils._nomad.secrets import DEFAULT_PATTERNS, Secrets
from ..module_utils._outcome import as_diff
from ..module_utils._wait import clock

OPTIONS: dict[str, dict[str, t.Any]] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "jobspec": {"type": "raw", "aliases": ["content"]},
    "src": {"type": "path"},
    "content_format": {"type": "str", "choices": ["auto", "hcl", "json"], "default": "auto"},
    "variables": {"type": "dict", "default": {}},
    "job_id": {"type": "str", "aliases": ["id", "name"]},
    "check_index": {"type": "int"},
    "purge": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_for": {"type": "str", "choices": list(wait.GOALS), "default": "auto"},
    "wait_timeout": {"type": "int", "default": 300},
    "on_unplaceable": {"type": "str", "choices": ["fail", "wait"], "default": "fail"},
    "log_lines": {"type": "int", "default": 20},
    "mask": {"type": "list", "elements": "str", "default": list(DEFAULT_PATTERNS)},
}


def run(module: AnsibleModule, client: NomadClient) -> Json:
    secrets = Secrets(module.params["mask"])
    job = desired(module, client, secrets)
    if module.params["state"] == "absent":
        return absent(module, client, secrets, str(job["ID"]))
    problem = wait.goal_problem(job, module.params["wait_for"])
    if problem and not plan.only_children_run(job):
        raise UserError(f"wait_for: {problem}")
    try:
        return present(module, client, secrets, job)
    except ConflictError:
        if module.params["check_index"] is not None:
            raise
        return present(module, client, secrets, job)


def desired(module: AnsibleModule, client: NomadClient, secrets: Secrets) -> Json:
    """The job that the user asked for; for a job that shall go its ID is enough."""
    params = module.params
    given = connection(params)
    asked = jobspec.Scope(params["namespace"] or "", params["region"] or "")
    environment = jobspec.Scope(given.namespace, given.region)
    text = _source(params)
    job: Json = {"ID": params["job_id"]}
    if text is not None:
        job = _parsed(client, jobspec.read(text, params["content_format"]), params, secrets)
    if params["job_id"] not in (None, job["ID"]):
        raise UserError(f"job_id: it is {params['job_id']!r}, but the jobspec's is {job['ID']!r}.")
    where = jobspec.scope(job, asked, environment)
    client.use(where.namespace, where.region)
    job = jobspec.prepared(job, where)
    # Hidden wherever ansible-core prints, the record of this module's own options included.
    module.no_log_values.update(secrets.values(job))
    return job


def _source(params: Json) -> t.Any:
    if not params["src"]:
        return params["jobspec"]
    if not os.path.isfile(params["src"]):
        raise UserError(f"src: there is no file {params['src']} where the module runs.")
    with open(params["src"], encoding="utf-8") as file:
        return file.read()


def _parsed(client: NomadClient, spec: jobspec.Jobspec, params: Json, secrets: Secrets) -> Json:
    variables = jobspec.variables_text(spec, params["variables"])
    if spec.job is not None:
        return spec.job
    try:
        return client.parse(spec.source, variables)
    except ApiError as error:
        if error.status != 400:
            raise
        text = jobspec.explain_parse_error(error.body, spec.source, secrets.named)
        raise UserError(text) from error


# Present


def present(module: AnsibleModule, client: NomadClient, secrets: Secrets, job: Json) -> Json:
    observed = client.find_job(job["ID"])
    _refuse_early(module, job, observed)
    planned = _planned(client, job)
    if _index(observed) != (planned.get("JobModifyIndex") or 0):
        raise ConflictError(_modified(job["ID"]))
    change = plan.decide(job, observed, planned)
    result = _described(module, secrets, job, observed, planned, change)
    _warn(module, job, planned, change)
    if not change or module.check_mode:
        return result
    _refuse_unplaceable(module, client, job, change)
    eval_id = _registered(client, job, _index(observed))
    result.update(eval_id=eval_id)
    result.update(_awaited(module, client, job, eval_id))
    return {**result, **_read_back(secrets, client.find_job(job["ID"]))}


def _index(observed: Json | None) -> int:
    return int((observed or {}).get("JobModifyIndex") or 0)


def _modified(job_id: str) -> str:
    return (
        f"Job {job_id} was modified concurrently: somebody else registered or stopped it while it"
        " was compared. Run the task again to compare with what is there now."
    )


def _refuse_early(module: AnsibleModule, job: Json, observed: Json | None) -> None:
    wanted = module.params["check_index"]
    if wanted is not None and wanted != _index(observed):
        raise ConflictError(
            f"check_index: job {job['ID']} has the index {_index(observed)}, not {wanted}: it was"
            " modified since. See what changed, and give the new index."
        )
    problem = plan.forbidden_transition(job, observed)
    if problem:
        raise UserError(
            f"Job {job['ID']} is registered, and {problem}. Remove it first with state: absent and"
            " purge: true, or give the job another ID."
        )


def _planned(client: NomadClient, job: Json) -> Json:
    try:
        return client.plan(job)
    except ApiError as error:
        problems = jobspec.explain_invalid(error.body)
        if isinstance(error, UnavailableError) or error.status not in (400, 500) or not problems:
            raise
        raise UserError(f"Nomad does not accept job {job['ID']}: {problems}.") from error


def _described(
    module: AnsibleModule,
    secrets: Secrets,
    job: Json,
    observed: Json | None,
    planned: Json,
    change: plan.Change,
) -> Json:
    shown = secrets.plan(planned)
    result: Json = {
        "changed": bool(change),
        "job_id": job["ID"],
        "namespace": job.get("Namespace") or (observed or {}).get("Namespace") or "default",
        "eval_id": "",
        "deployment": None,
        "allocations": [],
        "plan": shown,
        "reasons": list(change.reasons),
        "drift": change.drift,
        **_read_back(secrets, observed),
    }
    if planned.get("NextPeriodicLaunch"):
        result["next_periodic_launch"] = planned["NextPeriodicLaunch"]
    if module._diff and change:
        forgotten = plan.forgotten(job, observed) if observed else {}
        problem = report.unplaceable(change.unplaceable) if change.unplaceable else ""
        result["diff"] = {"prepared": annotate.annotated(shown, forgotten, problem)}
    return result


def _read_back(secrets: Secrets, observed: Json | None) -> Json:
    if observed is None:
        return {"job": {}}
    return {
        "job": secrets.job(observed),
        "version": observed["Version"],
        "modify_index": observed["JobModifyIndex"],
    }


def _warn(module: AnsibleModule, job: Json, planned: Json, change: plan.Change) -> None:
    for line in jobspec.explain_warnings(planned.get("Warnings") or ""):
        module.warn(f"Nomad on job {job['ID']}: {line}")
    if change.unplaceable and (not change or not module.params["wait"]):
        module.warn(f"Job {job['ID']}: {report.unplaceable(change.unplaceable)}")
    if change.drift:
        found = ", ".join(f"{kind} {count}" for kind, count in change.drift.items())
        module.warn(f"Job {job['ID']} is unchanged, but its allocations are not as wanted: {found}")


def _refuse_unplaceable(
    module: AnsibleModule, client: NomadClient, job: Json, change: plan.Change
) -> None:
    """Leave what runs alone when the new job could not run, unless room comes free soon."""
    if not module.params["wait"] or module.params["on_unplaceable"] == "wait":
        return
    groups = change.unplaceable
    for _left in clock(watch.GRACE if groups else 0):
        if groups:
            groups = dict(client.plan(job).get("FailedTGAllocs") or {})
        if not groups:
            return
    raise FailedError(
        f"Job {job['ID']} was not registered: {report.unplaceable(groups)}. Ask for less, make"
        " room, or set on_unplaceable to wait.",
        {"changed": False, "job_id": job["ID"], "unplaceable": groups},
    )


def _registered(client: NomadClient, job: Json, index: int) -> str:
    """The evaluation's ID; a lost answer is no reason to register twice, or to believe in failure."""
    try:
        return str(client.register(job, index).get("EvalID") or "")
    except UnavailableError as error:
        if not error.lost:
            raise
        observed = client.find_job(job["ID"])
        if _index(observed) == index or plan.decide(job, observed, client.plan(job)):
            raise
        evaluations, _unused = client.evaluations(job["ID"])
        return next((e["ID"] for e in evaluations if e["JobModifyIndex"] == _index(observed)), "")
    except ApiError as error:
        if "Enforcing job modify index" in error.body:
            raise ConflictError(_modified(job["ID"])) from error
        problems = jobspec.explain_invalid(error.body)
        if not problems:
            raise
        raise UserError(f"Nomad does not accept job {job['ID']}: {problems}.") from error


def _awaited(module: AnsibleModule, client: NomadClient, job: Json, eval_id: str) -> Json:
    if not module.params["wait"] or plan.only_children_run(job):
        return {}
    aim = wait.target(client.find_job(job["ID"]) or job, eval_id)
    goal = module.params["wait_for"]
    patience = patience_of(module)
    verdict, seen = watch.until(client, goal, aim, patience)
    if verdict.outcome != wait.DONE:
        raise watch.failure(client, aim, goal, verdict, seen, patience)
    if verdict.note:
        module.warn(f"Job {job['ID']}: {verdict.note}")
    own = wait.own_allocations(aim, seen.allocations)
    return {"deployment": seen.deployment, "allocations": [report.summary(a) for a in own]}


def patience_of(module: AnsibleModule) -> watch.Patience:
    params = module.params
    return watch.Patience(
        timeout=params["wait_timeout"],
        wait_for_room=params["on_unplaceable"] == "wait",
        log_lines=params["log_lines"],
    )


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
        watch.until_stopped(client, job_id, module.params["wait_timeout"])
    return {**result, **_read_back(secrets, client.find_job(job_id))}


def _standing(observed: Json | None, after: bool, purge: bool = False) -> Json | None:
    if observed is None or (after and purge):
        return None
    return {"job": observed["ID"], "stopped": after or bool(observed.get("Stop"))}


def main() -> None:
    module = AnsibleModule(
        argument_spec={**CONNECTION_OPTIONS, **OPTIONS},
        mutually_exclusive=[*MUTUALLY_EXCLUSIVE, ("jobspec", "src")],
        required_together=REQUIRED_TOGETHER,
        required_one_of=[("jobspec", "src", "job_id")],
        required_if=[("state", "present", ("jobspec", "src"), True)],
        supports_check_mode=True,
    )
    if IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("python-nomad"), exception=IMPORT_ERROR)
    try:
        result = run(module, connect(connection(module.params)))
    except MlopsError as error:
        module.fail_json(msg=str(error), **error.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
