# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
from __future__ import annotations


class ModuleDocFragment:
    # What plugins of the controller take from the environment; they have no argument_spec to do it.
    PLUGINS = r"""
options:
  address:
    env:
      - name: NOMAD_ADDR
  token:
    env:
      - name: NOMAD_TOKEN
  namespace:
    env:
      - name: NOMAD_NAMESPACE
  region:
    env:
      - name: NOMAD_REGION
  ca_path:
    env:
      - name: NOMAD_CACERT
  client_cert:
    env:
      - name: NOMAD_CLIENT_CERT
  client_key:
    env:
      - name: NOMAD_CLIENT_KEY
  tls_server_name:
    env:
      - name: NOMAD_TLS_SERVER_NAME
"""

    LOOKUPS = r"""
options:
  address:
    vars:
      - name: ansible_nomad_address
  token:
    vars:
      - name: ansible_nomad_token
  namespace:
    vars:
      - name: ansible_nomad_namespace
  region:
    vars:
      - name: ansible_nomad_region
  ca_path:
    vars:
      - name: ansible_nomad_ca_path
  client_cert:
    vars:
      - name: ansible_nomad_client_cert
  client_key:
    vars:
      - name: ansible_nomad_client_key
  tls_server_name:
    vars:
      - name: ansible_nomad_tls_server_name
  validate_certs:
    vars:
      - name: ansible_nomad_validate_certs
  timeout:
    vars:
      - name: ansible_nomad_timeout
"""

    DOCUMENTATION = r"""
options:
  address:
    description:
      - The URL of the Nomad server, with scheme and port.
      - If it is not specified, the value of environment variable E(NOMAD_ADDR) will be used,
        and V(http://127.0.0.1:4646) if that is not set either.
      - Mutually exclusive with O(host).
    type: str
    aliases: [addr]
  host:
    description:
      - The name or IP address of the Nomad server, where O(address) is not given as a URL.
      - Together with O(port) and O(use_ssl) it takes the options of M(community.general.nomad_job).
    type: str
  port:
    description: The TCP port of the server, together with O(host).
    type: int
    default: 4646
  use_ssl:
    description: Whether the server named by O(host) is spoken to over HTTPS.
    type: bool
    default: true
  token:
    description:
      - The ACL token.
      - If it is not specified, the value of environment variable E(NOMAD_TOKEN) will be used.
    type: str
  namespace:
    description:
      - The namespace of the job, or of whatever else the task is about. Nodes and namespaces themselves are in none.
      - If it is not specified, the environment variable E(NOMAD_NAMESPACE) is used, and Nomad's namespace
        V(default) if that is not set either.
    type: str
  region:
    description:
      - The region that the request is sent to.
      - If it is not specified, the environment variable E(NOMAD_REGION) is used, and the server's own region
        if that is not set either.
    type: str
  ca_path:
    description:
      - A file, or a directory, of PEM encoded CA certificates that the server's certificate is checked against.
      - If it is not specified, the value of environment variable E(NOMAD_CACERT) will be used,
        and the certificates that Python knows if that is not set either.
    type: path
  client_cert:
    description:
      - A file with the PEM encoded certificate by which the server knows this client.
      - If it is not specified, the value of environment variable E(NOMAD_CLIENT_CERT) will be used.
    type: path
  client_key:
    description:
      - A file with the PEM encoded private key of O(client_cert).
      - If it is not specified, the value of environment variable E(NOMAD_CLIENT_KEY) will be used.
    type: path
  tls_server_name:
    description:
      - The name that the server's certificate must have, where it is not the one in O(address), for instance
        V(server.global.nomad).
      - If it is not specified, the value of environment variable E(NOMAD_TLS_SERVER_NAME) will be used.
    type: str
  validate_certs:
    description:
      - Whether the server's certificate is checked.
      - If it is not specified, it is checked unless environment variable E(NOMAD_SKIP_VERIFY) is V(true).
    type: bool
  timeout:
    description:
      - How long one request may take, in seconds. A blocking query's own time comes on top.
      - A connection must be there after 5 seconds in any case.
    type: int
    default: 30
requirements:
  - python-nomad >= 2.0.0
  - requests
notes:
  - Modules speak to Nomad's API from the host where they run, plugins from the controller. Use
    C(delegate_to=localhost) where managed hosts have no C(python-nomad).
  - Requests that are safe to be repeated are repeated up to three times when the connection is lost or
    when Nomad is electing a leader.
"""
