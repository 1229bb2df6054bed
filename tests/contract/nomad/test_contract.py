# SPDX-License-Identifier: GPL-3.0-or-later
"""A server answers as the real one did when it was recorded."""

from __future__ import annotations

import copy
import socket
import typing as t
import urllib.parse

import pytest
from ansible_collections.mlops.infra.tests.contract.nomad import compare, mutate, record, secured
from ansible_collections.mlops.infra.tests.contract.nomad.cases import CASES
from ansible_collections.mlops.infra.tests.contract.nomad.cases_secured import BOOTSTRAP, SECURED
from ansible_collections.mlops.infra.tests.contract.nomad.play import Player
from ansible_collections.mlops.infra.tests.contract.nomad.scrub import scrubbed
from ansible_collections.mlops.infra.tests.contract.nomad.steps import JSON, Case

RULES = compare.load_rules()
VERSIONS = (record.BASE, "2.0.5")


def differences(case: Case, recorded: list[JSON], played: list[JSON], simulated: bool) -> list[str]:
    found = []
    for step, one, other in zip(case.told, recorded, scrubbed(played), strict=True):
        if simulated and step.not_simulated:
            refusal = {"status": 501, "text": f"not simulated: {step.not_simulated}"}
            got = {k: other["response"].get(k) for k in refusal}
            found += [f"{step.name}: {got} instead of {refusal}"] * (got != refusal)
        else:
            comparer = compare.Comparer(f"{case.name}/{step.name}", RULES)
            rows = comparer.differences(one["response"], other["response"])
            found += [f"{step.name}: {row}" for row in rows]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_server_answers_as_recorded(case: Case, nomad: str) -> None:
    """The simulator, or the real server that MLOPS_NOMAD_CONTRACT_ADDR names."""
    if case.consul and not record.knows_consul(nomad):
        pytest.skip(f"{case.name}: its jobs need a Consul, and the node of {nomad} knows none")
    recorded = record.expected(record.server_version(nomad))[case.name]
    simulated = "simulator" in record.greeting(nomad)
    found = differences(case, recorded, Player(nomad).play(case), simulated)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("case", [BOOTSTRAP, *SECURED], ids=lambda c: c.name)
def test_secured_server_answers_as_recorded(case: Case, guarded: secured.Server) -> None:
    """The simulator, or the program of a real one that MLOPS_NOMAD_CONTRACT_BIN names."""
    recorded = record.expected(secured.version(guarded), record.SECURED_IN)[case.name]
    played = guarded.bootstrapped if case is BOOTSTRAP else guarded.player().play(case)
    found = differences(case, recorded, played, simulated=False)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("request_line", "told"),
    [
        ("GET /v1/jobs", "Client sent an HTTP request to an HTTPS server.\n"),
        ("PUT /v1/jobs", "Client sent an HTTP request to an HTTPS server.\n"),
        ("DELETE /v1/job/x", ""),
        ("hello", ""),
    ],
)
def test_plain_http_is_refused(request_line: str, told: str, guarded: secured.Server) -> None:
    """What the real server says is written here: the answer is no answer of its API."""
    where = urllib.parse.urlsplit(guarded.address)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(f"{request_line} HTTP/1.1\r\nHost: nomad\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
    assert answer == (f"HTTP/1.0 400 Bad Request\r\n\r\n{told}" if told else "")


@pytest.mark.parametrize("group", record.GROUPS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_step_is_recorded(version: str, group: str) -> None:
    recorded = record.expected(version, group)
    steps = {c.name: [s.name for s in c.told] for c in record.GROUPS[group]}
    assert {name: [s["step"] for s in rows] for name, rows in recorded.items()} == steps


def answers(version: str) -> t.Iterator[tuple[str, t.Any]]:
    for group in record.GROUPS:
        for case, steps in record.expected(version, group).items():
            for step in steps:
                yield f"{case}/{step['step']}", step["response"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recorded_answer_equals_itself(version: str) -> None:
    for name, answer in answers(version):
        assert compare.Comparer(name, RULES).differences(answer, copy.deepcopy(answer)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_every_mutation_of_a_recorded_answer_is_seen(version: str) -> None:
    """Each value, key and element changed, dropped or added: the comparison has to fail."""
    unseen = []
    count = 0
    for name, answer in answers(version):
        comparer = compare.Comparer(name, RULES)
        for what, path, before, after in mutate.mutations(answer, comparer):
            count += 1
            if not comparer.differences(before, after, path):
                unseen.append(f"{name}: {what} at {path}")
        for path, mutated in mutate.whole(answer, comparer):
            if not comparer.differences(answer, mutated):
                unseen.append(f"{name}: {path} in the whole answer")
    assert count > 10_000
    assert not unseen, "\n".join(unseen[:50])


def test_every_rule_is_used_and_has_a_reason() -> None:
    used: set[compare.Rule] = set()
    for version in VERSIONS:
        for name, answer in answers(version):
            comparer = compare.Comparer(name, RULES)
            for path in mutate.paths(answer):
                used.update(comparer.rules_at(path))
    assert [r for r in RULES if r not in used or not r.reason] == []
