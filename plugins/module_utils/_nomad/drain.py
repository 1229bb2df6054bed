# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Waits by blocking queries until a node is drained."""

from __future__ import annotations

from .._errors import FailedError, WaitTimeoutError
from .._wait import clock
from . import nodes
from .objects import Json, ObjectsClient
from .watch import PACE, SLICE


def until_drained(
    client: ObjectsClient, node_id: str, ignore_system_jobs: bool, timeout: float
) -> None:
    """First the node says that its drain is over, then what it stopped comes to an end."""
    phase, node_index, index = nodes.DRAINING, 0, 0
    left: list[Json] = []
    node: Json = {}
    for seconds in clock(timeout, interval=PACE):
        wait = min(seconds, SLICE)
        node, node_index = client.node(
            node_id, node_index, wait if phase == nodes.DRAINING else 0.0
        )
        found, index = client.node_allocations(
            node_id, index, wait if phase == nodes.STOPPING else 0.0
        )
        left = nodes.left(found, ignore_system_jobs)
        phase = nodes.phase(node, left)
        if phase in (nodes.DONE, nodes.ENDED):
            break
    details = {"allocations": [nodes.summary(allocation) for allocation in left]}
    if phase == nodes.ENDED:
        raise FailedError(
            f"The drain of node {node['Name']} was ended by somebody else before it was complete;"
            f" {nodes.listed(left)}. Run the task again to drain it after all.",
            details,
        )
    if phase != nodes.DONE:
        raise WaitTimeoutError(
            f"Node {node['Name']} was not drained after {timeout:g} seconds: {nodes.listed(left)}."
            " See whether other nodes have room for them, set a deadline, or raise wait_timeout.",
            details,
        )
