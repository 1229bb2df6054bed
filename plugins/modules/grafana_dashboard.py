#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: grafana_dashboard
version_added: 0.1.0
short_description: Manage a dashboard of Grafana by its uid
description:
  - Creates, updates, deletes, exports and restores one dashboard through the HTTP API of Grafana 10.1 and later.
  - The uid is the identity of a dashboard. Titles are not unique, and are searched only with O(adopt_by_title=true).
  - Boards are compared after removing what the server adds (id, version) and what means the same
    (V(1.0) and V(1), C(null) and absent), so that an unchanged board is not saved again.
  - The version that was read is the version that is posted. When somebody saves the board in between,
    the task fails and says who and when, unless the board is then as it was asked for.
  - A folder is sent by its uid only, and the folder that the server answers is compared with it.
author:
  - mlops.infra maintainers (@mlops-infra)
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_grafana
  - mlops.infra._grafana
  - mlops.infra._grafana.permissions
  - mlops.infra._grafana.content
attributes:
  check_mode:
    support: full
    details: Sends only requests that read.
  diff_mode:
    support: full
    details: Shows the two boards as canonical JSON, and one line for each difference.
  idempotent:
    support: partial
    details: With O(state=restored) and a O(version) below 1, each run goes back once more.
options:
  state:
    description:
      - V(present) creates the dashboard or brings it to the content. V(absent) deletes it.
      - V(exported) writes its content to a file, or returns it. V(export) is the same.
      - V(restored) saves the content of an older version again, as a new version.
    type: str
    choices: [present, absent, exported, export, restored]
    default: present
  uid:
    description:
      - The dashboard's uid, 1 to 40 characters out of letters, digits, V(-) and V(_).
      - With O(state=present) it replaces the uid in the content. It can be left out when the content has one.
      - It is needed with O(state=exported) and O(state=restored).
    type: str
  uid_from:
    description:
      - Where the uid is from without O(uid), the content or the name of the file in O(src), without its extension.
    type: str
    choices: [content, file_name]
    default: content
  adopt_by_title:
    description:
      - Whether, when there is no dashboard with the uid, the one with the content's title is taken instead. It
        keeps its own uid, which is returned.
      - With O(folder) or O(folder_uid) only that folder is looked through. Several hits are an error.
    type: bool
    default: false
  folder_uid:
    description:
      - The uid of the folder that holds the dashboard. The folder must exist.
      - An empty string or V(general) is the root.
      - Without it and O(folder), a dashboard stays in the folder where it is, and a new one is put into the root.
      - Mutually exclusive with O(folder).
    type: str
  folder:
    description:
      - The folder that holds the dashboard, by the titles on the way to it, as in V(Team/Web). V(//) stands for a
        slash within a title. A folder's uid is taken as well where no folder has such a title.
      - An empty string or V(General) is the root.
      - Folders within folders need Grafana 11, or 10 with the feature toggle C(nestedFolders).
    type: str
  parent_folder:
    description: The uid of the folder where O(folder) begins. Without it that is the root.
    type: str
  create_folders:
    description:
      - Whether folders of O(folder) that are not there are made. Their uid follows from the path, so that everybody
        who makes such a folder makes the same one.
    type: bool
    default: false
  compare:
    description:
      - With V(exact), the dashboard has to be as the content says, and nothing more.
      - With V(subset), keys that the content does not name may be there and are kept, such as those that
        Grafana's editor adds. Which panels, queries and variables there are is still the content's to say.
    type: str
    choices: [exact, subset]
    default: exact
  commit_message:
    description:
      - Message for the dashboard's version history, 500 characters at most.
      - Without it, V(Managed by Ansible), or for a restored version V(Restored from version N).
    type: str
  overwrite:
    description:
      - Save even if the board was changed since it was read.
      - It also lets the server replace B(another) dashboard of the same title in the same folder, on
        Grafana before 11.3. The task fails after that has happened.
    type: bool
    default: false
  dest:
    description:
      - The file for O(state=exported). Without it O(src) is that file, and without both the content is only returned.
    type: path
  for_sharing:
    description:
      - Whether O(state=exported) replaces the uids of data sources by inputs, for another Grafana.
    type: bool
    default: false
  version:
    description:
      - The version for O(state=restored). V(0) is the newest one, V(-1) the one before it, and so on.
    type: int
seealso:
  - module: mlops.infra.grafana_dashboards
  - module: mlops.infra.grafana_dashboard_info
  - module: mlops.infra.grafana_folder
  - name: HTTP API for dashboards
    description: Reference of the API that the module uses.
    link: https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/
"""

EXAMPLES = r"""
- name: Put a board from a file into a folder
  mlops.infra.grafana_dashboard:
    url: http://127.0.0.1:3000
    username: admin
    password: "{{ grafana_password }}"
    src: files/queue.json
    folder: Team/Queues
    create_folders: true
    commit_message: "Release {{ release }}"
  delegate_to: localhost

- name: Write a small board in the playbook
  mlops.infra.grafana_dashboard:
    token: "{{ grafana_token }}"
    uid: queue-depth
    dashboard:
      title: Queue depth
      schemaVersion: 38
      panels:
        - id: 1
          type: timeseries
          title: Waiting jobs
          datasource: {type: prometheus, uid: prometheus}
          gridPos: {h: 8, w: 24, x: 0, y: 0}
          targets:
            - {refId: A, expr: max(nomad_nomad_broker_total_waiting)}
    permissions:
      - {role: Viewer, permission: View}
      - {team: ML, permission: Edit}
  delegate_to: localhost

- name: Put a board of grafana.com on our own data source
  mlops.infra.grafana_dashboard:
    token: "{{ grafana_token }}"
    dashboard_id: 1860
    dashboard_revision: 37
    inputs: {DS_PROMETHEUS: prometheus}
    extra_tags: [managed]
  delegate_to: localhost

- name: Keep what was changed in the editor under version control
  mlops.infra.grafana_dashboard:
    token: "{{ grafana_token }}"
    state: exported
    uid: queue-depth
    dest: files/queue-depth.json
  delegate_to: localhost

- name: Go back to the version before the last change
  mlops.infra.grafana_dashboard:
    token: "{{ grafana_token }}"
    state: restored
    uid: queue-depth
    version: -1
  delegate_to: localhost

- name: Remove it
  mlops.infra.grafana_dashboard:
    token: "{{ grafana_token }}"
    uid: queue-depth
    state: absent
  delegate_to: localhost
"""

RETURN = r"""
uid:
  description: The dashboard's uid.
  returned: always
  type: str
  sample: queue-depth
msg:
  description: What was done, or would be done in check mode, as a sentence.
  returned: always
  type: str
  sample: Dashboard queue-depth updated.
changes:
  description:
    - One line for each difference that was found, by panel and query, and for each permission.
    - V(created) or V(removed) for a whole dashboard.
  returned: always
  type: list
  elements: str
  sample: ['panel 7 "CPU".targets[A].expr: "up" -> "max(up)"']
folder_uid:
  description: The uid of the folder that holds the dashboard, empty for the root.
  returned: when O(state=present)
  type: str
  sample: team
folders_created:
  description: The paths of the folders that were made.
  returned: when O(state=present)
  type: list
  elements: str
  sample: [Team, Team/Queues]
url:
  description: Path of the dashboard's page, relative to Grafana's address.
  returned: when the dashboard is there, but for O(state=exported)
  type: str
  sample: /d/queue-depth/queue-depth
id:
  description: The number that the server gave the dashboard.
  returned: when the dashboard is there, but for O(state=exported)
  type: int
  sample: 12
version:
  description: The dashboard's version afterwards. In check mode the one that was found.
  returned: when the dashboard is there
  type: int
  sample: 4
version_before:
  description: The dashboard's version that was found.
  returned: when the dashboard was there before, but for O(state=exported)
  type: int
  sample: 3
restored_version:
  description: The number of the version whose content was saved again.
  returned: when O(state=restored)
  type: int
  sample: 2
revision:
  description: The revision on grafana.com.
  returned: with O(dashboard_id)
  type: int
  sample: 37
dashboard:
  description: The dashboard's content, without what the server keeps for itself.
  returned: when O(state=exported)
  type: dict
  sample: {title: Queue depth, uid: queue-depth, panels: []}
dest:
  description: The file with the content.
  returned: when O(state=exported) and a file was named
  type: str
  sample: files/queue-depth.json
"""

import dataclasses
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import UserError
from ..module_utils._grafana import (
    content,
    entry,
    export,
    granting,
    identify,
    model,
    resource,
    saving,
    versions,
)
from ..module_utils._grafana.client import GrafanaClient, Json
from ..module_utils._grafana.locate import Locator
from ..module_utils._grafana.options import CONNECTION_SPEC, MUTUALLY_EXCLUSIVE
from ..module_utils._grafana.permissions import OPTION
from ..module_utils._grafana.plan import Observed, Plan, Wanted, plan_absent, plan_present
from ..module_utils._grafana.sharing import for_sharing
from ..module_utils._outcome import as_diff, canonical

STATES = ["present", "absent", "exported", "export", "restored"]
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **CONNECTION_SPEC,
    **content.OPTIONS,
    "state": {"type": "str", "choices": STATES, "default": "present"},
    "adopt_by_title": {"type": "bool", "default": False},
    "folder_uid": {"type": "str"},
    "folder": {"type": "str"},
    "parent_folder": {"type": "str"},
    "create_folders": {"type": "bool", "default": False},
    "compare": {"type": "str", "choices": ["exact", "subset"], "default": "exact"},
    "permissions": OPTION,
    "commit_message": {"type": "str"},
    "overwrite": {"type": "bool", "default": False},
    "dest": {"type": "path"},
    "for_sharing": {"type": "bool", "default": False},
    "version": {"type": "int"},
}
DONE = {
    "none": "is as it was asked for",
    "create": "created",
    "update": "updated",
    "delete": "deleted",
}
MESSAGE = "Managed by Ansible"
LONGEST_MESSAGE = 500


def run(module: AnsibleModule, client: GrafanaClient) -> Json:
    states = {"present": present, "absent": absent, "restored": restored}
    return states.get(module.params["state"], exported)(module, client)


def present(module: AnsibleModule, client: GrafanaClient) -> Json:
    params = module.params
    found = content.content_from(params)
    if not params["adopt_by_title"]:
        model.checked_uid(found.board.get("uid"))
    locator = Locator(client, params["create_folders"], module.check_mode)
    folder_uid = identify.folder_of(params, locator)
    board, observed = identify.identified(found.board, folder_uid, params["adopt_by_title"], client)
    wanted = Wanted(
        board=board,
        folder_uid=folder_uid,
        message=message(params, MESSAGE),
        overwrite=params["overwrite"],
        compare=params["compare"],
    )
    plan = plan_present(wanted, observed)
    if params["folder"] is not None:
        plan = dataclasses.replace(plan, needs_folder=None)  # it was found by its path
    result, after = apply(module, client, wanted, plan, observed)
    result.update(folder_uid=(plan.after or {})["folderUid"], folders_created=locator.created)
    if found.revision is not None:
        result["revision"] = found.revision
    lines = granting.settle(
        client,
        "dashboards",
        wanted.uid,
        params["permissions"],
        after is not None,
        module.check_mode,
    )
    return with_permissions(result, lines)


def apply(
    module: AnsibleModule,
    client: GrafanaClient,
    wanted: Wanted,
    plan: Plan,
    before: Observed | None,
) -> tuple[Json, Observed | None]:
    saving.require_parts(plan, client)
    saves = plan.changed and not module.check_mode
    after, found = saving.save(wanted, plan, client, before) if saves else (before, [])
    for warning in plan.warnings + found:
        module.warn(warning)
    return report(module, wanted.uid, plan, before, after), after


def with_permissions(result: Json, lines: list[str]) -> Json:
    if lines and not result["changed"]:
        result["msg"] = f"Permissions of dashboard {result['uid']} changed."
    if lines and "diff" in result:
        result["diff"]["prepared"] = result["diff"].get("prepared", "") + "\n".join([*lines, ""])
    result["changes"] = result["changes"] + lines
    result["changed"] = bool(result["changes"] or result["folders_created"])
    return result


def absent(module: AnsibleModule, client: GrafanaClient) -> Json:
    params = module.params
    if params["uid"]:
        uid = model.checked_uid(params["uid"])
        observed = Observed.from_answer(client.find_dashboard(uid))
    else:
        board = content.content_from(params).board
        folder = identify.folder_of(params, Locator(client, False, module.check_mode))
        known = board.get("uid") or (
            params["adopt_by_title"] and identify.adopted(board["title"], folder, client)
        )
        uid = model.checked_uid(known or None)
        observed = Observed.from_answer(client.find_dashboard(uid))
    plan = plan_absent(uid, observed)
    after = observed
    if plan.changed and not module.check_mode:
        client.delete_dashboard(uid)
        after = None
    return report(module, uid, plan, observed, after)


def existing(params: Json, client: GrafanaClient) -> tuple[str, Observed]:
    uid = model.checked_uid(params["uid"])
    observed = Observed.from_answer(client.find_dashboard(uid))
    if observed is None or observed.meta.get("isFolder"):
        raise UserError(f"There is no dashboard with the uid {uid}: correct uid.")
    return uid, observed


def restored(module: AnsibleModule, client: GrafanaClient) -> Json:
    """By an ordinary save of the old content, so that nobody else's change is lost."""
    params = module.params
    uid, observed = existing(params, client)
    number, data = versions.content(client, uid, params["version"], observed.version)
    wanted = Wanted(
        board=model.desired_board(data, uid),
        message=message(params, f"Restored from version {number}"),
        overwrite=params["overwrite"],
    )
    result, _after = apply(module, client, wanted, plan_present(wanted, observed), observed)
    return {**result, "restored_version": number}


def exported(module: AnsibleModule, client: GrafanaClient) -> Json:
    params = module.params
    uid, observed = existing(params, client)
    board = {key: item for key, item in observed.board.items() if key not in model.VOLATILE}
    board = resource.as_file(for_sharing(board) if params["for_sharing"] else board)
    result = {"uid": uid, "version": observed.version, "dashboard": board, "changes": []}
    dest = params["dest"] or params["src"]
    if not dest:
        return {**result, "changed": False, "msg": f"Dashboard {uid} read."}
    text = canonical(board)
    before = export.write(dest, text, module.check_mode)
    changed = before != text
    if module._diff:
        result["diff"] = as_diff(before, text, dest)
    would = "would be " if changed and module.check_mode else ""
    done = f"{would}exported to {dest}" if changed else f"is in {dest} already"
    return {**result, "changed": changed, "dest": dest, "msg": f"Dashboard {uid} {done}."}


def message(params: Json, default: str) -> str:
    text = default if params["commit_message"] is None else str(params["commit_message"])
    if len(text) > LONGEST_MESSAGE:
        raise UserError(
            f"commit_message has {len(text)} characters: Grafana takes {LONGEST_MESSAGE} at most."
        )
    return text


def report(
    module: AnsibleModule, uid: str, plan: Plan, before: Observed | None, after: Observed | None
) -> Json:
    result: Json = {
        "changed": plan.changed,
        "uid": uid,
        "msg": f"Dashboard {uid} {done(plan, before, module.check_mode)}.",
        "changes": plan.changes,
    }
    if before is not None:
        result["version_before"] = before.version
    if after is not None:
        result.update(id=after.board.get("id"), url=after.meta.get("url"), version=after.version)
    if module._diff:
        result["diff"] = shown_diff(plan, uid)
    return result


def done(plan: Plan, before: Observed | None, check_mode: bool) -> str:
    if plan.action == "none" and before is None:
        return "is not there"
    would = "would be " if check_mode and plan.changed else ""
    return would + DONE[plan.action]


def shown_diff(plan: Plan, uid: str) -> dict[str, str]:
    """The whole boards, and for an update one line for each difference."""
    diff = as_diff(plan.before, plan.after, f"dashboard {uid}")
    if plan.action == "update":
        diff["prepared"] = "".join(f"{line}\n" for line in plan.changes)
    return diff


def main() -> None:
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[
            *MUTUALLY_EXCLUSIVE,
            ("dashboard", "src", "dashboard_id"),
            ("folder_uid", "folder"),
        ],
        required_if=[
            ("state", "exported", ("uid",)),
            ("state", "export", ("uid",)),
            ("state", "restored", ("uid", "version")),
        ],
        required_by={"parent_folder": ("folder",)},
    )
    entry.execute(module, run)


if __name__ == "__main__":
    main()
