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
  - When a job does not come up, the message names the cause, and the result has the events, the exit codes, the checks
    that do not pass and the last log lines of the tasks that failed.
  - A play that uses M(community.general.nomad_job) works after its module is renamed; the notes name the differences.
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_nomad
  - mlops.infra._nomad
  - mlops.infra._nomad.mask
attributes:
  check_mode:
    support: full
    details:
      - The prediction comes from Nomad's plan and includes what the plan allows but registering refuses, such as
        another type for an existing job.
      - Where O(create_namespace=true) and the namespace is missing, Nomad cannot plan, and a new job is predicted.
  diff_mode:
    support: full
    details:
      - The diff is the annotated plan that C(nomad job plan) shows.
  idempotent:
    support: full
    details:
      - A jobspec that gives another result each time it is parsed, as one that calls C(uuidv4), is changed each time.
      - With O(state=forced) and O(rerun=always) each run starts something, since that is what they ask for.
options:
  state:
    description:
      - V(present) registers the job, and starts it again if it was stopped.
      - V(absent) stops the job. Nomad keeps it and its history until it collects its garbage, unless O(purge=true).
      - V(forced) starts a run of a periodic job now, and waits for it as O(wait_for) says for a batch job. It starts
        even if the job prohibits overlapping runs and another one is going on. Two that are forced within the same
        second are one run for Nomad.
    type: str
    choices: [present, absent, forced]
    default: present
  jobspec:
    description:
      - The job, as HCL text, as JSON text, or as a dictionary.
      - JSON and dictionaries are either what Nomad's API takes, with or without an outer C(Job), or HCL's JSON shape
        with an outer C(job). Durations like C(30s) and O(variables) work in the latter only.
      - Mutually exclusive with O(src) and O(url).
    type: raw
    aliases: [content]
  src:
    description:
      - A file with the jobspec, read on the host where the module runs.
    type: path
  url:
    description:
      - Where the jobspec is downloaded from, over C(http) or C(https), by the host where the module runs.
      - The server's certificate is always checked, against the certificates that Python knows.
    type: str
  checksum:
    description:
      - The digest that the file at O(url) must have, as V(sha256:) and what C(sha256sum) prints. V(sha384:) and
        V(sha512:) are taken, too.
      - It is required for C(http), and recommended for C(https).
    type: str
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
      - The environment variables C(NOMAD_VAR_name) of C(nomad job run) are not read, so that a play alone tells what it
        does. Hand over their values with the lookup P(ansible.builtin.env#lookup).
    type: dict
    default: {}
  variable_files:
    description:
      - Files with values of variables, read on the host where the module runs.
      - A file whose first character is C({) is JSON, any other is HCL as C(nomad job run -var-file) takes it, which
        Nomad itself reads by one more request.
      - What a later file says wins over earlier ones, and O(variables) over all files.
    type: list
    elements: path
    default: []
  job_id:
    description:
      - The ID of the job, to stop it, to force a run of it or, with O(rerun) or O(force_start), to start it as it is
        registered, without its jobspec.
      - Together with a jobspec, it must be the ID of its job.
    type: str
    aliases: [id, name]
  create_namespace:
    description:
      - Whether to create the namespace of the job if it is missing. It is not changed if it is there.
    type: bool
    default: false
  check_index:
    description:
      - Change the job only if its C(JobModifyIndex) is this one. V(0) means that the job must not be registered yet.
    type: int
  preserve_counts:
    description:
      - Whether each group of a registered job keeps its count, whatever the jobspec says. Set it for jobs that are
        scaled by an autoscaler or by hand.
    type: bool
    default: false
  rerun:
    description:
      - Whether a batch job is run again though it is unchanged. Nomad does that only for another version, so the job is
        stopped and registered again, and its version grows by two.
      - V(if_failed) does so when it has ended and one of its groups has failed for good, V(if_dead) whenever it has
        ended, and V(always) each time; what runs is stopped first.
      - A job of another type cannot be run again. Remove a sysbatch job with O(purge=true) first, force a run of a
        periodic job, and dispatch a parameterized one.
    type: str
    choices: [never, if_failed, if_dead, always]
    default: never
  force_start:
    description:
      - Whether to start a job that does not run. A stopped job is started in any case, so this adds
        O(rerun=if_dead) for batch jobs, and O(job_id) alone names a job that is registered.
      - It is there for plays that were written for M(community.general.nomad_job).
    type: bool
    default: false
  reconcile:
    description:
      - Whether Nomad is told to compare the allocations of an unchanged job with what the job wants, where its plan
        would place, stop or migrate some. This starts allocations of system jobs again that were stopped by hand.
    type: bool
    default: false
  promote:
    description:
      - Who promotes canaries.
      - V(manual) leaves it to somebody else.
      - V(auto) promotes them as soon as all are healthy and waits until the deployment has succeeded. It does so for an
        unchanged job, too, whose canaries are waiting.
    type: str
    choices: [manual, auto]
    default: manual
  version_tag:
    description:
      - A tag for the version of the job, set after the wait for it has succeeded. Nomad keeps tagged versions, and can
        revert to them by name.
      - A tag is not taken from another version. If one has it, the module fails before anything is changed.
      - It needs Nomad 1.9 or later, and a job whose ID has no slash.
    type: dict
    suboptions:
      name:
        description: The name, unique among the versions of the job.
        type: str
        required: true
      description:
        description: What the version is about.
        type: str
        default: ''
  submission:
    description:
      - Whether to send the source of the job and its variables along with it, for Nomad's web interface to show.
      - An empty one takes its place where the job or a variable has a secret that O(mask) matches, and where it has
        more than 1,000,000 bytes. Another source of an unchanged job is no change.
    type: bool
    default: true
  eval_priority:
    description:
      - The priority of the evaluation that registering or stopping the job creates, from 1 to 100. Nomad takes the
        priority of the job if it is not given.
    type: int
  purge:
    description:
      - With O(state=absent), remove the job and its history from Nomad at once.
    type: bool
    default: false
  no_shutdown_delay:
    description:
      - With O(state=absent), end tasks without the C(shutdown_delay) of their groups, tasks and services.
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
        warning, unless O(promote=auto). Periodic and parameterized jobs only run later, so they are not waited for.
      - Tasks of service and system jobs that no deployment watches have to run for the C(min_healthy_time) of their
        update block, or 10 seconds.
      - V(scheduled) waits until the scheduler has placed it.
      - V(running) waits until the tasks of each group run or have ended well.
      - V(healthy) waits for the deployment, with its promotion.
      - V(promotion_ready) waits until the canaries are healthy, or the deployment succeeded.
      - A deployment that fails is a failure, also when Nomad reverts the job on its own.
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
seealso:
  - module: mlops.infra.nomad_job_action
  - module: mlops.infra.nomad_job_dispatch
  - module: mlops.infra.nomad_job_info
  - module: community.general.nomad_job
notes:
  - In place of M(community.general.nomad_job) it differs in this. It waits, unless O(wait=false). O(timeout) is for one
    request and 30 seconds by default. O(state) may be left out. O(host) wins over E(NOMAD_ADDR). A job is found by
    its ID, not by its name. Stopping a job that is not registered changes nothing, and stopping a batch job that has
    ended changes it from C(dead) to stopped. O(force_start) does not register a job a second time.
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

- name: Deploy with canaries, promote them when they are healthy, and remember the version
  mlops.infra.nomad_job:
    url: https://git.example/platform/raw/v1.4.0/web.nomad.hcl
    checksum: sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
    variable_files: [vars/common.hcl, vars/production.json]
    preserve_counts: true
    promote: auto
    version_tag:
      name: v1.4.0
      description: The first one with search

- name: Run yesterday's import again if it failed
  mlops.infra.nomad_job:
    job_id: import
    rerun: if_failed
    wait_for: complete

- name: Run the nightly report now
  mlops.infra.nomad_job:
    job_id: report
    state: forced
    wait_for: complete

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
forced_job_id:
  description: The ID of the run that was started.
  returned: when O(state=forced), not in check mode
  type: str
  sample: report/periodic-1795533240
exit_code:
  description: The first exit code of the forced run that is not 0, else V(0); V(null) while no task has ended.
  returned: when O(state=forced) and it was waited for
  type: int
exit_codes:
  description: The exit code of each task of the forced run that has ended, by C(group.task).
  returned: when O(state=forced) and it was waited for
  type: dict
duration:
  description: How long the tasks of the forced run ran, in seconds; V(null) while none has ended.
  returned: when O(state=forced) and it was waited for
  type: float
result:
  description:
    - What M(community.general.nomad_job) returns. Nomad's answer to registering or stopping the job; if neither was
      done, its plan or, with O(state=absent), the job.
  returned: when O(state=present) or O(state=absent)
  type: dict
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
      by hand. This is done if O(reconcile=true).
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
    checks:
      description:
        - The checks of the allocation that did not pass, each with C(name), C(service), C(status), C(status_code)
          (of an answer by HTTP, else V(0)) and C(output).
        - Only those that Nomad makes itself (C(provider = "nomad")), and only while the tasks run. Of Consul's checks,
          and of those of an allocation that ended, RV(failures[].cause) has the names.
      type: list
      elements: dict
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

from ..module_utils._checks import password_in
from ..module_utils._errors import ConflictError, FailedError, MlopsError, UserError
from ..module_utils._nomad import (
    entry,
    follow,
    intake,
    live,
    options,
    periodic,
    placement,
    plan,
    shown,
    submit,
    wait,
    watch,
)
from ..module_utils._nomad.client import Json, NomadClient
from ..module_utils._nomad.secrets import MASK_OPTIONS, Secrets
from ..module_utils._outcome import MASKED, as_diff

OPTIONS: dict[str, dict[str, t.Any]] = {
    **options.WAIT_OPTIONS,
    **MASK_OPTIONS,
    "state": {"type": "str", "choices": ["present", "absent", "forced"], "default": "present"},
    "jobspec": {"type": "raw", "aliases": ["content"]},
    "src": {"type": "path"},
    "url": {"type": "str"},
    "checksum": {"type": "str"},
    "content_format": {"type": "str", "choices": ["auto", "hcl", "json"], "default": "auto"},
    "variables": {"type": "dict", "default": {}},
    "variable_files": {"type": "list", "elements": "path", "default": []},
    "job_id": {"type": "str", "aliases": ["id", "name"]},
    "create_namespace": {"type": "bool", "default": False},
    "check_index": {"type": "int"},
    "preserve_counts": {"type": "bool", "default": False},
    "rerun": {"type": "str", "choices": list(live.RERUNS), "default": "never"},
    "force_start": {"type": "bool", "default": False},
    "reconcile": {"type": "bool", "default": False},
    "promote": {"type": "str", "choices": ["manual", "auto"], "default": "manual"},
    "version_tag": {
        "type": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "description": {"type": "str", "default": ""},
        },
    },
    "submission": {"type": "bool", "default": True},
    "eval_priority": {"type": "int"},
    "purge": {"type": "bool", "default": False},
    "no_shutdown_delay": {"type": "bool", "default": False},
    "wait_for": {"type": "str", "choices": list(wait.GOALS), "default": "auto"},
    "wait_timeout": {"type": "int", "default": 300},
}
SPEC: dict[str, t.Any] = {
    "argument_spec": {**options.CONNECTION_OPTIONS, **OPTIONS},
    "mutually_exclusive": [*options.MUTUALLY_EXCLUSIVE, ("jobspec", "src", "url")],
    "required_together": options.REQUIRED_TOGETHER,
    "required_one_of": [("jobspec", "src", "url", "job_id")],
    "required_by": {"checksum": "url"},
    "supports_check_mode": True,
}


def run(module: AnsibleModule, client: NomadClient) -> Json:
    follow.check(module.params)
    secrets = Secrets(module.params["mask"])
    # Hidden wherever ansible-core prints, the record of this module's own options included.
    module.no_log_values.update(secrets.values({"Meta": module.params["variables"]}))
    module.no_log_values |= password_in(module.params["url"])
    try:
        wanted = intake.wanted(client, module.params, options.connection(module.params), secrets)
    except MlopsError:
        # Which of its values are secret is only known of a jobspec that could be read.
        module.params["jobspec"] = module.params["jobspec"] and MASKED
        raise
    for hidden in (wanted.job, {"Meta": wanted.variables}):
        module.no_log_values.update(secrets.values(hidden))
    if module.params["state"] == "absent":
        return absent(module, client, secrets, str(wanted.job["ID"]))
    if module.params["state"] == "forced":
        return forced(module, client, str(wanted.job["ID"]))
    problem = wait.goal_problem(wanted.job, module.params["wait_for"])
    if problem and not plan.only_children_run(wanted.job):
        raise UserError(f"wait_for: {problem}")
    try:
        return present(module, client, secrets, wanted)
    except ConflictError:
        # Compared once more with what is there now; a check_index that no longer fits stays one.
        return present(module, client, secrets, wanted)


# Present


def present(
    module: AnsibleModule, client: NomadClient, secrets: Secrets, wanted: intake.Wanted
) -> Json:
    params = module.params
    observed = client.find_job(wanted.job["ID"])
    job = live.with_counts(wanted.job, observed) if params["preserve_counts"] else wanted.job
    submit.check(job, observed, params["check_index"])
    planned, new_namespace = _planned(module, client, job, observed)
    change = plan.decide(job, observed, planned)
    change = follow.decided(client, params, job, observed, change)
    for line in submit.notices(job, planned, change, params["wait"]):
        module.warn(line)
    result = shown.described(secrets, job, observed, planned, change)
    if module._diff and change:
        result["diff"] = {"prepared": shown.annotated(job, observed, result["plan"], change)}
    _refuse_unplaceable(module, client, job, change, new_namespace)
    if module.check_mode:
        return result
    course = follow.Course(client, params, job, change, result, module.warn)
    if change:
        observed = course.carried_out(observed, wanted.submission)
    observed = course.settled(observed)
    return {**result, **shown.read_back(secrets, observed)}


def _planned(
    module: AnsibleModule, client: NomadClient, job: Json, observed: Json | None
) -> tuple[Json, bool]:
    """Nomad's plan, and whether a namespace had to be made for it."""
    try:
        return submit.planned(client, job, observed), False
    except submit.NoNamespaceError:
        if not module.params["create_namespace"]:
            raise
    if module.check_mode:
        module.warn(f"Job {job['ID']}: its namespace is not there yet, so Nomad cannot plan it.")
        return {"Diff": {"Type": "Added", "ID": job["ID"]}}, False
    client.create_namespace(job["Namespace"])
    return submit.planned(client, job, observed), True


def _refuse_unplaceable(
    module: AnsibleModule, client: NomadClient, job: Json, change: plan.Change, changed: bool
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
            f"Job {job['ID']} was not registered: {placement.unplaceable(groups, job)}. Ask for"
            " less, make room, or set on_unplaceable to wait.",
            {"changed": changed, "job_id": job["ID"], "unplaceable": groups},
        )


# Forced


def forced(module: AnsibleModule, client: NomadClient, job_id: str) -> Json:
    periodic.check(job_id, client.find_job(job_id))
    problem = wait.goal_problem({"Type": "batch"}, module.params["wait_for"])
    if problem:
        raise UserError(f"wait_for: {problem}")
    if module.check_mode:
        return {"changed": True, "job_id": job_id}
    return follow.forced(client, module.params, job_id)


# Absent


def absent(module: AnsibleModule, client: NomadClient, secrets: Secrets, job_id: str) -> Json:
    params = module.params
    observed = client.find_job(job_id)
    changed = observed is not None and (params["purge"] or not observed.get("Stop"))
    if changed:
        submit.check_index(job_id, observed, params["check_index"])
    result: Json = {
        "changed": changed,
        "job_id": job_id,
        "eval_id": "",
        "deployment": None,
        "allocations": [],
        **shown.read_back(secrets, observed),
    }
    result["result"] = result["job"]
    if observed:
        result["namespace"] = observed["Namespace"]
    if module._diff and changed:
        after = shown.standing(observed, True, params["purge"])
        result["diff"] = as_diff(shown.standing(observed, False), after)
    if not changed or module.check_mode:
        return result
    result["result"] = client.deregister(job_id, submit.stopping(params))
    result["eval_id"] = result["result"].get("EvalID") or ""
    if params["wait"]:
        with watch.kept({"changed": True, "job_id": job_id}):
            watch.until_stopped(client, job_id, params["wait_timeout"])
    return {**result, **shown.read_back(secrets, client.find_job(job_id))}


def main() -> None:
    entry.execute(AnsibleModule(**SPEC), run, NomadClient)


if __name__ == "__main__":
    main()
