# SPDX-License-Identifier: GPL-3.0-or-later
"""What each case ran against, and what it had to say, in the summary of the tests."""

from __future__ import annotations

import collections
import typing as t

import pytest

HOW = pytest.StashKey[str]()
FAILED = pytest.StashKey[bool]()
TOLD: list[str] = []
COUNTS: dict[str, list[str]] = collections.defaultdict(list)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> t.Generator[None, t.Any, t.Any]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    if report.when == "call" and HOW in item.stash:
        COUNTS[item.stash[HOW]].append(item.name)
    if report.skipped and report.when == "setup":
        COUNTS[str(report.longrepr[2]).removeprefix("Skipped: ")].append(item.name)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("what the cases ran against")
    for how, names in sorted(COUNTS.items()):
        terminalreporter.line(f"{how}: {len(names)}")
        if how.startswith("not run"):
            terminalreporter.line("  " + ", ".join(names))
    if TOLD:
        terminalreporter.section("what was told")
        for line in TOLD:
            terminalreporter.line(line)
