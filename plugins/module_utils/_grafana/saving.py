# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Saving a planned board, and looking at what is there then: a success is believed when it is seen."""

from __future__ import annotations

import typing as t

from .._errors import ApiError, ConflictError, FailedError, UserError
from . import model, resource
from .client import GrafanaClient
from .plan import Observed, Plan, Wanted, reached

Json = t.Dict[str, t.Any]


def seen(client: GrafanaClient, board: model.Board) -> Observed | None:
    """The board as the server has it, in the model of the one that is wanted."""
    return Observed.from_answer(client.find_dashboard(board["uid"], resource.version_of(board)))


def require_parts(plan: Plan, client: GrafanaClient) -> None:
    """What the board refers to has to be there: a server saves without it and shows an error later."""
    folder = plan.needs_folder
    if folder is not None and client.find_folder(folder) is None:
        raise UserError(
            f"There is no folder with the uid {folder}: create it, or correct folder_uid."
        )
    board = plan.payload["dashboard"] if plan.payload else {}
    for uid in sorted(model.library_panels(board) - model.library_panels(plan.before or {})):
        if client.find_library_panel(uid) is None:
            raise UserError(
                f"Dashboard {board['uid']} uses the library panel {uid}, which is not there: create "
                "it first, or put the panel itself into the board."
            )


def save(
    wanted: Wanted, plan: Plan, client: GrafanaClient, observed: Observed | None
) -> tuple[Observed | None, list[str]]:
    """Post the plan and look at what is there then, with warnings about what is not as it was sent."""
    payload = plan.payload or {}
    stored = observed.answer if observed else None
    try:
        answer = client.save_dashboard(payload, stored)
    except ApiError as error:
        again = _after_refusal(error, wanted, payload, client)
        if again is not None:
            return again, []
        answer = client.save_dashboard(payload, stored)
    _refuse_other_board(answer, wanted.uid)
    after = seen(client, wanted.board)
    _refuse_other_folder(after, payload["folderUid"], wanted.uid)
    return after, _save_warnings(wanted, payload, answer, after)


def _after_refusal(
    error: ApiError, wanted: Wanted, payload: Json, client: GrafanaClient
) -> Observed | None:
    """A conflict is none when the board is now as it has to be, as after a repeated request.

    Newer servers say 409 where older ones say 412; both mean that the version was not the last. A
    500 with nothing saved is SQLite's lock: None, to try once more, which the version makes safe.
    """
    if error.status not in (409, 412) and error.status < 500:
        raise error
    now = seen(client, wanted.board)
    if now is not None and not reached(wanted, now):
        return now
    if now is not None and _is_version_conflict(error):
        raise ConflictError(
            f"Dashboard {wanted.uid} was changed while this task ran ({now.last_change}): look at that "
            "change and run again, or set overwrite=true to replace it."
        ) from error
    posted = payload["dashboard"]["version"]
    if error.status == 500 and (now.version if now else 0) == posted:
        return None
    raise error


def _is_version_conflict(error: ApiError) -> bool:
    """412 has other reasons as well, which its status names; the newest servers' 409 has none."""
    return error.status == 409 or (error.status == 412 and "version-mismatch" in error.body)


def _refuse_other_board(answer: Json, uid: str) -> None:
    """Before 11.3, overwrite and a title that is taken replace the board that has the title."""
    if answer.get("uid") not in (None, uid):
        raise FailedError(
            f"The server saved into dashboard {answer['uid']}, which had the same title, instead of "
            f"{uid}: restore {answer['uid']} from its version history, and set overwrite=false.",
            {"answer": answer},
        )


def _refuse_other_folder(after: Observed | None, folder_uid: str, uid: str) -> None:
    """A server that does not know folders by uid puts the board into the root and says success."""
    if after is not None and after.folder_uid != folder_uid:
        raise FailedError(
            f"Dashboard {uid} was saved into folder {after.folder_uid or 'general'!r} instead of "
            f"{folder_uid or 'general'!r}: somebody moved it at the same moment, or the server is "
            "older than Grafana 8 and ignores folder_uid.",
        )


def _save_warnings(
    wanted: Wanted, payload: Json, answer: Json, after: Observed | None
) -> list[str]:
    left = reached(wanted, after)
    found = []
    if left:
        found.append(
            f"Dashboard {wanted.uid} is not stored as it was sent; the server altered it, or somebody "
            f"saved it at the same moment: {'; '.join(left[:5])}"
        )
    posted = payload["dashboard"]["version"]
    if posted and not wanted.overwrite and answer.get("version", posted + 1) != posted + 1:
        found.append(
            f"Dashboard {wanted.uid} went from version {posted} to {answer['version']} in one save: "
            "another writer's version was replaced, see the version history."
        )
    return found
