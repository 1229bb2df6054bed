#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: grafana_dashboard_info
version_added: 0.1.0
short_description: Read dashboards of Grafana
description:
  - Lists dashboards by title, tag and folder, or reads those with the given uids, with their content, versions and
    permissions on request.
  - Lists are read page by page, so that none is left out. From Grafana 12 on the server's list may be some seconds
    behind; a dashboard by its uid is always the present one.
author:
  - mlops.infra maintainers (@mlops-infra)
extends_documentation_fragment:
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_grafana
  - mlops.infra._grafana
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  uid:
    description:
      - Uids of dashboards. Those that are not there are left out of the answer.
      - Mutually exclusive with O(query), O(tags), O(folder_uid) and O(folder).
    type: list
    elements: str
  query:
    description: A part of the title, in any case.
    type: str
  tags:
    description: Tags that a dashboard has, all of them.
    type: list
    elements: str
  folder_uid:
    description: The uid of the folder that holds the dashboards. An empty string or V(general) is the root.
    type: str
  folder:
    description: That folder by the titles on the way to it, as in V(Team/Web).
    type: str
  content:
    description: Whether dashboards are returned with their content. Each costs a request.
    type: bool
    default: false
  versions:
    description: How many of the last versions of each dashboard are returned. Each dashboard costs a request.
    type: int
    default: 0
  permissions:
    description: Whether dashboards are returned with their permissions. Each costs a request.
    type: bool
    default: false
seealso:
  - module: mlops.infra.grafana_dashboard
"""

EXAMPLES = r"""
- name: All boards of a folder that we manage
  mlops.infra.grafana_dashboard_info:
    url: http://127.0.0.1:3000
    token: "{{ grafana_token }}"
    folder: Team/Web
    tags: [managed]
  delegate_to: localhost
  register: found

- name: One board with its last three versions
  mlops.infra.grafana_dashboard_info:
    token: "{{ grafana_token }}"
    uid: [queue-depth]
    content: true
    versions: 3
  delegate_to: localhost
"""

RETURN = r"""
dashboards:
  description: The dashboards, by title.
  returned: success
  type: list
  elements: dict
  contains:
    uid:
      description: The dashboard's uid.
      returned: always
      type: str
      sample: queue-depth
    title:
      description: Its title.
      returned: always
      type: str
      sample: Queue depth
    tags:
      description: Its tags.
      returned: always
      type: list
      elements: str
      sample: [managed]
    folder_uid:
      description: The uid of its folder, empty for the root.
      returned: always
      type: str
      sample: team
    url:
      description: Path of its page, relative to Grafana's address.
      returned: always
      type: str
      sample: /d/queue-depth/queue-depth
    version:
      description: Its version.
      returned: with O(uid) or O(content=true)
      type: int
      sample: 4
    provisioned:
      description: Whether it comes from a file on Grafana's own host and cannot be changed here.
      returned: with O(uid) or O(content=true)
      type: bool
    updated:
      description: When it was saved last.
      returned: with O(uid) or O(content=true)
      type: str
      sample: "2026-11-23T02:09:25Z"
    updated_by:
      description: Who saved it last.
      returned: with O(uid) or O(content=true)
      type: str
      sample: admin
    dashboard:
      description: Its content, without what the server keeps for itself.
      returned: with O(content=true)
      type: dict
      sample: {title: Queue depth, uid: queue-depth, panels: []}
    versions:
      description: Its last versions, the newest first.
      returned: with O(versions)
      type: list
      elements: dict
      sample: [{version: 4, created: "2026-11-23T02:09:25Z", createdBy: admin, message: Managed by Ansible}]
    permissions:
      description: Who may do what with it, by its own and by those of its folders.
      returned: with O(permissions=true)
      type: list
      elements: dict
      sample: [{subject: "role Viewer", permission: View, inherited: true}]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import UserError
from ..module_utils._grafana import entry, identify, model, permissions
from ..module_utils._grafana.client import GrafanaClient, Json
from ..module_utils._grafana.locate import Locator
from ..module_utils._grafana.options import CONNECTION_SPEC, MUTUALLY_EXCLUSIVE
from ..module_utils._grafana.plan import Observed

LIST: dict[str, t.Any] = {"type": "list", "elements": "str"}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **CONNECTION_SPEC,
    "uid": LIST,
    "query": {"type": "str"},
    "tags": LIST,
    "folder_uid": {"type": "str"},
    "folder": {"type": "str"},
    "content": {"type": "bool", "default": False},
    "versions": {"type": "int", "default": 0},
    "permissions": {"type": "bool", "default": False},
}


def run(module: AnsibleModule, client: GrafanaClient) -> Json:
    params = module.params
    if params["versions"] < 0:
        raise UserError("versions is a number of versions: write 0 or more.")
    if params["uid"] is not None:
        found = [read(client, model.checked_uid(uid), params) for uid in params["uid"]]
    else:
        found = [read_hit(client, hit, params) for hit in hits(client, params)]
    there = [entry for entry in found if entry is not None]
    return {"changed": False, "dashboards": [completed(client, entry, params) for entry in there]}


def hits(client: GrafanaClient, params: Json) -> list[Json]:
    """The folder is compared here as well: Grafana 10 ignores it in a search."""
    chosen = {**params, "parent_folder": None}
    folder = identify.folder_of(chosen, Locator(client, False, False))
    filters = {"query": params["query"], "tag": params["tags"], "type": "dash-db"}
    if folder is not None:
        filters["folderUIDs"] = model.folder_key(folder) or "general"
    found = client.search(**filters)
    if folder is not None:
        wanted = model.folder_key(folder)
        found = [hit for hit in found if model.folder_key(hit.get("folderUid")) == wanted]
    return sorted(found, key=lambda hit: (str(hit.get("title")), str(hit.get("uid"))))


def read_hit(client: GrafanaClient, hit: Json, params: Json) -> Json | None:
    if params["content"]:
        return read(client, hit["uid"], params)
    return {
        "uid": hit["uid"],
        "title": hit.get("title"),
        "tags": hit.get("tags") or [],
        "folder_uid": model.folder_key(hit.get("folderUid")),
        "url": hit.get("url"),
    }


def read(client: GrafanaClient, uid: str, params: Json) -> Json | None:
    observed = Observed.from_answer(client.find_dashboard(uid))
    if observed is None or observed.meta.get("isFolder"):
        return None
    board, meta = observed.board, observed.meta
    result = {
        "uid": uid,
        "title": board.get("title"),
        "tags": board.get("tags") or [],
        "folder_uid": observed.folder_uid,
        "url": meta.get("url"),
        "version": observed.version,
        "provisioned": bool(meta.get("provisioned")),
        "updated": meta.get("updated"),
        "updated_by": meta.get("updatedBy"),
    }
    if params["content"]:
        result["dashboard"] = {k: v for k, v in board.items() if k not in model.VOLATILE}
    return result


def completed(client: GrafanaClient, entry: Json, params: Json) -> Json:
    uid = entry["uid"]
    if params["versions"]:
        entry["versions"] = [
            {key: version.get(key) for key in ("version", "created", "createdBy", "message")}
            for version in client.dashboard_versions(uid, params["versions"])
        ]
    if params["permissions"]:
        answer = client.permissions("dashboards", uid)
        entry["permissions"] = [permissions.readable(item) for item in answer]
    return entry


def main() -> None:
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[
            *MUTUALLY_EXCLUSIVE,
            ("folder_uid", "folder"),
            *(("uid", other) for other in ("query", "tags", "folder_uid", "folder")),
        ],
    )
    entry.execute(module, run)


if __name__ == "__main__":
    main()
