# SPDX-License-Identifier: GPL-3.0-or-later
"""The trainer's image is tagged by its sources: what is in it decides, and nothing else."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from rendering import variables


def tag(sources: Path) -> t.Any:
    known = variables("ml_trainer", "0") | {"ml_trainer_app_dir": str(sources)}
    return Templar(DataLoader(), known).template(trust_as_template("{{ _ml_trainer_digest[:12] }}"))


def test_each_file_at_any_depth_counts(tmp_path: Path) -> None:
    deep = tmp_path / "package" / "deeper" / "module.py"
    deep.parent.mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    deep.write_text("x = 1\n")
    before = tag(tmp_path)
    assert len(before) == 12
    assert tag(tmp_path) == before

    cache = deep.parent / "__pycache__" / "module.cpython-311.pyc"
    cache.parent.mkdir()
    cache.write_text("compiled")
    assert tag(tmp_path) == before

    deep.write_text("x = 2\n")
    changed = tag(tmp_path)
    assert changed != before
    deep.rename(deep.parent / "other.py")
    assert tag(tmp_path) not in (before, changed)
