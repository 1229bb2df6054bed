# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which deployment is a version's own, and whether its canaries wait for somebody."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .wait import Target

Json = t.Dict[str, t.Any]


def own_deployment(aim: Target, deployments: list[Json]) -> Json | None:
    """The one of the version that is waited for: after a rollback it is not the newest."""
    own = [d for d in deployments if d["JobVersion"] == aim.version and _same_job(aim, d)]
    return max(own, key=lambda d: int(d["CreateIndex"]), default=None)


def _same_job(aim: Target, deployment: Json) -> bool:
    # A purged job's deployments stay, and versions start again at 0.
    return (deployment.get("JobSpecModifyIndex") or aim.modify_index) == aim.modify_index


def unpromoted(deployment: Json | None) -> list[Json]:
    """Its groups whose canaries somebody has to promote."""
    if deployment is None or deployment["Status"] not in ("running", "paused"):
        return []
    groups = [g for g in (deployment.get("TaskGroups") or {}).values() if g["DesiredCanaries"]]
    return [g for g in groups if not g.get("Promoted") and not g.get("AutoPromote")]


def awaits_promotion(deployment: Json) -> bool:
    """Whether there are some, and all are healthy."""
    waiting = unpromoted(deployment)
    return bool(waiting) and all(g["HealthyAllocs"] >= g["DesiredCanaries"] for g in waiting)


def to_promote(aim: Target, deployments: list[Json]) -> str:
    """The ID of the deployment that is waited for, once its canaries are healthy."""
    own = own_deployment(aim, deployments)
    return str(own["ID"]) if own and awaits_promotion(own) else ""
