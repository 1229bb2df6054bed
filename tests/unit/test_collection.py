# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection as a whole keeps to."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
NOTICE = "Note that this module util is **PRIVATE** to the collection."


def test_private_utilities_say_so() -> None:
    public = [
        p
        for p in (PLUGINS / "module_utils").rglob("*.py")
        if not any(part.startswith("_") for part in p.relative_to(PLUGINS).parts)
    ]
    assert public == []
    silent = [
        p
        for p in (PLUGINS / "module_utils").rglob("*.py")
        if p.read_text() and NOTICE not in p.read_text()
    ]
    assert silent == []


def test_action_groups_are_what_the_modules_declare() -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    declared: dict[str, set[str]] = {}
    for module in (PLUGINS / "modules").glob("*.py"):
        for group in re.findall(r"_attributes\.actiongroup_(\w+)", module.read_text()):
            declared.setdefault(group, set()).add(module.stem)
    assert declared == {name: set(members) for name, members in groups.items()}


def test_every_module_states_its_attributes() -> None:
    for module in (PLUGINS / "modules").glob("*.py"):
        text = module.read_text()
        for attribute in ("check_mode:", "diff_mode:", "idempotent:"):
            assert attribute in text, (module.name, attribute)


def test_every_file_names_its_licence() -> None:
    for path in [*PLUGINS.rglob("*.py"), *(ROOT / "roles").rglob("*.yml")]:
        text = path.read_text()
        assert not text or "SPDX-License-Identifier: GPL-3.0-or-later" in text, path


def test_the_app_is_the_trainer_role() -> None:
    assert (ROOT / "app").resolve() == ROOT / "roles" / "ml_trainer" / "files" / "app"


def test_builders_get_lower_bounds_without_pins() -> None:
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted
    assert all(re.fullmatch(r"[A-Za-z0-9-]+>=[0-9.]+", line) for line in wanted)
    assert not any(line.startswith("ansible") for line in wanted)
