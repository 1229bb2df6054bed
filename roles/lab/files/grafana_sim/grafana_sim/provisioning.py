# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources and boards from files, in the formats and with the rules of Grafana's own files."""

from __future__ import annotations

import json
import logging
import pathlib
import time
import typing as t

from .answers import RefusedError
from .boards import Boards, Save
from .datasources import Datasources
from .folders import Folders
from .provisioning_files import (
    BoardFile,
    Provider,
    ProvisioningError,
    board_files,
    documents,
    expanded,
    provider_from,
    repeated_uids,
)
from .store import Store

LOG = logging.getLogger("grafana_sim.provisioning")
ACTOR = "Anonymous"


class Provisioner:
    """Applies the files at start, on request, and the boards again in each provider's interval."""

    def __init__(
        self,
        directory: pathlib.Path,
        store: Store,
        boards: Boards,
        folders: Folders,
        datasources: Datasources,
    ) -> None:
        self._directory = directory
        self._store = store
        self._boards = boards
        self._folders = folders
        self._datasources = datasources
        self._providers: list[Provider] = []
        self._due: dict[str, float] = {}

    def load_datasources(self) -> None:
        for path, document in documents(self._directory / "datasources"):
            with self._store.transaction():
                for entry in document.get("deleteDatasources") or []:
                    row = self._datasources.find("name", entry.get("name"))
                    if row is not None:
                        self._datasources.remove(row)
                for entry in document.get("datasources") or []:
                    self._apply_datasource(path, entry)

    def load_dashboards(self) -> None:
        """Read the providers anew and apply all of them."""
        self._providers = [
            provider_from(path, entry)
            for path, document in documents(self._directory / "dashboards")
            for entry in document.get("providers") or []
        ]
        names = _distinct_names(self._providers)
        self._boards.editable_providers = {p.name for p in self._providers if p.editable}
        self._forget_other_providers(names)
        for provider in self._providers:
            self._apply(provider)

    def poll(self) -> None:
        for provider in self._providers:
            if time.monotonic() >= self._due.get(provider.name, 0.0):
                self._apply(provider)

    def _apply_datasource(self, path: pathlib.Path, entry: dict[str, t.Any]) -> None:
        body = expanded(entry)
        read_only = not body.pop("editable", False)
        try:
            row = self._datasources.find("name", body.get("name"))
            if row is None:
                self._datasources.create(body, read_only)
            elif self._differs(row, body, read_only):
                self._datasources.update(row, body, read_only)
        except RefusedError as error:
            raise ProvisioningError(f"{path}: datasource {body.get('name')}: {error}") from error

    def _differs(self, row: t.Any, body: dict[str, t.Any], read_only: bool) -> bool:
        """Grafana saves at each start; the version would then say nothing, so this does not."""
        data, secrets = json.loads(row["data"]), json.loads(row["secrets"])
        wanted = {key: body[key] for key in data if key in body}
        return (
            {**data, **wanted} != data
            or {**secrets, **(body.get("secureJsonData") or {})} != secrets
            or body.get("uid", row["uid"]) != row["uid"]
            or bool(row["read_only"]) != read_only
        )

    def _forget_other_providers(self, names: set[str]) -> None:
        for row in self._store.all("SELECT id, provider FROM dashboard WHERE provider != ''"):
            if row["provider"] not in names:
                self._store.delete("dashboard", row["id"])

    def _apply(self, provider: Provider) -> None:
        self._due[provider.name] = time.monotonic() + provider.interval
        files = list(board_files(provider.path))
        repeated = repeated_uids([file.board.get("uid") for file in files])
        if repeated:
            LOG.error("provider %s: uid %s is used twice: nothing saved", provider.name, repeated)
            return
        with self._store.transaction():
            known = {row["external_id"]: row for row in self._rows(provider)}
            for file in files:
                row = known.get(file.external_id)
                if row is None or row["checksum"] != file.checksum:
                    self._save(provider, file, row)
            self._remove(provider, set(known) - {file.external_id for file in files})

    def _rows(self, provider: Provider) -> list[t.Any]:
        return self._store.all("SELECT * FROM dashboard WHERE provider = ?", provider.name)

    def _save(self, provider: Provider, file: BoardFile, row: t.Any) -> None:
        board = {key: value for key, value in file.board.items() if key != "id"}
        if row is not None:
            board["id"] = row["id"]
        try:
            self._boards.save(
                Save(
                    board=board,
                    actor=ACTOR,
                    folder_uid=self._folder(provider),
                    overwrite=True,
                    provider=provider.name,
                    external_id=file.external_id,
                    checksum=file.checksum,
                )
            )
        except RefusedError as error:
            LOG.error("provider %s: %s: %s", provider.name, file.external_id, error)

    def _folder(self, provider: Provider) -> str:
        if not provider.folder:
            return ""
        return self._folders.ensure(provider.folder, provider.folder_uid, ACTOR)

    def _remove(self, provider: Provider, external_ids: set[str]) -> None:
        for row in self._rows(provider):
            if row["external_id"] not in external_ids:
                continue
            if provider.keep_removed:
                forgotten = {"provider": "", "external_id": "", "checksum": ""}
                self._store.update("dashboard", row["id"], forgotten)
            else:
                self._store.delete("dashboard", row["id"])


def _distinct_names(providers: list[Provider]) -> set[str]:
    names = {provider.name for provider in providers}
    if len(names) < len(providers):
        raise ProvisioningError("two dashboard providers have the same name")
    return names
