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
    type: int
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
