#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: grafana_service_account
version_added: 0.1.0
short_description: Manage a service account of Grafana and its token
description:
  - Creates, updates and deletes one service account through the HTTP API of Grafana 10.1 and later, and keeps a token
    of it in a file.
  - Grafana shows a token once, when it is made. With O(account_token.dest) it goes into a file that only its owner
    reads, and appears nowhere else.
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
    details: Tokens are shown by name only.
  idempotent:
    support: full
options:
  state:
    description: Whether the service account has to be there. Its tokens go with it.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: The service account's name, by which it is known.
    type: str
    required: true
  role:
    description: Its role in the organisation. A new one is a V(Viewer) unless this says otherwise.
    type: str
    choices: [Viewer, Editor, Admin, None]
  disabled:
    description: Whether it is kept from doing anything.
    type: bool
  account_token:
    description:
      - A token of the service account. Other tokens are not touched.
      - O(token) is another one, by which the module itself is let in.
    type: dict
    suboptions:
      name:
        description: The token's name.
        type: str
        required: true
      state:
        description: Whether the token has to be there. One that has expired is made anew.
        type: str
        choices: [present, absent]
        default: present
      dest:
        description:
          - File that gets the token, on the host where the module runs, with the mode 0600. A missing directory is
            made.
          - Without it, the token is returned, and is in the hands of who registers the result.
        type: path
      seconds_to_live:
        description: How long a new token is good for, in seconds. V(0) is for ever, where Grafana allows that.
        type: int
        default: 0
      recreate:
        description: Whether a token whose file is not there is replaced by a new one. Whoever uses it is locked out.
        type: bool
        default: false
seealso:
  - name: HTTP API for service accounts
    description: Reference of the API that the module uses.
    link: https://grafana.com/docs/grafana/latest/developers/http_api/serviceaccount/
"""

EXAMPLES = r"""
- name: An account that may edit, with its token beside the inventory
  mlops.infra.grafana_service_account:
    url: http://127.0.0.1:3000
    username: admin
    password: "{{ grafana_password }}"
    name: deploy
    role: Editor
    account_token:
      name: ansible
      dest: "{{ inventory_dir }}/.secrets/grafana-token"
  delegate_to: localhost

- name: Take it away
  mlops.infra.grafana_service_account:
    username: admin
    password: "{{ grafana_password }}"
    name: deploy
    state: absent
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: What was done, or would be done in check mode, as a sentence.
  returned: success
  type: str
  sample: Service account deploy created.
changes:
  description: One line for each difference that was found. Tokens are named, not shown.
  returned: success
  type: list
  elements: str
  sample: [created, 'token ansible: created']
service_account:
  description: The service account as the server has it now, V(null) if there is none.
  returned: success
  type: dict
  sample: {id: 3, name: deploy, login: sa-1-deploy, role: Editor, isDisabled: false}
key:
  description: The new token.
  returned: when one was made and O(account_token.dest) is not set
  type: str
  sample: glsa_KqY1QfKJYB2qz7sVpF0mW1ycOPaqL9mN_6cd1f1d2
"""

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils import _files
from ..module_utils._errors import FailedError, UserError
from ..module_utils._grafana import entry, tokens
from ..module_utils._grafana.client import GrafanaClient, Json
from ..module_utils._grafana.options import CONNECTION_SPEC, MUTUALLY_EXCLUSIVE
from ..module_utils._grafana.outcome import outcome

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **CONNECTION_SPEC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "role": {"type": "str", "choices": tokens.ROLES},
    "disabled": {"type": "bool"},
    "account_token": {
        "type": "dict",
        "no_log": False,
        "options": {
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "dest": {"type": "path"},
            "seconds_to_live": {"type": "int", "default": 0},
            "recreate": {"type": "bool", "default": False},
        },
    },
}


def run(module: AnsibleModule, client: GrafanaClient) -> Json:
    name = module.params["name"]
    observed = find(client, name)
    if module.params["state"] == "absent":
        return absent(module, client, observed)
    before, after = tokens.shown(observed), wanted(module.params, observed)
    found = tokens.account_changes(before, after)
    account = observed
    if found and not module.check_mode:
        account = write(client, observed, after)
    step = planned(client, module.params["account_token"], account)
    key = None
    if step.changes and not module.check_mode and account is not None:
        key = apply(client, account["id"], module.params["account_token"], step)
    result = report(module, [*found, *step.changes], before is None, before, after)
    result["service_account"] = account
    return result if key is None else {**result, "key": key}


def find(client: GrafanaClient, name: str) -> Json | None:
    """The search is by parts of names."""
    hits = [hit for hit in client.service_accounts(name) if hit.get("name") == name]
    return hits[0] if hits else None


def wanted(params: Json, observed: Json | None) -> Json:
    base = tokens.shown(observed) or {"role": "Viewer", "isDisabled": False}
    given = {"name": params["name"], "role": params["role"], "isDisabled": params["disabled"]}
    return {**base, **{key: value for key, value in given.items() if value is not None}}


def write(client: GrafanaClient, observed: Json | None, after: Json) -> Json:
    if observed is None:
        client.create_service_account(after)
    else:
        client.update_service_account(observed["id"], after)
    account = find(client, after["name"])
    left = tokens.account_changes(tokens.shown(account), after)
    if account is None or left:
        raise FailedError(
            f"The service account {after['name']} is not as it was asked for: {'; '.join(left)}. Look "
            "at what the credentials are allowed to do.",
            {"service_account": account},
        )
    return account


def planned(client: GrafanaClient, option: Json | None, account: Json | None) -> tokens.Step:
    if option is None:
        return tokens.Step()
    if option["seconds_to_live"] < 0:
        raise UserError("seconds_to_live in 'account_token' is a time: write 0 or more seconds.")
    there = client.tokens(account["id"]) if account else []
    dest = option["dest"]
    has_file = bool(dest) and os.path.isfile(dest) and os.path.getsize(dest) > 0
    return tokens.plan(option, there, has_file)


def apply(client: GrafanaClient, number: int, option: Json, step: tokens.Step) -> str | None:
    """The file is tried before the token is made: a key that cannot be kept is lost."""
    dest = option["dest"]
    if step.create and dest:
        keep(dest, "")
    if step.remove is not None:
        client.delete_token(number, step.remove)
    if not step.create:
        return None
    body = {"name": option["name"], "secondsToLive": option["seconds_to_live"]}
    made = client.create_token(number, body)
    if not dest:
        return str(made["key"])
    try:
        keep(dest, f"{made['key']}\n")
    except UserError:
        client.delete_token(number, made["id"])
        raise
    return None


def keep(dest: str, text: str) -> None:
    try:
        file = _files.Wanted(text.encode(), 0o600, True)
        _files.write(os.path.abspath(dest), file, _files.Owner(-1, -1))
    except OSError as error:
        raise UserError(f"dest {dest} cannot be written: {error.strerror}.") from error


def absent(module: AnsibleModule, client: GrafanaClient, observed: Json | None) -> Json:
    if observed is not None and not module.check_mode:
        client.delete_service_account(observed["id"])
    before = tokens.shown(observed)
    result = report(module, tokens.account_changes(before, None), False, before, None)
    return {**result, "service_account": observed if module.check_mode else None}


def report(
    module: AnsibleModule, changes: list[str], new: bool, before: Json | None, after: Json | None
) -> Json:
    verb, name = (
        "deleted" if after is None else "created" if new else "updated",
        module.params["name"],
    )
    subject, header = f"Service account {name}", f"service account {name}"
    return outcome(module, subject, header, changes, verb, before, after)


def main() -> None:
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=MUTUALLY_EXCLUSIVE,
    )
    entry.execute(module, run)


if __name__ == "__main__":
    main()
