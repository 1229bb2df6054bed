# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The source of a job, which Nomad keeps beside it for its web interface."""

from __future__ import annotations

import json
import typing as t

from .jobspec import Jobspec
from .secrets import Secrets

Json = t.Dict[str, t.Any]

LIMIT = 1_000_000  # bytes of source and variables; Nomad's own default
# Where none is sent, Nomad shows the one of the first version for all that follow.
EMPTY: Json = {"Source": "", "Format": "hcl2", "Variables": ""}


def of(spec: Jobspec, variables: str, job: Json, secrets: Secrets) -> Json:
    """What to send with a registration; an empty one for what is too large or holds a secret."""
    if any(secrets.values(job)) or any(map(secrets.named, spec.declared)):
        return EMPTY
    if spec.job is None:
        kept = {"Source": spec.source, "Format": "hcl2", "Variables": variables}
    else:
        kept = {"Source": json.dumps(spec.job, indent=2), "Format": "json", "Variables": ""}
    size = len(kept["Source"].encode()) + len(kept["Variables"].encode())
    return kept if size <= LIMIT else EMPTY


def again(found: Json | None) -> Json:
    """The source of the version that is there, for another one of the same job."""
    names = ("Source", "Format", "Variables", "VariableFlags")
    return {name: found[name] for name in names if name in found} if found else EMPTY
