# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a module returns of an object whose changes are a list of sentences."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.infra.plugins.module_utils._outcome import as_diff

Json = t.Dict[str, t.Any]


def outcome(
    module: AnsibleModule,
    subject: str,
    header: str,
    changes: list[str],
    verb: str,
    before: Json | None,
    after: Json | None,
) -> Json:
    """C(subject) begins the message and C(header) heads the diff; C(verb) is what was done, if anything."""
    would = "would be " if module.check_mode else ""
    unchanged = "is not there" if after is None else "is as it was asked for"
    done = f"{would}{verb}" if changes else unchanged
    result: Json = {"changed": bool(changes), "changes": changes, "msg": f"{subject} {done}."}
    if module._diff:
        result["diff"] = as_diff(before, after, header)
        result["diff"]["prepared"] = "".join(f"{line}\n" for line in changes)
    return result
