#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: grafana_dashboards
version_added: 0.1.0
short_description: Keep Grafana's dashboards as a directory of files says
description:
  - Makes each file of a directory a dashboard, and each directory within it a folder, in one task on one connection.
  - Files end in C(.json), C(.yml) or C(.yaml). What begins with a dot is left out.
  - All files are read and checked before the first dashboard is saved. A dashboard that the server refuses does not
    keep the others from being saved; the task fails at the end and names all of them.
  - Compares and saves as M(mlops.infra.grafana_dashboard) does.
author:
  - mlops.infra maintainers (@mlops-infra)
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_grafana
  - mlops.infra._grafana
attributes:
  check_mode:
    support: full
    details: Sends only requests that read.
  diff_mode:
    support: full
    details: One entry for each dashboard that differs.
  idempotent:
    support: full
options:
  path:
    description: The directory, on the host where the module runs.
    type: path
    required: true
    aliases: [src]
  folder_uid:
    description:
      - The uid of the folder that stands for the directory. It must exist. Without it and O(folder) that is the root.
      - Mutually exclusive with O(folder).
    type: str
  folder:
    description:
      - The folder that stands for the directory, by the titles on the way to it, as in V(Team/Web). It is made if it
        is not there, and so are the folders below it.
      - Folders within folders need Grafana 11, or 10 with the feature toggle C(nestedFolders).
    type: str
  uid_from:
    description: Whether a dashboard's uid is from its content or is the name of its file, without the extension.
    type: str
    choices: [content, file_name]
    default: content
  inputs:
    description:
      - What dashboards that were exported for sharing ask for in C(__inputs), by name. For a data source it is the
        uid. Each is given to the dashboards that ask for it.
    type: dict
    default: {}
  extra_tags:
    description: Tags that each dashboard has beside those in its content.
    type: list
    elements: str
    default: []
  managed_tag:
    description:
      - A tag that each dashboard gets, and by which O(purge) knows what this directory has made. Name one that
        nobody else uses.
    type: str
  purge:
    description:
      - Whether dashboards are removed that have the O(managed_tag), are in the folder or below it, and have no file
        any more. Nothing else is removed, and folders stay.
      - A directory without any dashboard is taken for a mistake and fails.
    type: bool
    default: false
  compare:
    description:
      - With V(exact), the dashboards have to be as their content says, and nothing more.
      - With V(subset), keys that the content does not name may be there and are kept.
    type: str
    choices: [exact, subset]
    default: exact
  commit_message:
    description: Message for the version history of each dashboard that is saved, 500 characters at most.
    type: str
    default: Managed by Ansible
  overwrite:
    description: Save even what was changed since it was read.
    type: bool
    default: false
seealso:
  - module: mlops.infra.grafana_dashboard
  - module: mlops.infra.grafana_folder
"""

EXAMPLES = r"""
# dashboards/
#   overview.json        a board in the folder Team
#   Web/latency.json     a board in the folder Web within it
- name: All our boards
  mlops.infra.grafana_dashboards:
    url: http://127.0.0.1:3000
    token: "{{ grafana_token }}"
    path: dashboards
    folder: Team
    inputs: {DS_PROMETHEUS: prometheus}
    managed_tag: ansible-team
    purge: true
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: How many boards were created, updated, deleted and left as they are.
  returned: success
  type: str
  sample: 1 created, 2 updated, 0 deleted, 97 unchanged.
dashboards:
  description: What was done, or would be done in check mode, to each dashboard, in the order of the files.
  returned: always, but for mistakes in the options and files
  type: list
  elements: dict
  contains:
    uid:
      description: The dashboard's uid.
      returned: always
      type: str
      sample: latency
    file:
      description: The file, below O(path). Empty for one that was removed.
      returned: always
      type: str
      sample: Web/latency.json
    action:
      description: V(created), V(updated), V(deleted) or V(unchanged).
      returned: always
      type: str
      sample: updated
    folder_uid:
      description: The uid of the folder that holds the dashboard, empty for the root.
      returned: always
      type: str
      sample: web-8d3f01b2a4c5
    changes:
      description: One line for each difference that was found.
      returned: always
      type: list
      elements: str
      sample: ['title: "Latency" -> "Latencies"']
folders_created:
  description: The paths of the folders that were made.
  returned: success
  type: list
  elements: str
  sample: [Team, Team/Web]
failures:
  description: What could not be done, by file.
  returned: failure, when a server refused some of the dashboards
  type: list
  elements: dict
  contains:
    file:
      description: The file, below O(path).
      returned: always
      type: str
      sample: Web/latency.json
    msg:
      description: Why.
      returned: always
      type: str
      sample: Cannot save dashboard latency because Grafana provisions it from a file.
"""

import collections
import dataclasses
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import ApiError, FailedError, MlopsError, UserError
from ..module_utils._grafana import entry, model, paths, saving, tree
from ..module_utils._grafana.client import GrafanaClient, Json
from ..module_utils._grafana.explain import explained
from ..module_utils._grafana.locate import Locator
from ..module_utils._grafana.options import CONNECTION_SPEC, MUTUALLY_EXCLUSIVE
from ..module_utils._grafana.plan import Observed, Plan, Wanted, plan_absent, plan_present
from ..module_utils._outcome import as_diff

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **CONNECTION_SPEC,
    "path": {"type": "path", "required": True, "aliases": ["src"]},
    "folder_uid": {"type": "str"},
    "folder": {"type": "str"},
    "uid_from": {"type": "str", "choices": ["content", "file_name"], "default": "content"},
    "inputs": {"type": "dict", "default": {}},
    "extra_tags": {"type": "list", "elements": "str", "default": []},
    "managed_tag": {"type": "str"},
    "purge": {"type": "bool", "default": False},
    "compare": {"type": "str", "choices": ["exact", "subset"], "default": "exact"},
    "commit_message": {"type": "str", "default": "Managed by Ansible"},
    "overwrite": {"type": "bool", "default": False},
}
ACTIONS = {"create": "created", "update": "updated", "delete": "deleted", "none": "unchanged"}
POINTLESS = (0, 401)  # no server, or not let in: the next board fares no better


def run(module: AnsibleModule, client: GrafanaClient) -> Json:
    params = module.params
    entries = read(params)
    locator = Locator(client, True, module.check_mode)
    start = model.folder_key(model.checked_folder(params["folder_uid"]))
    if start and client.find_folder(start) is None:
        raise UserError(
            f"There is no folder with the uid {start}: create it, or correct folder_uid."
        )
    titles = paths.split(params["folder"] or "")
    base = locator.uid_of(titles, start)
    tasks, failures = [], []
    for found in entries:
        tasks.append(Task(module, client, found.file))
        try:
            folder_uid = locator.uid_of([*titles, *found.titles], start)
            tasks[-1].present(found, folder_uid, params)
        except MlopsError as error:
            if isinstance(error, ApiError) and error.status in POINTLESS:
                raise
            failures.append({"file": found.file, "msg": said(error)})
    if failures:
        raise failed(tasks, failures)
    if params["purge"]:
        tasks += purge(module, client, {found.board["uid"] for found in entries}, base)
    return report(module, tasks, locator.created)


def read(params: Json) -> list[tree.Entry]:
    tag = params["managed_tag"]
    if params["purge"] and not tag:
        raise UserError("purge needs managed_tag: only by it is known what may be removed.")
    if len(params["commit_message"]) > 500:
        raise UserError("commit_message has more than 500 characters, which Grafana does not take.")
    tags = params["extra_tags"] + ([tag] if tag and tag not in params["extra_tags"] else [])
    entries = tree.read(params["path"], tree.Reading(params["uid_from"], params["inputs"], tags))
    if not entries:
        raise UserError(f"There is no dashboard in path {params['path']}: correct it.")
    return entries


@dataclasses.dataclass
class Task:
    """What is done to one board."""

    module: AnsibleModule
    client: GrafanaClient
    file: str
    uid: str = ""
    folder_uid: str = ""
    plan: Plan = dataclasses.field(default_factory=lambda: Plan("none"))

    def present(self, found: tree.Entry, folder_uid: str, params: Json) -> None:
        wanted = Wanted(
            found.board,
            folder_uid,
            params["commit_message"],
            params["overwrite"],
            params["compare"],
        )
        self.uid, self.folder_uid = wanted.uid, folder_uid
        observed = saving.seen(self.client, wanted.board)
        # The folder was found, or made, on the way.
        plan = dataclasses.replace(plan_present(wanted, observed), needs_folder=None)
        saving.require_parts(plan, self.client)
        warnings = list(plan.warnings)
        if plan.changed and not self.module.check_mode:
            warnings += saving.save(wanted, plan, self.client, observed)[1]
        self.plan = plan
        for warning in warnings:
            self.module.warn(warning)

    def absent(self, uid: str, tag: str) -> bool:
        """The search may be behind, so that the board itself is asked for its tag."""
        observed = Observed.from_answer(self.client.find_dashboard(uid))
        if observed is None or tag not in (observed.board.get("tags") or []):
            return False
        self.uid, self.folder_uid, self.plan = uid, observed.folder_uid, plan_absent(uid, observed)
        if not self.module.check_mode:
            self.client.delete_dashboard(uid)
        return True

    @property
    def result(self) -> Json:
        action, changes = ACTIONS[self.plan.action], self.plan.changes
        known = {"uid": self.uid, "file": self.file, "folder_uid": self.folder_uid}
        return {**known, "action": action, "changes": changes}


def purge(module: AnsibleModule, client: GrafanaClient, kept: set[str], base: str) -> list[Task]:
    tag = module.params["managed_tag"]
    folders = below(client, base) if base else None
    done = []
    for hit in client.search(type="dash-db", tag=tag):
        inside = folders is None or (hit.get("folderUid") or "") in folders
        task = Task(module, client, "")
        if inside and hit["uid"] not in kept and task.absent(hit["uid"], tag):
            done.append(task)
    return done


def below(client: GrafanaClient, uid: str) -> set[str]:
    """The uids of a folder and of all folders in it."""
    found = {uid}
    for folder in client.folders(uid):
        found |= below(client, folder["uid"])
    return found


def said(error: MlopsError) -> str:
    return explained(error) if isinstance(error, ApiError) else str(error)


def failed(tasks: list[Task], failures: list[Json]) -> FailedError:
    lines = "; ".join(f"{failure['file']}: {failure['msg']}" for failure in failures[:5])
    done = [task.result for task in tasks if task.uid]
    return FailedError(
        f"{len(failures)} of {len(tasks)} dashboards were refused. {lines}",
        {"failures": failures, "dashboards": done, "changed": any(t.plan.changed for t in tasks)},
    )


def report(module: AnsibleModule, tasks: list[Task], created: list[str]) -> Json:
    results = [task.result for task in tasks]
    counts = collections.Counter(result["action"] for result in results)
    changed = bool(created) or any(task.plan.changed for task in tasks)
    result: Json = {
        "changed": changed,
        "msg": ", ".join(f"{counts[action]} {action}" for action in ACTIONS.values()) + ".",
        "dashboards": results,
        "folders_created": created,
    }
    if module._diff:
        result["diff"] = [shown_diff(task) for task in tasks if task.plan.changed]
    return result


def shown_diff(task: Task) -> Json:
    diff: Json = as_diff(task.plan.before, task.plan.after, f"dashboard {task.uid}")
    if task.plan.action == "update":
        diff["prepared"] = "".join(f"{line}\n" for line in task.plan.changes)
    return diff


def main() -> None:
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[*MUTUALLY_EXCLUSIVE, ("folder_uid", "folder")],
    )
    entry.execute(module, run)


if __name__ == "__main__":
    main()
