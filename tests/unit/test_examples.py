# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples that people copy, in the modules and in the documents: each task is one that its module takes."""

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "plugins" / "modules").glob("*.py"))
DOCUMENTS = [ROOT / "QUICKSTART.md", ROOT / "docs" / "migration.md"]
OURS = "mlops.infra."
FQCN = re.compile(r"[a-z_]+\.[a-z_]+\.[a-z_]+")
KEYWORDS = {"check_mode", "delegate_to", "diff", "failed_when", "loop", "name", "no_log", "notify"}
KEYWORDS |= {"register", "run_once", "vars", "when"}

Task = dict[str, t.Any]


class TakenError(Exception):
    """The module has accepted its arguments."""


# What a template becomes is not known here.
OF_A_TYPE = {"bool": True, "dict": {}, "float": 1.0, "int": 1, "list": []}


class Listening(AnsibleModule):
    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        raise TakenError

    def _load_params(self) -> None:
        super()._load_params()
        for name, value in self.params.items():
            kind = self.argument_spec.get(name, {}).get("type")
            if kind in OF_A_TYPE and isinstance(value, str) and "{{" in value:
                self.params[name] = OF_A_TYPE[kind]

    def fail_json(self, msg: str, **kwargs: t.Any) -> t.NoReturn:
        raise AssertionError(msg)


def tasks_of(module: Path) -> list[Task]:
    text = module.read_text().split('EXAMPLES = r"""')[1].split('"""')[0]
    return t.cast(list[Task], yaml.safe_load(text))


def action(task: Task) -> str:
    (name,) = set(task) - KEYWORDS
    return str(name)


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.stem)
def test_examples_are_named_tasks_of_full_names(module: Path) -> None:
    tasks = tasks_of(module)
    assert all(task["name"][0].isupper() for task in tasks)
    assert all(FQCN.fullmatch(action(task)) for task in tasks)
    assert f"{OURS}{module.stem}" in [action(task) for task in tasks]


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.stem)
def test_modules_take_their_examples(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for task in tasks_of(module):
        if action(task) == f"{OURS}{module.stem}":
            give(task, monkeypatch)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_modules_take_what_documents_show(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE)
    entries = [entry for block in blocks for entry in yaml.safe_load(block)]
    tasks = [task for entry in entries for task in entry.get("tasks", [entry])]
    ours = [task for task in tasks if "hosts" not in task and action(task).startswith(OURS)]
    assert ours
    for task in ours:
        give(task, monkeypatch)


def give(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts the module of a task up to the point where it has accepted its arguments."""
    name = action(task).removeprefix(OURS)
    code = importlib.import_module(f"ansible_collections.mlops.infra.plugins.modules.{name}")
    monkeypatch.setattr(code, "AnsibleModule", Listening)
    with patch_module_args(task[action(task)]), pytest.raises(TakenError):
        code.main()
