# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: nomad_variable
short_description: Read variables of Nomad
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Returns the items of the variables at the given paths, or one item of each.
  - It runs on the controller and asks Nomad once for each path, over one connection.
extends_documentation_fragment:
  - mlops.infra._nomad
  - mlops.infra._nomad.plugins
  - mlops.infra._nomad.lookups
options:
  _terms:
    description: The paths of the variables.
    type: list
    elements: str
    required: true
  item:
    description:
      - The name of one item, whose value is returned in place of all items.
    type: str
  default:
    description:
      - What is returned for a variable that does not exist, or does not have O(item).
      - With it, O(error_on_missing) has no effect.
    type: raw
  error_on_missing:
    description:
      - Whether the lookup fails when a variable does not exist, or does not have O(item). Otherwise V(null) is returned
        in its place.
    type: bool
    default: true
seealso:
  - module: mlops.infra.nomad_variable
notes:
  - The token needs C(read) on the paths. Without it Nomad answers C(Permission denied) whether or not there is such a
    variable, and the lookup fails.
"""

EXAMPLES = r"""
- name: All items of a variable
  ansible.builtin.debug:
    msg: "{{ database.host }}:{{ database.port }}"
  vars:
    database: "{{ lookup('mlops.infra.nomad_variable', 'app/database', address='http://127.0.0.1:4646') }}"

- name: One item, in another namespace
  ansible.builtin.set_fact:
    password: "{{ lookup('mlops.infra.nomad_variable', 'app/database', item='password', namespace='production') }}"

- name: The same item of several variables, one after another
  ansible.builtin.debug:
    msg: "{{ item }}"
  loop: "{{ query('mlops.infra.nomad_variable', 'app/blue', 'app/green', item='url', default='http://localhost') }}"

- name: Where the server is, said once
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.infra.nomad_variable', 'app/flags', error_on_missing=false) | default({}, true) }}"
  vars:
    ansible_nomad_address: https://nomad.example.org:4646
    ansible_nomad_token: "{{ vault_nomad_token }}"
"""

RETURN = r"""
_raw:
  description:
    - For each path a dictionary of its items, or with O(item) the value of that item.
  type: list
  elements: raw
"""

import typing as t

from ansible.plugins.lookup import LookupBase

from ..module_utils._errors import UserError
from ..module_utils._nomad import variables
from ..module_utils._nomad.objects import ObjectsClient
from ..plugin_utils import _lookup, _nomad


class LookupModule(LookupBase):
    """Options in, values out; what is asked is the client's."""

    def run(
        self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[t.Any]:
        said = _lookup.templated(self, variables, "ansible_nomad_")
        self.set_options(var_options=said, direct=kwargs)
        with _nomad.in_words():
            client = _nomad.client(self)
            return [self._value(client, str(term)) for term in terms]

    def _value(self, client: ObjectsClient, path: str) -> t.Any:
        variables.check_path(path, "path")
        item, default = self.get_option("item"), self.get_option("default")
        found = client.find_variable(path)
        items = found["Items"] if found else None
        if items is not None and item is None:
            return items
        if items is not None and item in items:
            return items[item]
        if default is None and self.get_option("error_on_missing"):
            missing = f"variable {path}" if items is None else f"item {item} in variable {path}"
            place = f" in namespace {self.get_option('namespace') or 'default'}"
            raise UserError(
                f"There is no {missing}{place} of Nomad at {client.address}. Write it first, or give"
                " a default."
            )
        return default
