# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that register a job and start a run of it. Of what came of a run, the API tells."""

from __future__ import annotations

import pathlib
import sys
import typing as t
import urllib.parse

from .commands import Agent, UsageError, parsed


def run(words: t.Sequence[str]) -> int:
    agent, _switches, paths = parsed(words)
    if len(paths) != 1:
        raise UsageError("This command takes one argument: <path>")
    return _told("Error submitting job", lambda: _register(agent, pathlib.Path(paths[0])))


def _register(agent: Agent, path: pathlib.Path) -> str:
    source = {"JobHCL": path.read_text(encoding="utf-8"), "Canonicalize": True}
    answer = agent.read("/v1/jobs", {"Job": agent.read("/v1/jobs/parse", source)})
    # A parameterized job is evaluated when it is dispatched.
    evaluation = f"Evaluation ID: {answer['EvalID']}" if answer["EvalID"] else ""
    return f"Job registration successful\n{evaluation}".rstrip()


def dispatch(words: t.Sequence[str]) -> int:
    meta, others = _meta(words)
    agent, _switches, names = parsed(others)
    if len(names) != 1:
        raise UsageError("of job dispatch, only one argument is simulated: <parameterized job>")
    return _told("Failed to dispatch job", lambda: _dispatch(agent, names[0], meta))


def _meta(words: t.Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """What -meta KEY=VALUE says, as often as it is given, and the other words."""
    pairs, others, rest = [], [], iter(words)
    for word in rest:
        flag, sign, value = word.lstrip("-").partition("=")
        if word.startswith("-") and flag == "meta":
            pairs.append((value if sign else next(rest, "")).partition("="))
        else:
            others.append(word)
    for key, sign, value in pairs:
        if not sign:
            raise UsageError(f"Error parsing meta value: {key}{value}")
    return {key: value for key, _sign, value in pairs}, others


def _dispatch(agent: Agent, name: str, meta: dict[str, str]) -> str:
    path = f"/v1/job/{urllib.parse.quote(name, safe='')}/dispatch"
    answer = agent.read(path, {"Meta": meta})
    return (
        f"Dispatched Job ID = {answer['DispatchedJobID']}\n"
        f"Evaluation ID     = {answer['EvalID'][:8]}"
    )


def _told(failure: str, action: t.Callable[[], str]) -> int:
    try:
        print(action())
    except (OSError, ValueError) as error:
        print(f"{failure}: {error}", file=sys.stderr)
        return 1
    return 0
