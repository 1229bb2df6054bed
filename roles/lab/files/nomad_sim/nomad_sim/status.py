# SPDX-License-Identifier: GPL-3.0-or-later
"""A job's status."""

from __future__ import annotations

from .shapes import Data
from .store import Store


def refresh_status(store: Store, job_id: str, index: int) -> None:
    """A job's status follows from its allocations and evaluations; a child's from its own."""
    job = store.jobs.get(job_id)
    if job is None:
        return
    status = status_of(job, store.allocs_of(job_id), store.evals_of(job_id))
    if job["Status"] != status:
        job.update(Status=status)
    if job["ModifyIndex"] < index:
        job["ModifyIndex"] = index
    parent = store.jobs.get(job["ParentID"])
    if parent is not None:
        store.table_index["jobs"] = index


def status_of(job: Data, allocs: list[Data], evals: list[Data]) -> str:
    if job["ParameterizedJob"] and not job["Dispatched"]:
        return "dead" if job["Stop"] else "running"
    if any(a["ClientStatus"] in ("pending", "running") for a in allocs):
        return "running"
    if any(e["Status"] in ("pending", "blocked") for e in evals):
        return "pending"
    return "dead" if allocs or evals or job["Stop"] else "pending"
