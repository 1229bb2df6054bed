# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A board as the server has it with what a file says on top. Pure.

What the file does not name stays as it is: Grafana's editor adds such keys when somebody saves a
panel there. Lists are the file's alone; only what is inside their members is merged.
"""

from __future__ import annotations

import typing as t

from .diff import keyed


def merged(path: str, remote: t.Any, wanted: t.Any) -> t.Any:
    """C(wanted), completed by what only C(remote) has; C(path) tells what identifies members."""
    if isinstance(remote, dict) and isinstance(wanted, dict):
        both = {key: merged(key, remote.get(key), value) for key, value in wanted.items()}
        return {**{key: value for key, value in remote.items() if key not in wanted}, **both}
    if isinstance(remote, list) and isinstance(wanted, list):
        old = keyed(path, remote)
        return [merged(path, old.get(key), item) for key, item in keyed(path, wanted).items()]
    return wanted
