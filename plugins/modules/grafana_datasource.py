#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: grafana_datasource
version_added: 0.1.0
short_description: Manage a data source of Grafana by its uid
description:
  - Creates, updates and deletes one data source through the HTTP API of Grafana 10.1 and later, and asks Grafana
    whether it works.
  - All requests name the data source by its uid, never by its number, which Grafana 13 no longer takes.
  - What no option names stays as it is. Options for one kind of data source alone go into O(json_data) by the names
    that Grafana's documentation has for them.
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
    details: Secrets are shown by name only.
  idempotent:
    support: partial
    details: With O(update_secrets=true), secrets are sent and reported as changed each time.
options:
  state:
    description: Whether the data source has to be there.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The data source's name. With O(uid), another one renames it.
      - Without O(uid) it says which data source is meant. A new one needs it.
    type: str
  uid:
    description:
      - The data source's uid. Boards refer to it.
      - Without it a new data source gets its name in lower case, with V(-) for all that is no letter or digit.
    type: str
  type:
    description: The kind of data source, the id of its plugin, as V(prometheus) or V(loki). A new one needs it.
    type: str
    aliases: [ds_type]
  datasource_url:
    description: Address of the data source, as Grafana reaches it.
    type: str
    aliases: [ds_url]
  access:
    description: Whether Grafana or the browser speaks to the data source. A new one is V(proxy).
    type: str
    choices: [proxy, direct]
  database:
    description: Name of the database, where there is one.
    type: str
  user:
    description: User of the database.
    type: str
  database_password:
    description:
      - Password of O(user), the secret V(password).
      - In community.grafana this is C(password), which here is that of O(username).
    type: str
  basic_auth_user:
    description: User for basic authentication. An empty one switches it off.
    type: str
  basic_auth_password:
    description: Password of O(basic_auth_user), the secret V(basicAuthPassword).
    type: str
  with_credentials:
    description: Whether cookies are sent along.
    type: bool
  is_default:
    description: Whether panels without a data source use this one. Another one that was the default is it no longer.
    type: bool
  time_interval:
    description: Shortest step of queries, as V(10s). For Prometheus that is its scrape interval.
    type: str
  tls_client_cert:
    description: Client certificate as PEM text, the secret V(tlsClientCert). Needs O(tls_client_key).
    type: str
  tls_client_key:
    description: Key of O(tls_client_cert) as PEM text, the secret V(tlsClientKey).
    type: str
  tls_ca_cert:
    description: Certificate authority of the data source as PEM text, the secret V(tlsCACert).
    type: str
  tls_servername:
    description: Name in the certificate of the data source.
    type: str
  tls_skip_verify:
    description: Whether the certificate of the data source is not checked.
    type: bool
  json_data:
    description: Grafana's C(jsonData), as a whole. Without it what is stored is kept.
    type: dict
    aliases: [additional_json_data]
  secure_json_data:
    description: Secrets, by Grafana's names for them. Secrets that are not named here are kept.
    type: dict
    aliases: [additional_secure_json_data]
  update_secrets:
    description:
      - Whether secrets are sent although there are some of the same name. Grafana does not show them, so that
        nobody can compare.
      - Without it, a secret is sent when Grafana has none of that name.
    type: bool
    default: false
    aliases: [enforce_secure_data]
  health:
    description:
      - What to do when Grafana says that the data source does not work. It is asked whenever the data source is
        there, but for check mode before a change.
      - A kind of data source without such a check is no failure.
    type: str
    choices: [require, warn, ignore]
    default: warn
seealso:
  - module: mlops.infra.grafana_dashboard
  - name: HTTP API for data sources
    description: Reference of the API that the module uses.
    link: https://grafana.com/docs/grafana/latest/developers/http_api/data_source/
"""

EXAMPLES = r"""
- name: Prometheus, which has to work
  mlops.infra.grafana_datasource:
    url: http://127.0.0.1:3000
    token: "{{ grafana_token }}"
    name: Prometheus
    uid: prometheus
    type: prometheus
    datasource_url: http://172.20.0.30:9090
    is_default: true
    time_interval: 10s
    json_data: {httpMethod: POST, manageAlerts: false}
    health: require
  delegate_to: localhost

- name: One with a password that has changed
  mlops.infra.grafana_datasource:
    token: "{{ grafana_token }}"
    name: Loki
    type: loki
    datasource_url: https://loki.example.com
    basic_auth_user: grafana
    basic_auth_password: "{{ loki_password }}"
    update_secrets: true
  delegate_to: localhost
"""

RETURN = r"""
uid:
  description: The data source's uid. With O(state=absent) and no such data source it is empty.
  returned: success
  type: str
  sample: prometheus
msg:
  description: What was done, or would be done in check mode, as a sentence.
  returned: success
  type: str
  sample: Datasource Prometheus created.
changes:
  description: One line for each difference that was found. Secrets are named, not shown.
  returned: success
  type: list
  elements: str
  sample: ['jsonData.timeInterval: "15s" -> "10s"']
datasource:
  description: The data source as the server has it now, V(null) if there is none.
  returned: success
  type: dict
  sample: {id: 2, uid: prometheus, name: Prometheus, type: prometheus, url: "http://172.20.0.30:9090"}
health:
  description: What Grafana says about the data source.
  returned: when it was asked
  type: dict
  contains:
    status:
      description: V(OK), V(ERROR), or V(UNKNOWN) where there is no such check.
      returned: always
      type: str
      sample: OK
    message:
      description: Grafana's words.
      returned: always
      type: str
      sample: Successfully queried the Prometheus API.
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import ApiError, ConflictError, FailedError
from ..module_utils._grafana import datasources, entry, model
from ..module_utils._grafana.client import GrafanaClient, Json
from ..module_utils._grafana.options import CONNECTION_SPEC, MUTUALLY_EXCLUSIVE
from ..module_utils._grafana.outcome import outcome

SECRET: dict[str, t.Any] = {"type": "str", "no_log": True}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **CONNECTION_SPEC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str"},
    "uid": {"type": "str"},
    "type": {"type": "str", "aliases": ["ds_type"]},
    "datasource_url": {"type": "str", "aliases": ["ds_url"]},
    "access": {"type": "str", "choices": ["proxy", "direct"]},
    "database": {"type": "str"},
    "user": {"type": "str"},
    "basic_auth_user": {"type": "str"},
    "with_credentials": {"type": "bool"},
    "is_default": {"type": "bool"},
    "time_interval": {"type": "str"},
    "tls_servername": {"type": "str"},
    "tls_skip_verify": {"type": "bool"},
    **dict.fromkeys(datasources.SECRETS, SECRET),
    "json_data": {"type": "dict", "aliases": ["additional_json_data"]},
    "secure_json_data": {
        "type": "dict",
        "no_log": True,
        "aliases": ["additional_secure_json_data"],
    },
    "update_secrets": {
        "type": "bool",
        "default": False,
        "no_log": False,
        "aliases": ["enforce_secure_data"],
    },
    "health": {"type": "str", "choices": ["require", "warn", "ignore"], "default": "warn"},
}


def run(module: AnsibleModule, client: GrafanaClient) -> Json:
    observed = find(module.params, client)
    if module.params["state"] == "absent":
        return absent(module, client, observed)
    return present(module, client, observed)


def find(params: Json, client: GrafanaClient) -> Json | None:
    if params["uid"]:
        return client.find_datasource(model.checked_uid(params["uid"]))
    return client.find_datasource_by_name(params["name"])


def present(module: AnsibleModule, client: GrafanaClient, observed: Json | None) -> Json:
    after = datasources.wanted(module.params, observed)
    secrets = datasources.missing_secrets(module.params, observed)
    found = datasources.changes(observed, after, secrets)
    if found and observed is not None:
        datasources.refuse_provisioned(observed, "update")
    source = observed
    if found and not module.check_mode:
        source = write(client, after, secrets, observed)
        for line in datasources.changes(source, after, ()):
            module.warn(f"Data source {after['name']} is not stored as it was sent: {line}.")
    verb = "created" if observed is None else "updated"
    result = report(module, after["name"], found, verb, observed, after)
    result.update(uid=after["uid"], datasource=source)
    if source is not None and not (found and module.check_mode):
        result.update(checked_health(module, client, after))
    return result


def write(
    client: GrafanaClient, after: Json, secrets: dict[str, str], observed: Json | None
) -> Json | None:
    body = {**after, "secureJsonData": secrets} if secrets else after
    uid = after["uid"]
    try:
        if observed is None:
            client.create_datasource(body)
        else:
            client.update_datasource(observed["uid"], body)
    except ApiError as error:
        now = client.find_datasource(uid)
        if error.status != 409 or now is None:
            raise
        if datasources.changes(now, after, ()):
            raise ConflictError(
                f"Data source {uid} was changed while this task ran, and is at version "
                f"{now.get('version')}: look at it and run again."
            ) from error
    return client.find_datasource(uid)


def checked_health(module: AnsibleModule, client: GrafanaClient, source: Json) -> Json:
    wish = module.params["health"]
    if wish == "ignore":
        return {}
    try:
        health = datasources.health(client.datasource_health(source["uid"]))
    except ApiError as error:
        health = datasources.health(error)
    problem = f"Data source {source['name']} does not work: {health['message']}"
    if health["status"] == "ERROR" and wish == "require":
        raise FailedError(
            f"{problem}; correct datasource_url and the credentials, as Grafana needs them.",
            {"health": health, "uid": source["uid"]},
        )
    if health["status"] == "ERROR":
        module.warn(problem)
    return {"health": health}


def absent(module: AnsibleModule, client: GrafanaClient, observed: Json | None) -> Json:
    name = (observed or {}).get("name") or module.params["name"] or module.params["uid"]
    if observed is not None:
        datasources.refuse_provisioned(observed, "delete")
        if not module.check_mode:
            client.delete_datasource(observed["uid"])
    found = datasources.changes(observed, None, ())
    result = report(module, name, found, "deleted", observed, None)
    left = observed if module.check_mode else None
    return {**result, "uid": (observed or {}).get("uid", ""), "datasource": left}


def report(
    module: AnsibleModule,
    name: str,
    changes: list[str],
    verb: str,
    before: Json | None,
    after: Json | None,
) -> Json:
    shown = (datasources.shown(before), datasources.shown(after))
    return outcome(module, f"Datasource {name}", f"data source {name}", changes, verb, *shown)


def main() -> None:
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=MUTUALLY_EXCLUSIVE,
        required_one_of=[("name", "uid")],
        required_by={"tls_client_cert": ("tls_client_key",)},
    )
    entry.execute(module, run)


if __name__ == "__main__":
    main()
