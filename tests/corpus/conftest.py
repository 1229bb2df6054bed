# SPDX-License-Identifier: GPL-3.0-or-later
"""One summary of all the servers' cases."""

from __future__ import annotations

from .shared.report import pytest_runtest_makereport, pytest_terminal_summary

__all__ = ["pytest_runtest_makereport", "pytest_terminal_summary"]
