# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory's file, and how ansible-core reads it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader


class InventoryFile:
    """Read again and again by a plugin of its own each time."""

    def __init__(self, folder: Path, plugin: str, **options: t.Any) -> None:
        self._plugin = plugin
        self._path = folder / f"x.{plugin.rsplit('.', 1)[-1]}.yml"
        self._path.write_text(yaml.safe_dump({"plugin": plugin, **options}))

    def read(self, cache: bool = True) -> InventoryData:
        plugin = inventory_loader.get(self._plugin)
        assert plugin.verify_file(str(self._path))
        inventory = InventoryData()
        plugin.parse(inventory, DataLoader(), str(self._path), cache)
        if getattr(plugin, "_cache", None):  # as ansible-core does
            plugin.update_cache_if_changed()
        inventory.reconcile_inventory()
        return inventory
