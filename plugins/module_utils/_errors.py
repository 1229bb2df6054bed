# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The errors that a module turns into C(fail_json), and nothing else.

Whatever goes wrong below C(main) is raised as one of these; C(main), or C(entry.execute) for it,
alone calls C(fail_json).
Any other exception is a bug and is left to ansible-core to report.
"""

from __future__ import annotations

import typing as t


class MlopsError(Exception):
    """Something the user can act on. C(str) is a sentence, C(details) goes into the result."""

    @property
    def details(self) -> dict[str, t.Any]:
        return {}


class UserError(MlopsError):
    """The input is wrong: the message names the option and the remedy."""


class ApiError(MlopsError):
    """A server refused a request.

    C(status) is the HTTP status, or 0 when no answer came; C(body) is the answer's text.
    """

    def __init__(self, method: str, path: str, status: int, body: str) -> None:
        self.method = method
        self.path = path
        self.status = status
        self.body = body
        reason = " ".join(body.split()) or "no text"
        answer = f"answered {status}" if status else "got no answer"
        super().__init__(f"{method} {path} {answer}: {reason}")

    @property
    def details(self) -> dict[str, t.Any]:
        return {"status": self.status, "method": self.method, "path": self.path, "body": self.body}


class ConflictError(MlopsError):
    """Somebody else changed the object between our read and our write."""


class FailedError(MlopsError):
    """The server did what was asked, and the thing itself failed; C(details) says how."""

    def __init__(self, message: str, details: dict[str, t.Any] | None = None) -> None:
        super().__init__(message)
        self._details = dict(details or {})

    @property
    def details(self) -> dict[str, t.Any]:
        return self._details


class WaitTimeoutError(FailedError):
    """A wait ended before its condition held; C(details) is what was last seen."""
