# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-builder makes of the collection, and of the example that shows how it is asked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "execution-environment" / "execution-environment.yml"


def builder(*arguments: str | Path) -> str:
    command = ["ansible-builder", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_builders_find_what_the_modules_import() -> None:
    found = yaml.safe_load(builder("introspect", ROOT / ".collections"))["python"]
    named = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()
    assert [line.partition(" ")[0] for line in found] == [n for n in named if n[0] != "#"]


def test_the_example_makes_a_context_with_the_collection(tmp_path: Path) -> None:
    builder("create", "--file", EXAMPLE, "--context", tmp_path, "--output-filename=Containerfile")
    assert "FROM $EE_BASE_IMAGE" in (tmp_path / "Containerfile").read_text()
    wanted = yaml.safe_load((tmp_path / "_build" / "requirements.yml").read_text())
    ours = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    named = {entry["name"]: entry.get("version") for entry in wanted["collections"]}
    assert named == {f"{ours['namespace']}.{ours['name']}": None, **ours["dependencies"]}
