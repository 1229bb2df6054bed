#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: grafana_folder
version_added: 0.1.0
short_description: Manage a folder of Grafana
description:
  - Creates, renames, moves and deletes one folder through the HTTP API of Grafana 10.1 and later.
  - The uid is the identity of a folder. Without it, the folder with the title in the parent is taken, and several
    such folders are an error.
  - The parent that the server answers is compared with what was asked for. A server without nested folders puts
    every folder into the root and says success.
author:
  - mlops.infra maintainers (@mlops-infra)
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_grafana
  - mlops.infra._grafana
  - mlops.infra._grafana.permissions
attributes:
  check_mode:
    support: full
    details: Sends only requests that read.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description: Whether the folder has to be there.
    type: str
    choices: [present, absent]
    default: present
  title:
    description:
      - The folder's title. With O(uid), another one renames the folder.
      - It is needed with O(state=present), and with O(state=absent) without O(uid).
    type: str
    aliases: [name]
  uid:
    description:
      - The folder's uid, 1 to 40 characters out of letters, digits, V(-) and V(_).
      - Without it a new folder gets one that follows from its title and parent.
    type: str
  parent_uid:
    description:
      - The uid of the folder that holds this one. An empty string or V(general) is the root.
      - Without it and O(parent), a folder with the O(uid) stays where it is, and otherwise the root is meant.
      - Needs Grafana 11, or 10 with the feature toggle C(nestedFolders).
      - Mutually exclusive with O(parent).
    type: str
  parent:
    description:
      - The folder that holds this one, by the titles on the way to it, as in V(Team/Web). V(//) stands for a slash
        within a title. It has to be there.
    type: str
  delete_contents:
    description:
      - Whether O(state=absent) removes a folder that has boards or folders inside. Grafana deletes these with it,
        without a way back.
    type: bool
    default: false
seealso:
  - module: mlops.infra.grafana_dashboard
  - name: HTTP API for folders
    description: Reference of the API that the module uses.
    link: https://grafana.com/docs/grafana/latest/developers/http_api/folder/
"""

EXAMPLES = r"""
- name: A folder that only a team may edit
  mlops.infra.grafana_folder:
    url: http://127.0.0.1:3000
    token: "{{ grafana_token }}"
    uid: team
    title: Team
    permissions:
      - {role: Viewer, permission: View}
      - {team: ML, permission: Edit}
  delegate_to: localhost

- name: A folder within it
  mlops.infra.grafana_folder:
    token: "{{ grafana_token }}"
    title: Web
    parent: Team
  delegate_to: localhost

- name: Remove it, if nothing is in it
  mlops.infra.grafana_folder:
    token: "{{ grafana_token }}"
    title: Web
    parent: Team
    state: absent
  delegate_to: localhost
"""

RETURN = r"""
uid:
  description: The folder's uid. With O(state=absent) and no such folder it is empty.
  returned: success
  type: str
  sample: team
msg:
  description: What was done, or would be done in check mode, as a sentence.
  returned: success
  type: str
  sample: Folder Team created.
changes:
  description: One line for each difference that was found.
  returned: success
  type: list
  elements: str
  sample: ['title: Team -> ML team']
folder:
  description: The folder as the server has it now, V(null) if there is none.
  returned: success
  type: dict
  sample: {id: 7, uid: team, title: Team, url: /dashboards/f/team/team, version: 1}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import ApiError, ConflictError, FailedError, UserError
from ..module_utils._grafana import entry, folders, granting, model, paths
from ..module_utils._grafana.client import GrafanaClient, Json
from ..module_utils._grafana.locate import Locator, made, refuse_other_parent
from ..module_utils._grafana.options import CONNECTION_SPEC, MUTUALLY_EXCLUSIVE
from ..module_utils._grafana.outcome import outcome
from ..module_utils._grafana.permissions import OPTION

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **CONNECTION_SPEC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "title": {"type": "str", "aliases": ["name"]},
    "uid": {"type": "str"},
    "parent_uid": {"type": "str"},
    "parent": {"type": "str"},
    "delete_contents": {"type": "bool", "default": False},
    "permissions": OPTION,
}


def run(module: AnsibleModule, client: GrafanaClient) -> Json:
    params = module.params
    if params["state"] == "present" or not params["uid"]:
        folders.checked_title(params["title"])
    parent = parent_of(params, client)
    observed = find(params, parent, client)
    if params["state"] == "absent":
        return absent(module, client, observed)
    return present(module, client, parent, observed)


def parent_of(params: Json, client: GrafanaClient) -> str | None:
    if params["parent"] is None:
        uid = model.checked_folder(params["parent_uid"])
        return None if uid is None else model.folder_key(uid)
    return Locator(client, False, False).uid_of(paths.split(params["parent"]))


def find(params: Json, parent: str | None, client: GrafanaClient) -> Json | None:
    if params["uid"]:
        return client.find_folder(model.checked_folder(params["uid"]) or "")
    hit = paths.child(client.folders(parent or ""), params["title"].strip(), params["parent"] or "")
    return client.find_folder(hit["uid"]) if hit else None


def present(
    module: AnsibleModule, client: GrafanaClient, parent: str | None, observed: Json | None
) -> Json:
    title = folders.checked_title(module.params["title"])
    uid = (observed or {}).get("uid") or module.params["uid"]
    wanted = folders.Wanted(uid or paths.derived_uid([title], parent or ""), title, parent)
    before, after = folders.shown(observed), folders.goal(wanted, observed)
    found = folders.changes(before, after)
    if observed is None and parent and client.find_folder(parent) is None:
        raise UserError(
            f"There is no folder with the uid {parent}: create it, or correct parent_uid."
        )
    folder = observed
    if found and not module.check_mode:
        folder = write(client, after, before, observed)
    lines = granting.settle(
        client,
        "folders",
        wanted.uid,
        module.params["permissions"],
        folder is not None,
        module.check_mode,
    )
    verb = "created" if before is None else "updated"
    result = outcome(
        module, f"Folder {title}", f"folder {title}", found + lines, verb, before, after
    )
    return {**result, "uid": wanted.uid, "folder": folder}


def write(client: GrafanaClient, after: Json, before: Json | None, observed: Json | None) -> Json:
    uid = after["uid"]
    if before is None or observed is None:
        return made(client, uid, after["title"], after["parentUid"])
    if before["title"] != after["title"]:
        rename(client, after, observed)
    if before["parentUid"] != after["parentUid"]:
        move(client, after)
    folder = client.find_folder(uid) or {}
    refuse_other_parent(folder, after["title"], after["parentUid"])
    return folder


def rename(client: GrafanaClient, after: Json, observed: Json) -> None:
    try:
        client.update_folder(
            after["uid"], {"title": after["title"], "version": observed["version"]}
        )
    except ApiError as error:
        now = client.find_folder(after["uid"]) or {}
        if error.status not in (409, 412) or now.get("version") == observed["version"]:
            raise
        if now.get("title") != after["title"]:
            raise ConflictError(
                f"Folder {after['uid']} was changed while this task ran (version {now.get('version')}, "
                f"by {now.get('updatedBy')} at {now.get('updated')}): run again."
            ) from error


def move(client: GrafanaClient, after: Json) -> None:
    try:
        client.move_folder(after["uid"], after["parentUid"])
    except ApiError as error:
        if error.status != 404 or "not found" not in error.body.lower():
            raise
        raise FailedError(
            f"Folder {after['uid']} cannot be moved: there is no folder {after['parentUid']}, or the "
            "server has no nested folders (Grafana 10 needs the feature toggle nestedFolders)."
        ) from error


def absent(module: AnsibleModule, client: GrafanaClient, observed: Json | None) -> Json:
    title = observed["title"] if observed else module.params["title"] or module.params["uid"]
    if observed is not None:
        if not module.params["delete_contents"]:
            refuse_contents(client, observed)
        if not module.check_mode:
            client.delete_folder(observed["uid"])
    before = folders.shown(observed)
    found = folders.changes(before, None)
    result = outcome(module, f"Folder {title}", f"folder {title}", found, "deleted", before, None)
    left = observed if module.check_mode else None
    return {**result, "uid": (observed or {}).get("uid", ""), "folder": left}


def refuse_contents(client: GrafanaClient, folder: Json) -> None:
    uid = folder["uid"]
    hits = client.search(type="dash-db", folderUIDs=uid)
    boards = [hit["title"] for hit in hits if hit.get("folderUid") == uid]
    below = [inner["title"] for inner in client.folders(uid)]
    folders.refuse_contents(folder, boards, below)


def main() -> None:
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[*MUTUALLY_EXCLUSIVE, ("parent_uid", "parent")],
        required_one_of=[("title", "uid")],
    )
    entry.execute(module, run)


if __name__ == "__main__":
    main()
