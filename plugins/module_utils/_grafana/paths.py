# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Folders by the titles on the way to them. Pure."""

from __future__ import annotations

import hashlib
import re
import typing as t

from .._errors import UserError

Json = t.Dict[str, t.Any]
ROOT = ("", "general")
MAX_DEPTH = 4  # Grafana refuses more, unless it is configured


def split(path: str) -> list[str]:
    """The titles of a path as A/B/C; none for the root. C(//) stands for a slash in a title."""
    if path.strip().lower() in ROOT:
        return []
    parts = [part.replace("\0", "/").strip() for part in path.replace("//", "\0").split("/")]
    if not all(parts):
        raise UserError(
            f"folder {path!r} has an empty part: write A/B/C, and // for a slash within a title."
        )
    return parts


def derived_uid(titles: t.Sequence[str], parent_uid: str = "") -> str:
    """The uid of a folder that is made for a path: everyone who makes it makes the same one."""
    text = "\0".join([parent_uid, *titles])
    name = re.sub(r"[^a-z0-9]+", "-", titles[-1].lower()).strip("-")[:27].rstrip("-")
    return f"{name or 'folder'}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def child(folders: list[Json], title: str, where: str) -> Json | None:
    """The folder with that title, or else that uid, among those of one level."""
    hits = [folder for folder in folders if folder.get("title") == title]
    if len(hits) > 1:
        uids = ", ".join(sorted(str(hit.get("uid")) for hit in hits))
        raise UserError(
            f"There are {len(hits)} folders {title} in {where or 'the root'} ({uids}): name the one "
            "by its uid."
        )
    return hits[0] if hits else next((f for f in folders if f.get("uid") == title), None)
