# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: nomad_nodes
short_description: Nomad's nodes as an inventory
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Makes a host of each client node that Nomad knows, with what Nomad knows about it as variables, and groups them by
    class, datacenter, node pool, status and eligibility.
  - Nomad is asked once for all nodes. Their attributes and meta data take one request more for each node; see
    O(details).
  - The name of the inventory's file must end with C(nomad_nodes.yml) or C(nomad_nodes.yaml).
extends_documentation_fragment:
  - mlops.infra._nomad
  - mlops.infra._nomad.plugins
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [mlops.infra.nomad_nodes]
  filter:
    description:
      - An expression in Nomad's own filter language that nodes must fit, for instance V(Status == "ready").
    type: str
  hostname:
    description:
      - What the hosts are named by.
      - Where several nodes have the same name, the newest one that is not down keeps it, and C(-) with the first eight
        digits of the ID is appended to that of the others.
    type: str
    choices: [name, id, address]
    default: name
  group_by:
    description:
      - What groups are made by. The node C(web-1) of the class C(gpu-large) is in the group C(nomad_class_gpu_large).
    type: list
    elements: str
    choices: [class, datacenter, pool, status, eligibility]
    default: [class, datacenter, pool, status, eligibility]
  group_prefix:
    description: What the names of these groups begin with.
    type: str
    default: nomad_
  details:
    description:
      - Whether each node is asked for in addition, for the variables C(nomad_attributes), C(nomad_meta) and
        C(nomad_http_address).
    type: bool
    default: false
seealso:
  - module: mlops.infra.nomad_node
  - name: Nomad's filter expressions
    description: Reference of the language.
    link: https://developer.hashicorp.com/nomad/api-docs#filtering
notes:
  - Every host has the variables C(nomad_id), C(nomad_name), C(nomad_address), C(nomad_class), C(nomad_datacenter),
    C(nomad_pool), C(nomad_status), C(nomad_eligibility), C(nomad_drain) (whether it is being drained),
    C(nomad_version), C(nomad_drivers) (the healthy task drivers) and C(nomad_host_volumes), and C(ansible_host) is the
    node's address.
    All of them can be used in O(compose), O(groups) and O(keyed_groups).
  - Characters that a group's name must not have become C(_).
  - The token needs C(node:read).
"""

EXAMPLES = r"""
---
# nomad_nodes.yml: all nodes of the server that NOMAD_ADDR names
plugin: mlops.infra.nomad_nodes

---
# production.nomad_nodes.yml: nodes that are up, and groups by what only the nodes themselves know
plugin: mlops.infra.nomad_nodes
address: https://nomad.example.org:4646
ca_path: /etc/ssl/nomad-ca.pem
filter: Status == "ready"
group_by: [class, pool]
details: true
compose:
  ansible_host: nomad_attributes['unique.network.ip-address']
  cores: nomad_attributes['cpu.numcores'] | int
groups:
  with_docker: "'docker' in nomad_drivers"
keyed_groups:
  - key: nomad_meta.rack
    prefix: rack
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/nomad_nodes
"""

import typing as t

from ansible.errors import AnsibleParserError

from ..module_utils._nomad import hosts
from ..plugin_utils import _nomad
from ..plugin_utils._inventory import NodesInventory

SOURCE = ("address", "host", "port", "region", "filter", "details")


class InventoryModule(NodesInventory):
    """Asks for nodes; what they become in the inventory is hosts' part."""

    NAME = "mlops.infra.nomad_nodes"

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        source = [self.get_option(name) for name in SOURCE]
        with _nomad.in_words(AnsibleParserError):
            nodes = self.remembered(path, cache, source, self._asked)
        group_by, prefix = self.get_option("group_by"), self.get_option("group_prefix")
        for host, node in hosts.named(nodes, self.get_option("hostname")).items():
            self.write(host, hosts.variables(node), hosts.groups(node, group_by, prefix))

    def _asked(self) -> list[dict[str, t.Any]]:
        client = _nomad.client(self)
        nodes = client.nodes(self.get_option("filter") or "")
        if self.get_option("details"):
            for node in nodes:
                node["Details"] = client.find_node(node["ID"])
        return nodes
