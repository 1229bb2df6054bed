# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader


def digest(*directories: Path) -> list[str]:
    found: list[str] = lookup_loader.get("mlops.infra.content_digest").run(
        [str(directory) for directory in directories], {}
    )
    return found


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    deep = tmp_path / "sources" / "program" / "routes"
    deep.mkdir(parents=True)
    (tmp_path / "sources" / "Dockerfile").write_text("FROM x\n")
    (deep / "pages.py").write_text("")
    return tmp_path / "sources"


def test_it_is_64_digits_for_each_directory(sources: Path) -> None:
    first, second = digest(sources, sources / "program")
    assert first != second
    assert {len(one) for one in (first, second)} == {64}
    assert int(first, 16)


CHANGES: dict[str, t.Callable[[Path], object]] = {
    "content, however deep": lambda d: (d / "program/routes/pages.py").write_text("x"),
    "a name": lambda d: (d / "Dockerfile").rename(d / "Containerfile"),
    "a place": lambda d: (d / "program/routes/pages.py").rename(d / "program/pages.py"),
    "a file more": lambda d: (d / "program/routes/more.py").write_text(""),
    "a file less": lambda d: (d / "Dockerfile").unlink(),
    "a hidden file": lambda d: (d / ".dockerignore").write_text("data\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_what_makes_it_another(sources: Path, change: t.Callable[[Path], object]) -> None:
    before = digest(sources)
    change(sources)
    assert digest(sources) != before


@pytest.mark.parametrize("name", [".git/index", "program/__pycache__/a.pyc", ".cache/deep/x"])
def test_what_does_not(sources: Path, name: str) -> None:
    before = digest(sources)
    path = sources / name
    path.parent.mkdir(parents=True)
    path.write_text("x")
    (sources / "Dockerfile").chmod(0o600)
    assert digest(sources) == before


def test_no_directory_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AnsibleError, match="is no directory on the controller"):
        digest(tmp_path / "nowhere")


def test_a_link_that_leads_nowhere_is_a_sentence(sources: Path) -> None:
    (sources / "data.csv").symlink_to("nowhere")
    with pytest.raises(AnsibleError, match=r"data.csv in .* cannot be read: No such file"):
        digest(sources)
