# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/troubleshooting.md quotes what the code says, and knows every sentence of the preflight check."""

from __future__ import annotations

import ast
import functools
import itertools
import re
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"
TRAINER = ROOT / "roles" / "ml_trainer" / "files" / "app"
FILLED_IN = "\N{HORIZONTAL ELLIPSIS}"  # stands for what a template or a variable puts there
OTHERS = "What other programs say"
DOCUMENTING = {"DOCUMENTATION", "EXAMPLES", "RETURN"}


def plain(text: str) -> str:
    """One line, in which what is filled in is a single character."""
    text = re.sub(r"\{\{.*?\}\}|\{[\w.]*\}", FILLED_IN, text, flags=re.DOTALL)
    return re.sub(rf"{FILLED_IN}+", FILLED_IN, " ".join(text.split()))


@functools.cache
def of_tasks() -> dict[str, list[str]]:
    """By file, what tasks fail with and tell."""
    files = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]
    return {
        str(path.relative_to(ROOT)): [
            plain(text) for text in _texts(yaml.safe_load(path.read_text()))
        ]
        for path in files
    }


def _texts(node: t.Any) -> t.Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _texts(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("fail_msg", "msg") and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)


@functools.cache
def of_programs() -> list[str]:
    """What modules, plugins and the trainer have as text, without what documents them."""
    files = [*(ROOT / "plugins").rglob("*.py"), *TRAINER.rglob("*.py")]
    return [plain(text) for path in files for text in _strings(ast.parse(path.read_text()))]


def _strings(node: ast.AST) -> t.Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else FILLED_IN for part in node.values
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif not _documents(node):
        for child in ast.iter_child_nodes(node):
            yield from _strings(child)


def _documents(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        return any(isinstance(name, ast.Name) and name.id in DOCUMENTING for name in node.targets)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def sections() -> dict[str, list[str]]:
    """By heading, the first cell of each row of its tables."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("#"):
            heading = line.strip("# ")
        elif line.startswith("| ") and not line.startswith(("|--", "| symptom ", "| exit code ")):
            cell = re.split(r"(?<!\\) \| ", line.removeprefix("| "))[0]
            found.setdefault(heading, []).append(cell)
    return found


def quotes(cells: t.Iterable[str]) -> list[str]:
    """What stands in backticks, but for a command at which something is seen."""
    found = [quote for cell in cells for quote in re.findall(r"`([^`]+)`", cell)]
    return [quote for quote in found if not quote.startswith("make ")]


OURS = quotes(c for heading, cells in sections().items() if heading != OTHERS for c in cells)


def test_it_has_what_people_meet() -> None:
    assert len(OURS) > 60
    assert len(quotes(sections()[OTHERS])) > 3


@pytest.mark.parametrize("quote", OURS)
def test_the_code_says_it(quote: str) -> None:
    assert any(quote in text for text in [*of_programs(), *itertools.chain(*of_tasks().values())])


@pytest.mark.parametrize("file", ["preflight.yml", "preflight_secure.yml"])
def test_every_sentence_before_a_change_is_there(file: str) -> None:
    told = of_tasks()[f"roles/mlops/tasks/{file}"]
    failures = [text for text in told if text.startswith("Nothing was changed: ")]
    assert len(failures) > 5
    assert [text for text in failures if not any(q in text for q in OURS)] == []


def test_exit_codes_are_the_trainers() -> None:
    (codes,) = [cells for heading, cells in sections().items() if heading.startswith("Exit codes")]
    source = ast.parse((TRAINER / "trainer" / "errors.py").read_text())
    ends = {
        node.value.value
        for node in ast.walk(source)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "exit_code"
        and isinstance(node.value, ast.Constant)
    }
    told = {int(number) for cell in codes for number in re.findall(r"\d+", cell)}
    assert ends < told
