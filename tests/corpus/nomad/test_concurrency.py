# SPDX-License-Identifier: GPL-3.0-or-later
"""Several writers of one job at once: an update is never lost without a word."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import typing as t

from ..shared import runner
from . import stage

RUNNERS = 8
TRIES = 40
JOB = "np-race"


@dataclasses.dataclass(frozen=True)
class Outcome:
    key: str
    registered: bool
    told: str
    conflicts: int
    version: int = 0


def adds_a_key(server: str, key: str) -> Outcome:
    """Read the job, add a key to its meta, register it over what was read; again if told to."""
    there, conflicts = stage.Stage(server), 0
    for _ in range(TRIES):
        job = there.get(f"job/{JOB}")
        result = there.run(
            "nomad_job",
            jobspec={**job, "Meta": {**(job.get("Meta") or {}), key: "here"}},
            check_index=job["JobModifyIndex"],
            wait=False,
        )
        if not result.get("failed"):
            return Outcome(key, result["changed"], _word(result), conflicts, result["version"])
        conflicts += 1
    return Outcome(key, False, result["msg"], conflicts)


def _word(result: runner.Result) -> str:
    lines = [json.dumps(warning) for warning in result.get("warnings") or []]
    return " ".join(line for line in lines if "somebody else" in line)


def registers_the_same(server: str, _key: str) -> tuple[bool, str]:
    result = stage.Stage(server).run("nomad_job", jobspec=stage.idle(JOB), wait=False)
    return result["changed"], result.get("msg", "")


def at_once(work: t.Callable[..., t.Any], server: str) -> list[t.Any]:
    with multiprocessing.get_context("fork").Pool(RUNNERS) as pool:
        return pool.starmap(work, [(server, f"runner{n}") for n in range(RUNNERS)])


def _seen(lost: Outcome, outcomes: list[Outcome]) -> bool:
    """Whether it was told itself, or the one that took its place.

    Servers before 2.0.1 compare the index before they queue the write. Who had read its own version
    back by then cannot know; the writer of the next one can.
    """
    return bool(lost.told) or any(o.told and o.version > lost.version for o in outcomes)


def test_no_update_is_lost_unseen(server: stage.Stage, jobs: list[str], told: list[str]) -> None:
    stage.purge(server.server, JOB)
    jobs.append(JOB)
    assert server.run("nomad_job", jobspec=stage.idle(JOB), wait=False)["changed"]
    outcomes = at_once(adds_a_key, server.server)
    kept = server.get(f"job/{JOB}")["Meta"] or {}
    lost = [o for o in outcomes if o.registered and o.key not in kept]
    unseen = [o for o in lost if not _seen(o, outcomes)]
    overtaken = sum(bool(o.told) for o in outcomes if o.registered)
    conflicts = sum(o.conflicts for o in outcomes)
    told.append(
        f"{RUNNERS} writers: {len(kept)} keys stayed, {len(lost)} were lost,"
        f" {conflicts} were refused and came again, {overtaken} were told of another version"
    )
    assert unseen == []
    assert all(o.registered for o in outcomes), [o.told for o in outcomes]


def test_the_same_job_at_once_is_one_job(server: stage.Stage, jobs: list[str]) -> None:
    stage.purge(server.server, JOB)
    jobs.append(JOB)
    outcomes = at_once(registers_the_same, server.server)
    assert [msg for _changed, msg in outcomes if msg] == []
    assert any(changed for changed, _msg in outcomes)
    if not (stage.address() and stage.version().startswith("1.")):
        # Servers before 2.0.1 can make several versions of one and the same job.
        assert server.get(f"job/{JOB}")["Version"] == 0
