# SPDX-License-Identifier: GPL-3.0-or-later
"""How an answer looks: compact JSON with sorted keys, and errors in Grafana's form."""

from __future__ import annotations

import json
import typing as t

from starlette.responses import Response

from .profiles import Refusal


class RefusedError(Exception):
    """A request that is answered with an error: its status and its JSON body."""

    def __init__(self, code: int, message: str, **more: t.Any) -> None:
        super().__init__(message)
        self.status = code
        self.body = {"message": message, **more}


class NotSimulatedError(RefusedError):
    """What Grafana does and this simulator does not: said, never guessed."""

    def __init__(self, what: str) -> None:
        super().__init__(501, f"not simulated: {what}")


def refused(refusal: Refusal) -> RefusedError:
    code, message, more = refusal
    return RefusedError(code, message, **more)


def json_answer(data: t.Any, status: int = 200, indent: int | None = None) -> Response:
    separators = None if indent else (",", ":")
    text = json.dumps(
        data, sort_keys=True, indent=indent, separators=separators, ensure_ascii=False
    )
    return Response(text, status_code=status, media_type="application/json")


def refusal(error: RefusedError) -> Response:
    return json_answer(error.body, error.status)
