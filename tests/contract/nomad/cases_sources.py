# SPDX-License-Identifier: GPL-3.0-or-later
"""The source that a version of a job was registered with, which Nomad keeps beside it."""

from __future__ import annotations

import typing as t

from .asking import get, post
from .steps import Case, Step

JOB = "/v1/job/contract-source"
TASK = {"Name": "t", "Driver": "docker", "Config": {"image": "none"}}


def version(name: str, word: str, **source: t.Any) -> Step:
    """C(word) is what makes it another one; nothing of it runs."""
    group = {"Name": "g", "Count": 0, "Tasks": [TASK]}
    job = {"ID": "contract-source", "Name": "contract-source", "Type": "service",
           "Datacenters": ["*"], "Meta": {"word": word}, "TaskGroups": [group]}  # fmt: skip
    return post(name, "/v1/jobs", {"Job": job, **({"Submission": source} if source else {})})


def source(name: str, number: t.Any) -> Step:
    return get(name, f"{JOB}/submission?version={number}")


SOURCES = Case(
    "sources of versions",
    (
        source("of no job", 0),
        get("of no version", f"{JOB}/submission"),
        version("register", "a", Source="first", Format="hcl2", Variables="x = 1",
                VariableFlags={"y": "2"}),
        source("first", 0),
        source("of a version to come", 1),
        source("of no number", "x"),
        source("of a negative number", -1),
        post("write", f"{JOB}/submission?version=0", {}),
        get("elsewhere", f"{JOB}/submission?version=0&namespace=nope"),
        version("register again", "a", Source="other", Format="hcl2"),
        source("unchanged", 0),
        version("register without", "b"),
        source("that of the version before", 1),
        version("register JSON", "c", Source="{}", Format="json"),
        source("second", 2),
        version("register empty", "d", Source="", Format="hcl2"),
        source("empty", 3),
        post("revert", f"{JOB}/revert", {"JobID": "contract-source", "JobVersion": 0}),
        source("of what came back", 4),
        post("scale", f"{JOB}/scale", {"Target": {"Group": "g"}, "Count": 0}),
        source("scaled", 5),
        Step("stop", "DELETE", JOB),
        source("stopped", 6),
        source("one too old", 0),
        source("the oldest", 1),
        Step("purge", "DELETE", f"{JOB}?purge=true"),
        source("purged", 6),
        version("register anew", "e"),
        source("anew", 0),
    ),
    jobs=("contract-source",),
)  # fmt: skip
