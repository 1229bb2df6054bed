# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading provisioning files: their documents, variables, providers and boards. Changes nothing."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
import pathlib
import re
import typing as t

import yaml

LOG = logging.getLogger("grafana_sim.provisioning")
VARIABLE = re.compile(r"\$__env\{(\w+)\}|\$\{(\w+)\}|\$(\w+)")
FILE = re.compile(r"\$__file\{([^}]+)\}")
DEFAULT_INTERVAL_SECONDS = 10.0


class ProvisioningError(Exception):
    """A file that cannot be used, as a sentence."""


@dataclasses.dataclass(frozen=True)
class Provider:
    name: str
    path: pathlib.Path
    folder: str = ""
    folder_uid: str = ""
    interval: float = DEFAULT_INTERVAL_SECONDS
    keep_removed: bool = False
    editable: bool = False


@dataclasses.dataclass(frozen=True)
class BoardFile:
    """One file of a provider: what identifies it, and what is in it."""

    external_id: str
    checksum: str
    board: dict[str, t.Any]


def documents(directory: pathlib.Path) -> t.Iterator[tuple[pathlib.Path, dict[str, t.Any]]]:
    for path in sorted(directory.glob("*.y*ml")):
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ProvisioningError(f"{path}: {error}") from error
        if not isinstance(document, dict) or document.get("apiVersion", 1) != 1:
            raise ProvisioningError(f"{path}: not simulated: anything but a mapping, apiVersion 1")
        yield path, document


def provider_from(path: pathlib.Path, raw: dict[str, t.Any]) -> Provider:
    entry = expanded(raw)
    return Provider(
        name=entry.get("name") or "",
        path=_boards_directory(path, entry),
        folder=entry.get("folder") or "",
        folder_uid=entry.get("folderUid") or "",
        interval=float(entry.get("updateIntervalSeconds") or DEFAULT_INTERVAL_SECONDS),
        keep_removed=bool(entry.get("disableDeletion")),
        editable=bool(entry.get("allowUiUpdates")),
    )


def _boards_directory(path: pathlib.Path, entry: dict[str, t.Any]) -> pathlib.Path:
    options = entry.get("options") or {}
    if entry.get("type", "file") != "file" or options.get("foldersFromFilesStructure"):
        raise ProvisioningError(f"{path}: not simulated: type other than file, foldersFromFiles…")
    if not entry.get("name") or not options.get("path"):
        raise ProvisioningError(f"{path}: a provider needs a name and options.path")
    return pathlib.Path(options["path"])


def board_files(directory: pathlib.Path) -> t.Iterator[BoardFile]:
    """A file that cannot be read is said in the log and left out, as a half-written one would be."""
    for path in sorted(directory.rglob("*.json")):
        try:
            raw = path.read_bytes()
            board = json.loads(raw)
        except (OSError, ValueError) as error:
            LOG.error("%s: %s", path, error)
            continue
        if not isinstance(board, dict):
            LOG.error("%s: not a dashboard", path)
            continue
        yield BoardFile(str(path.relative_to(directory)), hashlib.md5(raw).hexdigest(), board)


def repeated_uids(uids: list[t.Any]) -> str:
    named = [uid for uid in uids if uid]
    return ", ".join(sorted({uid for uid in named if named.count(uid) > 1}))


def expanded(value: t.Any) -> t.Any:
    """Grafana expands variables in every string of its files; a $ is written $$."""
    if isinstance(value, dict):
        return {key: expanded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expanded(item) for item in value]
    if isinstance(value, str):
        return "$".join(_expanded_part(part) for part in value.split("$$"))
    return value


def _expanded_part(text: str) -> str:
    def environment(match: re.Match[str]) -> str:
        return os.environ.get(next(name for name in match.groups() if name), "")

    def file(match: re.Match[str]) -> str:
        try:
            return pathlib.Path(match.group(1)).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ProvisioningError(f"{match.group(0)}: {error.strerror}") from error

    return VARIABLE.sub(environment, FILE.sub(file, text))
