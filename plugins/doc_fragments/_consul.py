# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
from __future__ import annotations


class ModuleDocFragment:
    SENSITIVE = r"""
options:
  sensitive:
    description:
      - Values that are shown neither in the result nor in a diff nor in the task's arguments. V(true) means all, and a
        regular expression, or a list of them, those whose key it is found in, in upper or lower case.
      - The first digits of the SHA-256 digest are shown in their place.
    type: raw
    default: false
"""

    # The environment is read by the options' own code, for modules and plugins alike.
    LOOKUPS = r"""
options:
  address:
    vars:
      - name: ansible_consul_address
  token:
    vars:
      - name: ansible_consul_token
  token_file:
    vars:
      - name: ansible_consul_token_file
  http_auth:
    vars:
      - name: ansible_consul_http_auth
  validate_certs:
    vars:
      - name: ansible_consul_validate_certs
  ca_cert:
    vars:
      - name: ansible_consul_ca_cert
  tls_server_name:
    vars:
      - name: ansible_consul_tls_server_name
  client_cert:
    vars:
      - name: ansible_consul_client_cert
  client_key:
    vars:
      - name: ansible_consul_client_key
  timeout:
    vars:
      - name: ansible_consul_timeout
  datacenter:
    vars:
      - name: ansible_consul_datacenter
  namespace:
    vars:
      - name: ansible_consul_namespace
  partition:
    vars:
      - name: ansible_consul_partition
  consistency:
    vars:
      - name: ansible_consul_consistency
"""

    DOCUMENTATION = r"""
requirements:
  - py-consul >= 1.8.0 (the maintained continuation of python-consul; both are imported as C(consul))
notes:
  - py-consul is needed where this runs. Modules usually run on the controller, with
    C(delegate_to=localhost), and plugins always.
options:
  address:
    description:
      - Where the Consul agent is, as C(http://host:port), C(https://host:port), C(host:port) or
        C(unix:///path/to/socket).
      - Without it, and without O(host) and O(port), the environment variable E(CONSUL_HTTP_ADDR) is
        used, and then V(http://localhost:8500). Without a port it is V(8500), or V(8501) for
        V(https).
      - Without a scheme in the address, the environment variable E(CONSUL_HTTP_SSL) with the value
        V(true) means V(https).
    type: str
    aliases: [addr]
  host:
    description:
      - Host of the Consul agent. Mutually exclusive with O(address).
      - The default is V(localhost).
    type: str
  port:
    description:
      - TCP port of the Consul agent. Mutually exclusive with O(address).
      - The default is V(8500).
    type: int
  scheme:
    description:
      - Protocol that the Consul agent speaks. Mutually exclusive with O(address).
      - The default is V(http).
    type: str
    choices: [http, https]
  token:
    description:
      - The secret ID of the ACL token. It wins over O(token_file) and over the environment.
      - The default is the value of the environment variable E(CONSUL_HTTP_TOKEN).
    type: str
  token_file:
    description:
      - A file that contains the secret ID of the ACL token.
      - The default is the value of the environment variable E(CONSUL_HTTP_TOKEN_FILE).
    type: path
  http_auth:
    description:
      - C(user:password) for a proxy in front of Consul that asks for HTTP basic authentication.
      - The default is the value of the environment variable E(CONSUL_HTTP_AUTH).
    type: str
  validate_certs:
    description:
      - Whether the TLS certificate of the agent is verified.
      - The default is the value of the environment variable E(CONSUL_HTTP_SSL_VERIFY), and then
        V(true).
    type: bool
  ca_cert:
    description:
      - A file with the certificates of the authorities that the agent's certificate is verified by,
        or a directory of such files.
      - The default is the value of the environment variable E(CONSUL_CACERT), then of
        E(CONSUL_CAPATH), and then the authorities of the system.
    type: path
    aliases: [ca_path]
  tls_server_name:
    description:
      - The name that the agent's certificate must have, where it is not the one in O(address).
      - The default is the value of the environment variable E(CONSUL_TLS_SERVER_NAME).
    type: str
  client_cert:
    description:
      - The certificate that is shown to the agent, for mutual TLS. Needs O(client_key).
      - The default is the value of the environment variable E(CONSUL_CLIENT_CERT).
    type: path
  client_key:
    description:
      - The private key of O(client_cert).
      - The default is the value of the environment variable E(CONSUL_CLIENT_KEY).
    type: path
  timeout:
    description:
      - How long to wait for the agent to connect, and then for each of its answers, in seconds.
    type: float
    default: 30.0
  datacenter:
    description:
      - The datacenter to read from and write to. The default is the agent's own.
    type: str
    aliases: [dc]
  namespace:
    description:
      - The namespace (Consul Enterprise).
      - The default is the value of the environment variable E(CONSUL_NAMESPACE).
    type: str
    aliases: [ns]
  partition:
    description:
      - The admin partition (Consul Enterprise).
      - The default is the value of the environment variable E(CONSUL_PARTITION).
    type: str
  consistency:
    description:
      - How current what is read must be. V(consistent) asks the leader, who asks a quorum.
        V(default) may for a moment trust a leader that has been replaced. V(stale) lets any server
        answer, even without a leader.
      - Writes are checked against the index of what was read, whichever is chosen.
    type: str
    choices: [default, consistent, stale]
    default: consistent
"""
