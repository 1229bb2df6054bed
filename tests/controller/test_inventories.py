# SPDX-License-Identifier: GPL-3.0-or-later
"""What all inventories made of a server's nodes do alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.plugins.loader import inventory_loader


@pytest.mark.parametrize("plugin", ["consul_catalog", "nomad_nodes"])
@pytest.mark.parametrize(
    ("name", "ours"),
    [("{}.yml", True), ("prod.{}.yaml", True), ("{}.json", False), ("nodes.yml", False)],
)
def test_files_are_known_by_their_names(tmp_path: Path, plugin: str, name: str, ours: bool) -> None:
    path = tmp_path / name.format(plugin)
    path.write_text("")
    assert inventory_loader.get(f"mlops.infra.{plugin}").verify_file(str(path)) is ours
