# SPDX-License-Identifier: GPL-3.0-or-later
"""What every role keeps to."""

from __future__ import annotations

import functools
import re
import typing as t
from pathlib import Path

import pytest
import yaml

ROLES = sorted(p for p in (Path(__file__).parents[2] / "roles").iterdir() if p.is_dir())


def load(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text()) if path.exists() else None


@pytest.fixture(params=ROLES, ids=lambda p: p.name)
def role(request: pytest.FixtureRequest) -> Path:
    return t.cast(Path, request.param)


def test_defaults_are_what_the_argument_specs_say(role: Path) -> None:
    """Same names, same order, same values; the specs are the reference that people read."""
    options = load(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = load(role / "defaults" / "main.yml") or {}
    assert list(defaults) == list(options)
    assert defaults == {name: option["default"] for name, option in options.items()}


def test_every_option_is_described(role: Path) -> None:
    specs = load(role / "meta" / "argument_specs.yml")["argument_specs"]
    for entry in specs.values():
        assert entry["short_description"]
        for name, option in entry["options"].items():
            assert option["description"], name
            assert option["type"], name


def test_names_carry_the_role(role: Path) -> None:
    prefix = f"{role.name}_"
    assert [n for n in load(role / "defaults" / "main.yml") or {} if not n.startswith(prefix)] == []
    for path in [*role.glob("vars/main.yml"), *role.glob("vars/main/*.yml")]:
        assert [name for name in load(path) if not name.startswith(f"_{prefix}")] == [], path


def test_every_variable_is_read(role: Path) -> None:
    """Nothing is set for nobody. Of images the name is put together, from the service's."""
    used = _used_names(ROLES[0].parent)
    variables = [role / "defaults" / "main.yml", *role.glob("vars/**/*.yml")]
    names = {name for path in variables for name in load(path) or {}}
    tasks = "".join(path.read_text() for path in (role / "tasks").glob("*.yml"))
    names |= set(re.findall(r"register: (\w+)", tasks))
    assert names - used - {f"{role.name}_image"} == set()


@functools.cache
def _used_names(roles: Path) -> set[str]:
    """What the roles and playbooks read, which is more than that a name is given a value."""
    defined = re.compile(r"^\w+:|register: \w+|^#.*", re.MULTILINE)
    folders = ("defaults", "vars", "tasks", "templates")
    files = [path for folder in folders for path in roles.glob(f"*/{folder}/**/*")]
    files += (roles.parent / "playbooks").glob("*.yml")
    return {
        name
        for path in files
        if path.is_file()
        for name in re.findall(r"\w+", defined.sub("", path.read_text()))
    }


def test_tasks_belong_to_an_entry_point_or_are_included(role: Path) -> None:
    entries = set(load(role / "meta" / "argument_specs.yml")["argument_specs"])
    texts = "".join(p.read_text() for p in (role / "tasks").glob("*.yml"))
    for tasks in (role / "tasks").glob("*.yml"):
        used = tasks.name in texts or ("{{" in texts and tasks.stem in ("started", "absent"))
        assert tasks.stem in entries or used, tasks


def test_preflight_knows_every_role() -> None:
    shared = load(ROLES[0].parent / "mlops" / "vars" / "main" / "platform.yml")
    assert shared["_mlops_roles"] == [p.name for p in ROLES]


def test_there_is_a_readme(role: Path) -> None:
    assert (role / "README.md").read_text().startswith(f"# mlops.infra.{role.name}\n")


def test_the_trainers_parameters_are_known() -> None:
    """What the job permits as meta and the check lets through is what the trainer takes."""
    role = ROLES[0].parent / "ml_trainer"
    known = load(role / "vars" / "main.yml")["_ml_trainer_known"]
    source = (role / "files" / "app" / "trainer" / "parameters.py").read_text()
    names = re.findall(r"^    (\w+): \w+ = dataclasses\.field\(", source, re.MULTILINE)
    assert sorted([*names, "lr"]) == sorted(known)
