# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection as a whole keeps to."""

from __future__ import annotations

import ast
import itertools
import re
import subprocess
import tarfile
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
MODULES = sorted((PLUGINS / "modules").glob("*.py"))
PRIVATE = "is **PRIVATE** to the collection."


def test_private_utilities_say_so() -> None:
    folders = ("module_utils", "plugin_utils", "doc_fragments")
    files = [p for folder in folders for p in (PLUGINS / folder).rglob("*.py")]
    public = [p for p in files if "/_" not in str(p.relative_to(PLUGINS))]
    assert public == []
    notice = re.compile(r"Note that this (module|plugin) util|Note that this doc fragment")
    silent = [p for p in files if not (notice.search(p.read_text()) and PRIVATE in p.read_text())]
    assert silent == []


def test_folders_of_plugins_are_those_that_ansible_knows() -> None:
    kinds = {p.name for p in PLUGINS.iterdir() if p.name != "__pycache__"}
    known = {"doc_fragments", "filter", "inventory", "lookup", "module_utils", "modules"}
    assert kinds == known | {"plugin_utils"}


def test_action_groups_are_what_the_modules_declare() -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    declared: dict[str, set[str]] = {}
    for module in (PLUGINS / "modules").glob("*.py"):
        for group in re.findall(r"_attributes\.actiongroup_(\w+)", module.read_text()):
            declared.setdefault(group, set()).add(module.stem)
    assert declared == {name: set(members) for name, members in groups.items()}


def test_modules_of_a_server_are_in_its_action_group() -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    for group, members in groups.items():
        assert sorted(members) == sorted(p.stem for p in MODULES if p.stem.startswith(group + "_"))


def test_every_module_is_documented_in_full() -> None:
    for module in MODULES:
        blocks = documentation(module)
        said = yaml.safe_load(blocks["DOCUMENTATION"])
        assert said.keys() >= {"author", "description", "seealso", "version_added"}, module.name
        assert said["attributes"].keys() >= {"check_mode", "diff_mode", "idempotent"}, module.name
        assert said["attributes"]["check_mode"]["support"] in ("full", "partial"), module.name
        assert yaml.safe_load(blocks["EXAMPLES"]), module.name
        assert yaml.safe_load(blocks["RETURN"]), module.name


def test_what_is_new_names_a_release() -> None:
    """One that was made, or the next; antsibull-changelog lists what is new in a release by that."""
    versions = set(yaml.safe_load((ROOT / "changelogs/changelog.yaml").read_text())["releases"])
    versions.add(yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"])
    files = [*PLUGINS.rglob("*.py"), *(ROOT / "roles").glob("*/meta/argument_specs.yml")]
    said = re.compile(r"^ *version_added: (.*)$", re.MULTILINE)
    others = {p.name: set(said.findall(p.read_text())) - versions for p in files}
    assert {name: found for name, found in others.items() if found} == {}


def test_every_playbook_is_in_the_changelog() -> None:
    """Of all that is new, playbooks are what antsibull-changelog cannot see by itself."""
    releases = yaml.safe_load((ROOT / "changelogs/changelog.yaml").read_text())["releases"]
    listed = [(release.get("objects") or {}).get("playbook", []) for release in releases.values()]
    for fragment in (ROOT / "changelogs/fragments").glob("*.yml"):
        listed.append(yaml.safe_load(fragment.read_text()).get("add object.playbook", []))
    names = [playbook["name"] for playbook in itertools.chain(*listed)]
    assert sorted(names) == sorted(p.stem for p in (ROOT / "playbooks").glob("*.yml"))


def documentation(module: Path) -> dict[str, str]:
    return {
        node.targets[0].id: node.value.value
        for node in ast.parse(module.read_text()).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }


def test_every_file_names_its_licence() -> None:
    for path in [*PLUGINS.rglob("*.py"), *(ROOT / "roles").rglob("*.yml")]:
        text = path.read_text()
        assert not text or "SPDX-License-Identifier: GPL-3.0-or-later" in text, path


def test_functions_and_modules_are_short() -> None:
    """Forty lines a function; 250 a module, without its documentation."""
    long = []
    for path in [
        *PLUGINS.rglob("*.py"),
        *(ROOT / "roles").rglob("*.py"),
        *(ROOT / "tools").glob("*.py"),
    ]:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > 40:
                    long.append((path.name, node.name, length))
        texts = sum(
            (node.end_lineno or 0) - node.lineno
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        )
        lines = path.read_text().splitlines()
        licence = len(list(itertools.takewhile(lambda line: line.startswith("#"), lines)))
        if len(lines) - licence - texts > 250:
            long.append((path.name, "", len(lines) - licence - texts))
    assert long == []


def test_what_is_built_is_what_git_tracks(tmp_path: Path) -> None:
    subprocess.run(
        ["ansible-galaxy", "collection", "build", "--output-path", tmp_path, ROOT],
        check=True,
        capture_output=True,
    )
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        built = {m.name for m in archive.getmembers() if not m.isdir()}
    assert built - set(tracked) == {"MANIFEST.json", "FILES.json"}


def test_the_app_is_the_trainer_role() -> None:
    assert (ROOT / "app").resolve() == ROOT / "roles" / "ml_trainer" / "files" / "app"


def test_builders_get_lower_bounds_without_pins() -> None:
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted
    assert all(re.fullmatch(r"[A-Za-z0-9-]+>=[0-9.]+", line) for line in wanted)
    assert not any(line.startswith("ansible") for line in wanted)


def test_hooks_of_commits_are_what_lint_runs() -> None:
    lint = (ROOT / "tools" / "test").read_text()
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in local["hooks"]:
        assert hook["entry"].removeprefix(".venv/bin/").removesuffix(" --quiet") in lint
