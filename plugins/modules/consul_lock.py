#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: consul_lock
short_description: Acquire and release locks in Consul
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Acquires the lock of a key for a session, and waits for it where it is somebody else's, or releases it.
  - The session is known by its name. One of that name on the same node is used, and created where there is none, so
    that the task can be repeated. Whoever uses the same name is the same holder; what must not run side by side needs
    different names.
  - The value and the flags of the key are kept, unless O(value) says otherwise.
extends_documentation_fragment:
  - mlops.infra._consul
  - mlops.infra._attributes
  - mlops.infra._attributes.actiongroup_consul
attributes:
  check_mode:
    support: full
    details: Nothing is waited for. With O(wait), a lock that somebody else holds is a warning there.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: Renewing the session is not a change.
options:
  key:
    description:
      - The key whose lock it is, without a leading slash. It is created where it does not exist.
    type: str
    required: true
  name:
    description:
      - The name of the session. Exactly one of O(name) and O(session) is required.
    type: str
  session:
    description:
      - The ID of a session that something else created.
    type: str
  state:
    description:
      - V(present) means that the session holds the lock. The task fails, and names the holder, when somebody else does.
      - V(absent) means that it does not hold the lock. A lock that somebody else holds stays theirs.
    type: str
    choices: [present, absent]
    default: present
  value:
    description:
      - What the key is to have as its value while the lock is held, for instance who holds it and why.
    type: str
  wait:
    description:
      - Whether to wait for a lock that somebody else holds. The wait is one query that Consul answers when the key
        changes, and not a question a second.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait, in seconds.
    type: float
    default: 60.0
  node:
    description:
      - The node that a session of O(name) belongs to. It ends when the node fails.
      - The default is the node of the agent, which takes C(agent:read) to ask for. It is required with another
        O(datacenter) than the agent's.
    type: str
  ttl:
    description:
      - Seconds from 10 to 86400 after which Consul may end the session unless it is renewed, which each run of the task
        does. Consul waits for up to twice as long.
      - Without it, a new session lasts as long as its node.
    type: int
  behavior:
    description:
      - What happens to the locks of a session that ends. V(release) frees them, V(delete) deletes their keys.
      - The default for a new session is V(release).
    type: str
    choices: [release, delete]
  lock_delay:
    description:
      - Seconds from 0 to 60 for which nobody else gets a lock whose session has ended without releasing it.
      - The default for a new session is V(15).
    type: int
    aliases: [delay]
  destroy_session:
    description:
      - Whether O(state=absent) also destroys the session of O(name). Whatever other locks it holds are freed as well,
        or with O(behavior=delete) their keys deleted.
    type: bool
    default: false
seealso:
  - module: mlops.infra.consul_kv
  - name: Consul's sessions
    description: What sessions, lock delay and behavior mean.
    link: https://developer.hashicorp.com/consul/docs/dynamic-app-config/sessions
notes:
  - A lock binds those who ask for it. Consul lets anybody else write to the key.
  - A session cannot be changed. When O(ttl), O(behavior) or O(lock_delay) differ from those of the session that is
    there, the task fails.
  - The token needs C(key:write) on the key and C(session:write) on the node.
"""

EXAMPLES = r"""
- name: One deployment at a time, from whatever machine
  mlops.infra.consul_lock:
    key: mlops/locks/deployment
    name: deployment-{{ ansible_date_time.epoch }}
    value: "{{ lookup('ansible.builtin.pipe', 'hostname') }}"
    ttl: 600
    wait_timeout: 900
  register: lock

- name: Deploy
  ansible.builtin.import_tasks: deploy.yml

- name: Let the next one in
  mlops.infra.consul_lock:
    key: mlops/locks/deployment
    name: deployment-{{ ansible_date_time.epoch }}
    state: absent
    destroy_session: true

- name: Skip what somebody else is doing
  mlops.infra.consul_lock:
    key: mlops/locks/backup
    name: backup-{{ inventory_hostname }}
    wait: false
  register: backup_lock
  failed_when: backup_lock is failed and backup_lock.holder is not defined
"""

RETURN = r"""
key:
  description: The key as given.
  returned: success
  type: str
acquired:
  description: Whether the session holds the lock now, or would in check mode.
  returned: success
  type: bool
session_id:
  description: The ID of the session, null if there is none or it would only be created.
  returned: success
  type: str
  sample: af163429-af1b-cb3d-89b5-81cde8fc114c
session:
  description: The session in Consul's own words, null as RV(session_id). C(LockDelay) is in nanoseconds.
  returned: success
  type: dict
  sample:
    ID: af163429-af1b-cb3d-89b5-81cde8fc114c
    Name: deployment
    Node: consul-1
    TTL: 600s
    Behavior: release
    LockDelay: 15000000000
created:
  description: Whether the session was created, or would be in check mode.
  returned: with O(state=present)
  type: bool
destroyed:
  description: Whether the session was destroyed, or would be in check mode.
  returned: with O(state=absent)
  type: bool
holder:
  description:
    - The session that holds the lock, in Consul's own words, or of one that cannot be read only its C(ID).
    - Null when nobody holds it, but Consul does not give it yet.
  returned: when the lock is not acquired
  type: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.infra.plugins.module_utils._consul import holding, sessions
from ansible_collections.mlops.infra.plugins.module_utils._consul.entry import execute
from ansible_collections.mlops.infra.plugins.module_utils._consul.flatten import to_bytes
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Record
from ansible_collections.mlops.infra.plugins.module_utils._consul.named_session import (
    Json,
    Wanted,
    check_id,
    check_node,
    ensure,
    forget,
    in_words,
    named,
    renewed,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.options import (
    CONNECTION_SPEC,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.report import text
from ansible_collections.mlops.infra.plugins.module_utils._consul.tree import check_keys
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    MlopsError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._outcome import as_diff

GONE = "session {} does not exist or has expired: give the ID of one that does, or a name."
SPEC = {
    **CONNECTION_SPEC,
    "key": {"type": "str", "required": True, "no_log": False},
    "name": {"type": "str"},
    "session": {"type": "str", "no_log": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "value": {"type": "str"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 60.0},
    "node": {"type": "str"},
    "ttl": {"type": "int"},
    "behavior": {"type": "str", "choices": ["release", "delete"]},
    "lock_delay": {"type": "int", "aliases": ["delay"]},
    "destroy_session": {"type": "bool", "default": False},
}


def run(module: AnsibleModule, client: sessions.SessionClient) -> dict[str, t.Any]:
    params, key = module.params, module.params["key"]
    check(params)
    record = client.find(key).records.get(key)
    holder = holding.held_by(record)
    node = node_of(client, params)
    session = existing(client, params, node, holder)
    if params["state"] == "absent":
        result = absent(module, client, session, holder)
    elif module.check_mode:
        result = foreseen(module, client, session, record)
    else:
        result = present(params, client, session, node, holder)
    found = result["session"]
    if module._diff:
        before, after = who(params["name"], found, holder, result["acquired"])
        if params["value"] is not None and result["acquired"]:
            before["value"] = record and text(record.value)
            after["value"] = params["value"]
        result["diff"] = as_diff(before, after, key)
    return {**result, "key": key, "session_id": found["ID"] if found else None}


def check(params: dict[str, t.Any]) -> None:
    check_keys([params["key"]])
    holding.check_wait("wait_timeout", params["wait_timeout"])
    if params["name"] is not None:
        wanted(params).check()
        if params["node"] is not None:
            check_node(params["node"])
        return
    if params["session"] is None:
        raise UserError("name and session are both null: give one of them.")
    for option in ("node", "ttl", "behavior", "lock_delay"):
        if params[option] is not None:
            raise UserError(f"{option} says how to create a session: give name and not session.")
    if params["destroy_session"]:
        raise UserError("destroy_session is for a session of this module: give name, not session.")
    check_id(params["session"])


def wanted(params: dict[str, t.Any]) -> Wanted:
    return Wanted(
        params["name"],
        ttl=params["ttl"],
        behavior=params["behavior"],
        lock_delay=params["lock_delay"],
    )


def node_of(client: sessions.SessionClient, params: dict[str, t.Any]) -> str:
    if params["node"] or params["name"] is None:
        return params["node"] or ""
    try:
        node = client.own_node()
    except ApiError as exc:
        if exc.status != 403:
            raise
        raise UserError(
            "The token may not ask the agent which node it is: give node, or a token with agent:read."
        ) from None
    if not node:
        raise UserError(
            f"The agent is not in datacenter {params['datacenter']}: give node, the name of one there."
        )
    return node


def existing(
    client: sessions.SessionClient,
    params: dict[str, t.Any],
    node: str,
    holder: t.Optional[str],
) -> t.Optional[Json]:
    if params["name"] is not None:
        return named(client.sessions(node), params["name"], holder)
    found = client.find_session(params["session"])
    if found is None and params["state"] == "present":
        raise UserError(GONE.format(params["session"]))
    return found


def present(
    params: dict[str, t.Any],
    client: sessions.SessionClient,
    session: t.Optional[Json],
    node: str,
    holder: t.Optional[str],
) -> dict[str, t.Any]:
    created = False
    if params["name"] is not None:
        session, created = ensure(client, wanted(params), node, session, holder)
    elif session is None or not renewed(client, session):
        raise UserError(GONE.format(params["session"]))
    timeout = params["wait_timeout"] if params["wait"] else 0.0
    try:
        changed = holding.acquire(client, claim(params, session), timeout)
    except MlopsError:
        if created:
            forget(client, session["ID"])
        raise
    return {
        "changed": created or changed,
        "acquired": True,
        "created": created,
        "session": session,
    }


def claim(params: dict[str, t.Any], session: Json) -> holding.Claim:
    value = params["value"]
    return holding.Claim(
        params["key"], session, None if value is None else to_bytes(value, "value")
    )


def foreseen(
    module: AnsibleModule,
    client: sessions.SessionClient,
    session: t.Optional[Json],
    record: t.Optional[Record],
) -> dict[str, t.Any]:
    """What would come of it, as far as nobody releases or acquires the lock meanwhile."""
    params, holder = module.params, holding.held_by(record)
    if session and params["name"] is not None:
        wanted(params).compare(session)
    if holder and holder != (session or {}).get("ID"):
        refusal = holding.not_acquired(client, params["key"], 0.0)
        if not params["wait"]:
            raise refusal
        module.warn(f"{refusal} The task would wait for up to {params['wait_timeout']:g} seconds.")
    changed = not (session and claim(params, session).settled(record))
    return {"changed": changed, "acquired": True, "created": not session, "session": session}


def absent(
    module: AnsibleModule,
    client: sessions.SessionClient,
    session: t.Optional[Json],
    holder: t.Optional[str],
) -> dict[str, t.Any]:
    destroy = bool(session and module.params["destroy_session"])
    held = bool(session and holder == session["ID"])
    if session and not module.check_mode:
        # Without the lock delay that destroying alone would lead to.
        held = held and holding.release(client, holding.Claim(module.params["key"], session))
        if destroy:
            client.destroy_session(session["ID"])
    return {
        "changed": held or destroy,
        "acquired": False,
        "destroyed": destroy,
        "session": session,
    }


def who(
    name: t.Optional[str], session: t.Optional[Json], holder: t.Optional[str], acquired: bool
) -> tuple[Json, Json]:
    """Who holds the lock before and after the task."""
    ours = in_words(session) if session else f"session {name}"
    was_ours = session is not None and session["ID"] == holder
    before = ours if was_ours else holder
    after = ours if acquired else None if was_ours else holder
    return {"holder": before}, {"holder": after}


def main() -> None:
    module = AnsibleModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_one_of=[("name", "session")],
        mutually_exclusive=[("name", "session")],
    )
    execute(module, run, sessions.SessionClient)


if __name__ == "__main__":
    main()
