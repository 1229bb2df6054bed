# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request can end with besides an answer."""

from __future__ import annotations

import typing as t


class ApiError(Exception):
    """An answer other than 200, with the text that Nomad gives."""

    def __init__(self, status: int, text: str, headers: t.Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = dict(headers or {})


class NotSimulated(ApiError):  # noqa: N818 - it is the message of the answer
    """Something that the real server has and this one does not: said, never guessed."""

    def __init__(self, what: str) -> None:
        super().__init__(501, f"not simulated: {what}")


def check_uuid(wanted: str, lookup: str) -> None:
    """Lists find things by the beginning of their IDs; C(lookup) finds only by whole ones."""
    if len(wanted) != 36:
        raise ApiError(500, f"{lookup}: index error: UUID must be 36 characters")


class SpecError(Exception):
    """One or more diagnostics of a job specification."""

    def __init__(self, *diagnostics: str) -> None:
        super().__init__("\n".join(diagnostics))
        self.diagnostics = diagnostics
