# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
  diff_mode:
    description: >-
      Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled or queried by the module has not changed in a relevant way.
"""

    ACTIONGROUP_NOMAD = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/mlops.infra.nomad) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - mlops.infra.nomad
"""

    ACTIONGROUP_CONSUL = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/mlops.infra.consul) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - mlops.infra.consul
"""

    ACTIONGROUP_GRAFANA = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/mlops.infra.grafana) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - mlops.infra.grafana
"""
