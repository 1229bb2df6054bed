# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule of mlops_address, for a host whose role defaults are out of reach."""

from __future__ import annotations

DOCUMENTATION = r"""
name: host_address
short_description: The address by which other hosts reach one
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Returns C(mlops_address) of a host of the inventory, else its C(ansible_host), else its name.
  - A role's own default for C(mlops_address) says the same of the host that the role runs for.
options:
  _input:
    description: The name of the host in the inventory.
    type: str
    required: true
  hostvars:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
positional: hostvars
"""

EXAMPLES = r"""
- name: The addresses of Consul's servers
  ansible.builtin.debug:
    msg: "{{ groups.consul_servers | map('mlops.infra.host_address', hostvars) | join(', ') }}"
"""

RETURN = r"""
_value:
  description: The address, or a name that stands for one.
  type: str
"""

import typing as t


def host_address(host: str, hostvars: t.Mapping[str, t.Mapping[str, t.Any]]) -> t.Any:
    known = hostvars[host]
    for name in ("mlops_address", "ansible_host"):
        if name in known:
            return known[name]
    return host


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"host_address": host_address}
