# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples that people copy: each task is one that its module takes."""

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

MODULES = sorted((Path(__file__).parents[2] / "plugins" / "modules").glob("*.py"))
FQCN = re.compile(r"[a-z_]+\.[a-z_]+\.[a-z_]+")
KEYWORDS = {"check_mode", "delegate_to", "diff", "failed_when", "loop", "name", "no_log", "notify"}
KEYWORDS |= {"register", "run_once", "vars", "when"}

Task = dict[str, t.Any]


class TakenError(Exception):
    """The module has accepted its arguments."""


class Listening(AnsibleModule):
    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        raise TakenError

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
    assert f"mlops.infra.{module.stem}" in [action(task) for task in tasks]


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.stem)
def test_modules_take_their_examples(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = importlib.import_module(f"ansible_collections.mlops.infra.plugins.modules.{module.stem}")
    monkeypatch.setattr(code, "AnsibleModule", Listening)
    for task in tasks_of(module):
        if action(task) == f"mlops.infra.{module.stem}":
            with patch_module_args(task[action(task)]), pytest.raises(TakenError):
                code.main()
