# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What lookups of a server's data share: options that are variables of the play."""

from __future__ import annotations

import typing as t

from ansible.plugins.lookup import LookupBase


def templated(
    plugin: LookupBase, variables: t.Mapping[str, t.Any] | None, prefix: str
) -> dict[str, t.Any]:
    """The variables that are options here: ansible-core hands them over as they are written."""
    known = variables or {}
    ours = {name: known[name] for name in known if name.startswith(prefix)}
    return plugin._templar.template(ours) if ours else {}
