# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description:
      - Address of Grafana, with its sub path where it has one.
      - If the value is not given, the environment variable E(GRAFANA_URL) is used.
    type: str
    default: http://127.0.0.1:3000
    aliases: [grafana_url]
  username:
    description:
      - User of the HTTP API. There is no default account.
      - If the value is not given, the environment variable E(GRAFANA_USER) is used.
    type: str
    aliases: [url_username, grafana_user]
  password:
    description:
      - Password of O(username).
      - If the value is not given, the environment variable E(GRAFANA_PASSWORD) is used.
    type: str
    aliases: [url_password, grafana_password]
  token:
    description:
      - Token of a service account, used instead of O(username) and O(password) when both are given.
      - If the value is not given, the environment variable E(GRAFANA_TOKEN) is used.
    type: str
    aliases: [grafana_api_key, api_key]
  org_id:
    description:
      - Organisation to act in. It is sent as a header with each request and checked once; the account's
        active organisation is never switched.
      - Without it the organisation of the token, or the active one of the account, is used.
      - Mutually exclusive with O(org_name).
    type: int
  org_name:
    description:
      - Name of the organisation to act in. Without a token it is looked up among the organisations of
        the user; with a token it has to be the token's own.
      - Mutually exclusive with O(org_id).
    type: str
  use_proxy:
    description: Whether to use the proxy that the environment of the host names.
    type: bool
    default: true
  validate_certs:
    description: Whether to verify the server's TLS certificate.
    type: bool
    default: true
  ca_path:
    description: File with the certificate authorities that may sign the server's certificate.
    type: path
  client_cert:
    description: File with the client's TLS certificate, and its key unless O(client_key) is given.
    type: path
  client_key:
    description: File with the key of O(client_cert).
    type: path
  timeout:
    description: How long one request may take, in seconds.
    type: float
    default: 30
  wait_timeout:
    description:
      - How long to go on trying, in seconds, while Grafana cannot be reached or answers 429, 502, 503
        or 504, as it does while it starts.
      - V(0) fails at once.
    type: float
    default: 30
requirements:
  - requests
notes:
  - The module speaks HTTP from the host where it runs. Run it on the controller
    (C(delegate_to) set to V(localhost)) unless only another host reaches Grafana.
"""

    CONTENT = r"""
options:
  dashboard:
    description:
      - The dashboard's content, as a mapping or as text in JSON or YAML.
      - An envelope as the HTTP API uses it (a mapping with the key C(dashboard)) is accepted as well, and so is a
        resource of C(dashboard.grafana.app), whose name is the uid. From C(v2) on, such a resource goes to Grafana's
        newer API, which needs Grafana 12; its folder is from the options, not from its annotations.
      - The keys C(id), C(version), C(iteration) and C(revision) are ignored.
      - Mutually exclusive with O(src) and O(dashboard_id).
    type: raw
    aliases: [content]
  src:
    description:
      - File with the dashboard's content in JSON or YAML, on the host where the module runs, or an address that
        begins with C(http).
    type: path
    aliases: [path, dashboard_url]
  src_username:
    description: User for an address in O(src), or for O(dashboard_base_url). Grafana's own account is never sent there.
    type: str
  src_password:
    description: Password of O(src_username).
    type: str
  checksum:
    description: What is fetched has to have this checksum, C(sha256:) and 64 hexadecimal digits.
    type: str
  dashboard_id:
    description: Number of a dashboard of grafana.com.
    type: int
  dashboard_revision:
    description:
      - Its revision, a number or V(latest). Only a number gives the same board tomorrow.
    type: str
    default: "1"
  dashboard_base_url:
    description: Address of grafana.com, or of a mirror that answers the same paths below C(/api/dashboards).
    type: str
    default: https://grafana.com
  inputs:
    description:
      - What a dashboard that was exported for sharing asks for in C(__inputs), by name. For a data source it is
        the uid. Constants have their value in the dashboard and need none here.
      - Data sources that are named by a text, as in boards of Grafana before 8.3, become a type and a uid.
    type: dict
  extra_tags:
    description: Tags that the dashboard has beside those in its content.
    type: list
    elements: str
    default: []
"""

    PERMISSIONS = r"""
options:
  permissions:
    description:
      - Who may do what with the dashboard, or with the folder and what is in it, as a whole. Others are removed, and
        an empty list removes all.
      - What is inherited from a folder is not touched. Without this option nothing is changed.
    type: list
    elements: dict
    suboptions:
      role:
        description: A role of the organisation. Administrators may do everything and are not named.
        type: str
        choices: [Viewer, Editor]
      team:
        description: The name of a team.
        type: str
      user:
        description: The login of a user.
        type: str
      permission:
        description: What the role, team or user may do.
        type: str
        choices: [View, Edit, Admin]
        required: true
"""
