# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What has to be done to one board, decided from what was asked and what the server has.

Pure: no I/O. Whatever would make the server refuse, or undo, a change is said here, before it.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._grafana import diff, model, resource
from ansible_collections.mlops.infra.plugins.module_utils._grafana.subset import merged


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A board as it has to be. C(folder_uid) of None leaves it in the folder where it is."""

    board: model.Board
    folder_uid: str | None = None
    message: str = ""
    overwrite: bool = False
    compare: str = "exact"  # or subset: what the board does not name may differ

    @property
    def uid(self) -> str:
        return str(self.board["uid"])


@dataclasses.dataclass(frozen=True)
class Observed:
    """A board as the server has it."""

    board: model.Board
    meta: dict[str, t.Any]

    @classmethod
    def from_answer(cls, answer: dict[str, t.Any] | None) -> Observed | None:
        if answer is None:
            return None
        return cls(board=answer["dashboard"], meta=answer.get("meta") or {})

    @property
    def version(self) -> int:
        return int(self.board.get("version") or self.meta.get("version") or 0)

    @property
    def folder_uid(self) -> str:
        if "folderUid" in self.meta:
            return model.folder_key(self.meta["folderUid"])
        # /dashboards/f/UID/SLUG, empty for the root
        parts = str(self.meta.get("folderUrl") or "").split("/dashboards/f/")
        return parts[1].split("/")[0] if len(parts) == 2 else ""

    @property
    def answer(self) -> dict[str, t.Any]:
        return {"dashboard": self.board, "meta": self.meta}

    @property
    def last_change(self) -> str:
        who, when = self.meta.get("updatedBy") or "somebody", self.meta.get("updated") or "unknown"
        return f"version {self.version}, saved by {who} at {when}"


@dataclasses.dataclass(frozen=True)
class Plan:
    """One step, as data; C(changed) and the diff follow from it alone."""

    action: str  # none, create, update, delete
    changes: t.List[str] = dataclasses.field(default_factory=list)
    before: t.Optional[model.Board] = None
    after: t.Optional[model.Board] = None
    payload: t.Optional[t.Dict[str, t.Any]] = None
    needs_folder: t.Optional[str] = None
    warnings: t.List[str] = dataclasses.field(default_factory=list)

    @property
    def changed(self) -> bool:
        return self.action != "none"


def plan_present(wanted: Wanted, observed: Observed | None) -> Plan:
    """Create the board, or bring content and folder to what was asked for."""
    if observed is None:
        return _create(wanted)
    _refuse_folder(wanted.uid, observed)
    _refuse_other_model(wanted, observed)
    wanted = _completed(wanted, observed)
    before, after = _shown(observed), _goal(wanted, observed.folder_uid)
    found = diff.changes(before, after)
    if not found:
        return Plan("none", before=before, after=after)
    _refuse_provisioned(wanted.uid, observed, "save")
    return Plan(
        "update",
        changes=found,
        before=before,
        after=after,
        payload=_payload(wanted, after["folderUid"], observed.version),
        needs_folder=_new_folder(after["folderUid"], observed.folder_uid),
        warnings=_file_warning(wanted.uid, observed) + _panel_warning(wanted),
    )


def plan_absent(uid: str, observed: Observed | None) -> Plan:
    if observed is None:
        return Plan("none")
    _refuse_folder(uid, observed)
    marks = ("provisioned", "provisionedExternalId", "managedBy")
    if any(observed.meta.get(mark) for mark in marks):
        _refuse_provisioned(uid, observed, "delete", always=True)
    return Plan("delete", changes=["removed"], before=_shown(observed))


def reached(wanted: Wanted, observed: Observed | None) -> list[str]:
    """What still differs from the goal, for a look after saving."""
    if observed is None:
        return ["the dashboard is not there"]
    wanted = _completed(wanted, observed)
    return diff.changes(_shown(observed), _goal(wanted, observed.folder_uid))


def _completed(wanted: Wanted, observed: Observed) -> Wanted:
    """With C(subset), what only the server has is a part of the goal, and is posted back."""
    if wanted.compare == "exact":
        return wanted
    board = merged("", observed.board, wanted.board)
    board = {key: value for key, value in board.items() if key not in model.VOLATILE}
    return dataclasses.replace(wanted, board=board)


def _create(wanted: Wanted) -> Plan:
    after = _goal(wanted, "")
    return Plan(
        "create",
        changes=["created"],
        after=after,
        payload=_payload(wanted, after["folderUid"], 0),
        needs_folder=_new_folder(after["folderUid"], ""),
        warnings=_panel_warning(wanted),
    )


def _shown(observed: Observed) -> model.Board:
    return {**model.normalised(observed.board), "folderUid": observed.folder_uid}


def _goal(wanted: Wanted, current_folder: str) -> model.Board:
    folder = current_folder if wanted.folder_uid is None else model.folder_key(wanted.folder_uid)
    return {**model.normalised(wanted.board), "folderUid": folder}


def _new_folder(goal: str, current: str) -> str | None:
    return goal if goal and goal != current else None


def _payload(wanted: Wanted, folder_uid: str, version: int) -> dict[str, t.Any]:
    """The folder is always sent, by uid only: a board that is saved without one moves to the root.

    The version that was read is the version that is posted. Without an id: the uid is the identity.
    """
    return {
        "dashboard": {**wanted.board, "version": version},
        "folderUid": folder_uid,
        "message": wanted.message,
        "overwrite": wanted.overwrite,
    }


def _refuse_folder(uid: str, observed: Observed) -> None:
    if observed.meta.get("isFolder"):
        raise UserError(f"The uid {uid} is that of a folder, not of a dashboard: choose another.")


def _refuse_other_model(wanted: Wanted, observed: Observed) -> None:
    """The server would convert it, and the next run would find all of it changed."""
    stored = resource.version_of(observed.board)
    if stored and resource.version_of(wanted.board) is None:
        raise UserError(
            f"Dashboard {wanted.uid} is stored as {stored}, and its content here is of the classic "
            "model: export it, and go on from there, or remove the dashboard first."
        )


def _refuse_provisioned(uid: str, observed: Observed, verb: str, always: bool = False) -> None:
    if observed.meta.get("managedBy"):
        raise UserError(
            f"Cannot {verb} dashboard {uid}: {observed.meta['managedBy']} manages it. Change it there, "
            "or use another uid."
        )
    if not (observed.meta.get("provisioned") or always):
        return
    source = observed.meta.get("provisionedExternalId") or "a file"
    raise UserError(
        f"Cannot {verb} dashboard {uid}: Grafana provisions it from {source} on its own host and "
        "would refuse the change or undo it. Change that file, or use another uid."
    )


def _panel_warning(wanted: Wanted) -> list[str]:
    repeated = ", ".join(str(number) for number in model.repeated_panel_ids(wanted.board))
    if not repeated:
        return []
    return [f"Dashboard {wanted.uid} has several panels with the id {repeated}: number them anew."]


def _file_warning(uid: str, observed: Observed) -> list[str]:
    source = observed.meta.get("provisionedExternalId")
    if not source:
        return []
    return [
        f"Dashboard {uid} is also provisioned from {source} (allowUiUpdates): the next change of "
        "that file replaces what this task saves."
    ]
