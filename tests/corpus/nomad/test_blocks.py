# SPDX-License-Identifier: GPL-3.0-or-later
"""The corpus covers the jobspec: no block of Nomad's documentation is left out."""

from __future__ import annotations

import re

import yaml

from .test_idempotency import CASES, HERE, jobspec, mutated

BLOCKS = yaml.safe_load((HERE / "blocks.yml").read_text())
BLOCK = re.compile(r'^\s*([a-z_]+)(?:\s+"[^"]*")*\s*\{', re.MULTILINE)


def blocks(name: str) -> set[str]:
    return set(BLOCK.findall(jobspec(name)))


def test_each_block_is_used() -> None:
    used = set().union(*(blocks(name) for name in CASES))
    assert set(BLOCKS) - used == set()


def test_each_block_is_one_of_nomads() -> None:
    foreign = {"mount", "labels", "dynamic", "content"}  # of the Docker driver and of HCL
    used = set().union(*(blocks(name) for name in CASES))
    assert used - set(BLOCKS) == foreign


def test_each_jobspec_is_a_case_with_its_own_job() -> None:
    assert {p.name.split(".")[0] for p in (HERE / "jobspecs").iterdir()} == set(CASES)
    for name in CASES:
        assert f'job "np-{name}"' in jobspec(name)
        assert mutated(name) != jobspec(name)
    assert len(CASES) >= 40
