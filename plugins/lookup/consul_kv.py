# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: consul_kv
short_description: Read keys of Consul's key/value store
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Returns the values of keys, or of all keys below a prefix as values, pairs, a dictionary or a tree.
  - It runs on the controller and asks Consul once for each term, over one connection.
extends_documentation_fragment:
  - mlops.infra._consul
  - mlops.infra._consul.lookups
options:
  _terms:
    description:
      - The keys, or with O(recurse) or O(return) the prefixes. Nothing but the name is in them, so that spaces and C(=)
        are parts of it.
    type: list
    elements: str
    required: true
  address:
    aliases: [addr, url]
  recurse:
    description:
      - Whether all keys that begin with the term are read. V(app) finds C(application), too; V(app/) does not.
    type: bool
    default: false
  return:
    description:
      - What is returned. V(value) is the text of each key, and V(pair) a dictionary of C(key) and C(value) for each.
      - V(dict) and V(tree) take the term as a directory and return one dictionary of all keys in it, by what follows
        the directory's name. V(dict) is flat, and in V(tree) directories are nested.
    type: str
    choices: [value, pair, dict, tree]
    default: value
  base64:
    description:
      - Whether values are returned as base64. A value that is not UTF-8 is an error without it.
    type: bool
    default: false
  default:
    description:
      - What is returned for a term of which there is no key.
      - With it, O(error_on_missing) has no effect.
    type: raw
  error_on_missing:
    description:
      - Whether the lookup fails when there is no key of a term.
      - Otherwise V(null) is returned in its place, with O(recurse) nothing, and with O(return=dict) and O(return=tree)
        an empty dictionary.
    type: bool
    default: true
seealso:
  - module: mlops.infra.consul_kv
  - module: mlops.infra.consul_kv_info
notes:
  - Options of the lookup P(community.general.consul_kv#lookup) keep their names, and the environment variables
    E(ANSIBLE_CONSUL_URL), E(ANSIBLE_CONSUL_VALIDATE_CERTS) and E(ANSIBLE_CONSUL_CLIENT_CERT) are used where those of
    Consul are not set. But options are not read from the term, a key that does not exist is an error, and there is no
    C(index), which Consul has never used to read older values.
  - When ACLs hide a part of what is below a prefix, there is a warning if Consul says so, which it does since 1.11.
    Of a single key Consul answers C(Permission denied), and the lookup fails.
"""

EXAMPLES = r"""
- name: One value
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.infra.consul_kv', 'app/greeting', address='http://127.0.0.1:8500') }}"

- name: One value, or a default
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.infra.consul_kv', 'app/color', default='blue') }}"

- name: A whole tree by one request
  ansible.builtin.debug:
    msg: "{{ config.training.epochs }} epochs, {{ config.thresholds.accuracy }} at least"
  vars:
    config: "{{ lookup('mlops.infra.consul_kv', 'mlops/config', return='tree') }}"

- name: Keys and values one after another
  ansible.builtin.debug:
    msg: "{{ item.key }} is {{ item.value }}"
  loop: "{{ query('mlops.infra.consul_kv', 'app/', recurse=true, return='pair', error_on_missing=false) }}"

- name: Where the server is, said once
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.infra.consul_kv', 'app/greeting') }}"
  vars:
    ansible_consul_address: https://consul.example.org:8501
    ansible_consul_token: "{{ vault_consul_token }}"
"""

RETURN = r"""
_raw:
  description:
    - A value, a pair or a dictionary for each term, or with O(recurse) a value or a pair for each key.
  type: list
  elements: raw
"""

import os
import typing as t

from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ..module_utils._consul.client import Consul
from ..module_utils._consul.shapes import check_readable, shaped
from ..module_utils._consul.tree import below
from ..module_utils._errors import UserError
from ..plugin_utils import _consul, _lookup

# Variables of community.general's lookup, and Consul's own that win over them.
FORMER = {
    "CONSUL_HTTP_ADDR": "ANSIBLE_CONSUL_URL",
    "CONSUL_HTTP_SSL_VERIFY": "ANSIBLE_CONSUL_VALIDATE_CERTS",
    # One file with both.
    "CONSUL_CLIENT_CERT": "ANSIBLE_CONSUL_CLIENT_CERT",
    "CONSUL_CLIENT_KEY": "ANSIBLE_CONSUL_CLIENT_CERT",
}


class LookupModule(LookupBase):
    """Options in, values out; what is asked is the client's."""

    def run(
        self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[t.Any]:
        said = _lookup.templated(self, variables, "ansible_consul_")
        self.set_options(var_options=said, direct=kwargs)
        former = {ours: os.environ[name] for ours, name in FORMER.items() if name in os.environ}
        with _consul.connected(self, Consul, environ={**former, **os.environ}) as client:
            return [found for term in terms for found in self._found(client, str(term))]

    def _found(self, client: Consul, term: str) -> list[t.Any]:
        shape = self.get_option("return")
        directory = shape in ("dict", "tree")
        many = directory or self.get_option("recurse")
        root = below(term.rstrip("/")) if directory else term
        if root or not many:
            check_readable(root.rstrip("/") if directory else root)
        listing = client.tree(root) if many else client.find(root)
        if listing.filtered:
            Display().warning(f"ACLs hide a part of what is below {root!r} in Consul.")
        if listing.records:
            return shaped(listing.records, root, shape, self.get_option("base64"))
        return self._missing(term, [{}] if directory else [] if many else [None])

    def _missing(self, term: str, nothing: list[t.Any]) -> list[t.Any]:
        default = self.get_option("default")
        if default is not None:
            return [default]
        if not self.get_option("error_on_missing"):
            return nothing
        hint = " Options are not read from the term." if " " in term and "=" in term else ""
        raise UserError(
            f"There is no key {term!r} in Consul. Write it first, give a default, or set"
            f" error_on_missing to false.{hint}"
        )
