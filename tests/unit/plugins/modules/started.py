# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules as ansible-core starts them, up to their C(run)."""

from __future__ import annotations

import types
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args


def started(code: types.ModuleType, check: bool = False, **params: t.Any) -> AnsibleModule:
    """With all that C(SPEC) of the module says of its options."""
    with patch_module_args({"_ansible_check_mode": check, "_ansible_diff": True, **params}):
        return AnsibleModule(**code.SPEC)
