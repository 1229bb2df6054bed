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
  - Creates, updates and deletes one dashboard through the HTTP API of Grafana 10.1 and later.
  - The uid is the identity of a dashboard. Titles are not unique, and are never searched.
  - Boards are compared after removing what the server adds (id, version) and what means the same
    (V(1.0) and V(1), C(null) and absent), so that an unchanged board is not saved again.
  - The version that was read is the version that is posted. When somebody saves the board in between,
    the task fails and says who and when, unless the board is then as it was asked for.
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
    details: Shows the two boards as canonical JSON, and one line for each difference.
  idempotent:
    support: full
options:
  state:
    description: Whether the dashboard has to be there.
    type: str
    choices: [present, absent]
    default: present
  uid:
    description:
      - The dashboard's uid, 1 to 40 characters out of letters, digits, V(-) and V(_).
      - With O(state=present) it replaces the uid in the content. It can be left out when the content
        has one.
    type: str
  dashboard:
    description:
      - The dashboard's content, as a mapping or as text in JSON or YAML.
      - An envelope as the HTTP API uses it (a mapping with the key C(dashboard)) is accepted as well.
      - The keys C(id), C(version), C(iteration) and C(revision) are ignored.
    type: raw
    aliases: [content]
  src:
    description:
      - File with the dashboard's content in JSON or YAML, on the host where the module runs.
      - Mutually exclusive with O(dashboard).
    type: path
    aliases: [path, dashboard_url]
  folder_uid:
    description:
      - The uid of the folder that holds the dashboard. The folder must exist.
      - An empty string or V(general) is the root.
      - Without it, a dashboard stays in the folder where it is, and a new one is put into the root.
    type: str
  commit_message:
    description: Message for the dashboard's version history, Grafana's C(message).
    type: str
    default: Managed by Ansible
  overwrite:
    description:
      - Save even if the board was changed since it was read.
      - It also lets the server replace B(another) dashboard of the same title in the same folder, on
        Grafana before 11.3. The task fails after that has happened.
    type: bool
    default: false
seealso:
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
    folder_uid: team
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
    - One line for each difference that was found, by panel and query.
    - V(created) or V(removed) alone for a whole dashboard.
  returned: always
  type: list
  elements: str
  sample: ['panel 7 "CPU" .targets[A].expr: "up" -> "max(up)"']
folder_uid:
  description: The uid of the folder that holds the dashboard, empty for the root.
  returned: when O(state=present)
  type: str
  sample: team
url:
  description: Path of the dashboard's page, relative to Grafana's address.
  returned: when the dashboard is there
  type: str
  sample: /d/queue-depth/queue-depth
id:
  description: The number that the server gave the dashboard.
  returned: when the dashboard is there
  type: int
  sample: 12
version:
  description: The dashboard's version afterwards. In check mode the one that was found.
  returned: when the dashboard is there
  type: int
  sample: 4
version_before:
  description: The dashboard's version that was found.
  returned: when the dashboard was there before
  type: int
  sample: 3
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mlops.infra.plugins.module_utils._checks import password_in
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    FailedError,
    MlopsError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._grafana.client import (
    REQUESTS_ERROR,
    GrafanaClient,
)
from ansible_collections.mlops.infra.plugins.module_utils._grafana.explain import explained
from ansible_collections.mlops.infra.plugins.module_utils._grafana.model import (
    checked_folder,
    checked_uid,
    desired_board,
)
from ansible_collections.mlops.infra.plugins.module_utils._grafana.options import (
    CONNECTION_SPEC,
    connection,
)
from ansible_collections.mlops.infra.plugins.module_utils._grafana.plan import (
    Observed,
    Plan,
    Wanted,
    plan_absent,
    plan_present,
    reached,
)
from ansible_collections.mlops.infra.plugins.module_utils._grafana.source import read_content
from ansible_collections.mlops.infra.plugins.module_utils._outcome import as_diff

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **CONNECTION_SPEC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "uid": {"type": "str"},
    "dashboard": {"type": "raw", "aliases": ["content"]},
    "src": {"type": "path", "aliases": ["path", "dashboard_url"]},
    "folder_uid": {"type": "str"},
    "commit_message": {"type": "str", "default": "Managed by Ansible"},
    "overwrite": {"type": "bool", "default": False},
}
DONE = {
    "none": "is as it was asked for",
    "create": "created",
    "update": "updated",
    "delete": "deleted",
}


def run(module: AnsibleModule, client: GrafanaClient) -> dict[str, t.Any]:
    if module.params["state"] == "absent":
        return run_absent(module, client)
    return run_present(module, client)


def run_present(module: AnsibleModule, client: GrafanaClient) -> dict[str, t.Any]:
    wanted = wanted_from(module.params)
    observed = Observed.from_answer(client.find_dashboard(wanted.uid))
    plan = plan_present(wanted, observed)
    require_folder(plan, client)
    saves = plan.changed and not module.check_mode
    after, found = save(wanted, plan, client) if saves else (observed, [])
    for warning in plan.warnings + found:
        module.warn(warning)
    result = report(module, wanted.uid, plan, observed, after)
    result["folder_uid"] = (plan.after or {})["folderUid"]
    return result


def run_absent(module: AnsibleModule, client: GrafanaClient) -> dict[str, t.Any]:
    uid = absent_uid(module.params)
    observed = Observed.from_answer(client.find_dashboard(uid))
    plan = plan_absent(uid, observed)
    after = observed
    if plan.changed and not module.check_mode:
        client.delete_dashboard(uid)
        after = None
    return report(module, uid, plan, observed, after)


def wanted_from(params: dict[str, t.Any]) -> Wanted:
    content = read_content(params["dashboard"], params["src"])
    if content is None:
        raise UserError("state=present needs the dashboard's content: set 'dashboard' or 'src'.")
    return Wanted(
        board=desired_board(content, params["uid"]),
        folder_uid=checked_folder(params["folder_uid"]),
        message=params["commit_message"],
        overwrite=params["overwrite"],
    )


def absent_uid(params: dict[str, t.Any]) -> str:
    """The uid alone is enough; the content from which a board was made serves as well."""
    content = None if params["uid"] else read_content(params["dashboard"], params["src"])
    return checked_uid(params["uid"]) if content is None else desired_board(content, None)["uid"]


def require_folder(plan: Plan, client: GrafanaClient) -> None:
    folder = plan.needs_folder
    if folder is not None and client.find_folder(folder) is None:
        raise UserError(
            f"There is no folder with the uid {folder}: create it, or correct folder_uid."
        )


def save(wanted: Wanted, plan: Plan, client: GrafanaClient) -> tuple[Observed | None, list[str]]:
    """Post the plan and look at what is there then, with warnings about what is not as it was sent."""
    payload = plan.payload or {}
    try:
        answer = client.save_dashboard(payload)
    except ApiError as error:
        return after_refusal(error, wanted, client), []
    refuse_other_board(answer, wanted.uid)
    after = Observed.from_answer(client.find_dashboard(wanted.uid))
    refuse_other_folder(after, payload["folderUid"], wanted.uid)
    return after, save_warnings(wanted, payload, answer, after)


def after_refusal(error: ApiError, wanted: Wanted, client: GrafanaClient) -> Observed | None:
    """A conflict is none when the board is now as it has to be, as after a repeated request.

    Newer servers say 409 where older ones say 412; both mean that the version was not the last.
    """
    if error.status not in (409, 412) and error.status < 500:
        raise error
    now = Observed.from_answer(client.find_dashboard(wanted.uid))
    if now is not None and not reached(wanted, now):
        return now
    if now is not None and is_version_conflict(error):
        raise ConflictError(
            f"Dashboard {wanted.uid} was changed while this task ran ({now.last_change}): look at that "
            "change and run again, or set overwrite=true to replace it."
        ) from error
    raise error


def is_version_conflict(error: ApiError) -> bool:
    """412 has other reasons as well, which its status names; the newest servers' 409 has none."""
    return error.status == 409 or (error.status == 412 and "version-mismatch" in error.body)


def refuse_other_board(answer: dict[str, t.Any], uid: str) -> None:
    """Before 11.3, overwrite and a title that is taken replace the board that has the title."""
    if answer.get("uid") not in (None, uid):
        raise FailedError(
            f"The server saved into dashboard {answer['uid']}, which had the same title, instead of "
            f"{uid}: restore {answer['uid']} from its version history, and set overwrite=false.",
            {"answer": answer},
        )


def refuse_other_folder(after: Observed | None, folder_uid: str, uid: str) -> None:
    """A server that does not know folders by uid puts the board into the root and says success."""
    if after is not None and after.folder_uid != folder_uid:
        raise FailedError(
            f"Dashboard {uid} was saved into folder {after.folder_uid or 'general'!r} instead of "
            f"{folder_uid or 'general'!r}: somebody moved it at the same moment, or the server is "
            "older than Grafana 8 and ignores folder_uid.",
        )


def save_warnings(
    wanted: Wanted, payload: dict[str, t.Any], answer: dict[str, t.Any], after: Observed | None
) -> list[str]:
    left = reached(wanted, after)
    found = []
    if left:
        found.append(
            f"Dashboard {wanted.uid} is not stored as it was sent; the server altered it, or somebody "
            f"saved it at the same moment: {'; '.join(left[:5])}"
        )
    posted = payload["dashboard"]["version"]
    if posted and not wanted.overwrite and answer.get("version", posted + 1) != posted + 1:
        found.append(
            f"Dashboard {wanted.uid} went from version {posted} to {answer['version']} in one save: "
            "another writer's version was replaced, see the version history."
        )
    return found


def report(
    module: AnsibleModule, uid: str, plan: Plan, before: Observed | None, after: Observed | None
) -> dict[str, t.Any]:
    result: dict[str, t.Any] = {
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
        mutually_exclusive=[("dashboard", "src")],
    )
    module.no_log_values |= password_in(module.params["url"])
    if REQUESTS_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_ERROR)
    try:
        client = GrafanaClient(connection(module.params))
        result = run(module, client)
        client.close()
    except ApiError as error:
        module.fail_json(msg=explained(error), **error.details)
    except MlopsError as error:
        module.fail_json(msg=str(error), **error.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
