# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: consul_catalog
short_description: Consul's nodes and services as an inventory
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Makes a host of each node in Consul's catalog, with what Consul knows about it as variables, and groups them by
    service, datacenter, health and the nodes' meta data.
  - Consul is asked three times, and once more for each service, however many nodes there are; see O(services).
  - The name of the inventory's file must end with C(consul_catalog.yml) or C(consul_catalog.yaml).
extends_documentation_fragment:
  - mlops.infra._consul
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [mlops.infra.consul_catalog]
  filter:
    description:
      - An expression in Consul's own filter language that nodes must fit, for instance V(Meta.rack == "r-7").
    type: str
  services:
    description:
      - The services to ask for, as globs of their names. With an empty list there are no services in variables and
        groups, and Consul is asked only twice.
    type: list
    elements: str
    default: ["*"]
  only_passing:
    description:
      - Whether hosts and services are left out of which a check does not pass. The checks of a service do not count for
        its host, but those of the host for its services.
    type: bool
    default: false
  hostname:
    description:
      - What the hosts are named by.
      - A node without an ID, as those of services outside have none, or whose address another node has, is named by its
        name.
    type: str
    choices: [name, id, address]
    default: name
  group_by:
    description:
      - What groups are made by. A node on which the service C(web) runs is in the group C(consul_service_web), and one
        with the meta data C(rack=r-7) in C(consul_meta_rack_r_7).
      - V(tag) makes groups of services and their tags, as C(consul_tag_web_primary).
    type: list
    elements: str
    choices: [service, datacenter, health, meta, tag]
    default: [service, datacenter, health, meta]
  group_prefix:
    description: What the names of these groups begin with.
    type: str
    default: consul_
seealso:
  - plugin: mlops.infra.nomad_nodes
    plugin_type: inventory
  - name: Consul's filter expressions
    description: Reference of the language.
    link: https://developer.hashicorp.com/consul/api-docs/features/filtering
notes:
  - Every host has the variables C(consul_id), C(consul_name), C(consul_address), C(consul_tagged_addresses),
    C(consul_datacenter), C(consul_meta), C(consul_health) (V(passing), V(warning), V(critical) or V(maintenance)),
    C(consul_troubles) (the checks that do not pass) and C(consul_services), and C(ansible_host) is the node's address.
    All of them can be used in O(compose), O(groups) and O(keyed_groups).
  - C(consul_services) has for each service a list of its instances on that node, each with C(id), C(address), C(port),
    C(tags), C(meta) and C(health).
  - Characters that a group's name must not have become C(_).
  - The token needs C(node:read) and C(service:read). What it may not see is not there, and Consul says so only since
    1.11.
"""

EXAMPLES = r"""
---
# consul_catalog.yml: all nodes of the agent that CONSUL_HTTP_ADDR names
plugin: mlops.infra.consul_catalog

---
# production.consul_catalog.yml: what is healthy, and where it listens
plugin: mlops.infra.consul_catalog
address: https://consul.example.org:8501
ca_cert: /etc/ssl/consul-ca.pem
services: ["web", "db-*"]
only_passing: true
group_by: [service, tag]
compose:
  ansible_host: consul_tagged_addresses.wan | default(consul_address)
  web_port: consul_services.web[0].port
groups:
  with_web: "'web' in consul_services"
keyed_groups:
  - key: consul_meta.rack
    prefix: rack
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/consul_catalog
"""

import typing as t

from ansible.errors import AnsibleParserError

from ..module_utils._consul import hosts
from ..module_utils._consul.catalog import CatalogClient
from ..plugin_utils import _consul
from ..plugin_utils._inventory import NodesInventory


class InventoryModule(NodesInventory):
    """Asks for the catalog; what becomes of it in the inventory is hosts' part."""

    NAME = "mlops.infra.consul_catalog"

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        with _consul.connected(self, CatalogClient, AnsibleParserError) as client:
            source = [client.connection.address, client.connection.scope]
            source += [self.get_option("filter"), self.get_option("services")]
            catalog = self.remembered(path, cache, source, lambda: self._asked(client))
        nodes = hosts.nodes(catalog, self.get_option("only_passing"))
        group_by, prefix = self.get_option("group_by"), self.get_option("group_prefix")
        for host, node in hosts.named(nodes, self.get_option("hostname")).items():
            self.write(host, hosts.variables(node), hosts.groups(node, group_by, prefix))

    def _asked(self, client: CatalogClient) -> dict[str, t.Any]:
        catalog = {
            "Nodes": client.nodes(self.get_option("filter") or ""),
            "Troubles": client.troubles(),
            "Instances": client.instances(self.get_option("services")),
        }
        # The agent itself is a node, so that there is always one.
        if client.filtered or not (catalog["Nodes"] or self.get_option("filter")):
            self.display.warning(
                f"ACLs hide a part of the catalog of Consul at {client.connection.address}: the"
                " inventory lacks it. Give a token with node:read and service:read."
            )
        return catalog
