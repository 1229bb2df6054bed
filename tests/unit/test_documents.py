# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents name is there: commands with their arguments, files, links, and what the README lists."""

from __future__ import annotations

import fnmatch
import functools
import itertools
import re
import shlex
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
HOME = "https://github.com/mlops-infra/mlops.infra/"
DOCUMENTS = sorted(
    {
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("roles/*/README.md"),
    }
    - {ROOT / "CHANGELOG.md"}  # made of fragments
)
TOP = {p.name for p in ROOT.iterdir() if p.name not in (".git", "build", "mlops-infra")}
# A word in capitals or in angle brackets stands for a name of the reader's choice.
PLACEHOLDER = re.compile(
    r"<[a-z_ ]+>|(?<![A-Za-z_])(?:ADDRESS|HOST|INVENTORY|NAME|VERSION)(?![A-Za-z_])"
)
# What the shell, Python and the reader's own files are called by; others are somewhere in the repository.
OURS = re.compile(r"[\w.*/-]+\.(?:j2|md|py|sh|ya?ml)")
# What comes into being by a test, a play or the reader.
MADE = re.compile(r"build/|inventories/production|inventories/[a-z*]+/\.secrets|play\.yml$")

SHELLS = ("", "bash", "console", "sh")
CODE = (".hcl", ".j2", ".py", ".yml")
ELSEWHERE = {"consul_key_prefix", "consul_keys", "consul_session", "nomad_token"}
ENDS = (".py", "/__init__.py", "/__main__.py")

Words = list[str]


class Document:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.tokens = list(_flat(MarkdownIt("commonmark").enable("table").parse(path.read_text())))

    def links(self) -> list[str]:
        attributes = {"link_open": "href", "image": "src"}
        return [
            str(token.attrs[attributes[token.type]])
            for token in self.tokens
            if token.type in attributes
        ]

    def code(self) -> list[str]:
        """What stands in backticks, and each line of a block."""
        found: list[str] = []
        for token in self.tokens:
            shell = token.type == "fence" and token.info in SHELLS
            if shell or token.type in ("code_inline", "code_block"):
                found += token.content.splitlines()
        return found

    def commands(self, program: str) -> list[Words]:
        """The arguments of each call of C(program)."""
        return [
            words[1:] for line in self.code() for words in _commands(line) if words[0] == program
        ]

    def anchors(self) -> set[str]:
        """As GitHub makes them of headings."""
        found: set[str] = set()
        for heading, content in itertools.pairwise(self.tokens):
            if heading.type == "heading_open":
                text = re.sub(r"[`*_]", "", content.content).lower()
                found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
        return found


def _flat(tokens: t.Iterable[Token]) -> t.Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _commands(line: str) -> t.Iterator[Words]:
    """The commands of a line of shell, each without what sets its environment."""
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
        lexer.whitespace_split = True
        words = [*lexer, ";"]
    except ValueError:  # a quotation mark that is none of a shell's
        return
    command: Words = []
    for word in words:
        if set(word) <= set(";&|"):
            if command:
                yield command
            command = []
        elif command or not (word == "sudo" or re.fullmatch(r"[A-Z_]+=.*", word)):
            command.append(word)


@functools.cache
def document(path: Path) -> Document:
    return Document(path)


@pytest.fixture(params=DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def read(request: pytest.FixtureRequest) -> Document:
    return document(request.param)


def test_the_guides_are_there() -> None:
    guides = {"README", "QUICKSTART", "ARCHITECTURE", "CONTRIBUTING", "SECURITY"}
    assert guides <= {p.stem for p in DOCUMENTS}
    assert all(document(ROOT / f"{name}.md").code() for name in guides - {"SECURITY"})


def test_links_lead_somewhere(read: Document) -> None:
    broken = []
    for link in read.links():
        target, _hash, anchor = link.removeprefix(HOME + "blob/main/").partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        start = ROOT if link.startswith(HOME) else read.path.parent
        path = (start / target).resolve() if target else read.path
        if not path.exists() or (anchor and anchor not in document(path).anchors()):
            broken.append(link)
    assert broken == []


def test_targets_of_make_are_there(read: Document) -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z]+) \?=", text, re.MULTILINE)) | {"SERVER"}
    assert "$(SERVER)" in text  # and has no default
    for words in filter(None, read.commands("make")):
        named = {word.partition("=")[0] for word in words if "=" in word}
        assert {word for word in words if "=" not in word} <= targets, words
        assert named <= variables, words


def test_playbooks_and_their_variables_are_there(read: Document) -> None:
    for words in [*read.commands("ansible-playbook"), *made(read, "ansible-playbook")]:
        playbooks = [word for word in words if word.endswith(".yml") and not word.startswith("@")]
        assert playbooks, words
        for playbook in playbooks:
            assert (ROOT / playbook).is_file() or MADE.match(playbook), words
        options = dict(itertools.pairwise(words))
        for inventory in (options.get("-i"), options.get("--inventory")):
            own = not inventory or MADE.match(inventory) or PLACEHOLDER.fullmatch(inventory)
            assert own or (ROOT / str(inventory)).exists(), words
        text = "".join((ROOT / p).read_text() for p in playbooks if not MADE.match(p))
        for given in extra_variables(words):
            if given.startswith("@"):
                assert (ROOT / given[1:]).is_file(), words
            else:
                assert given in role_variables() or re.search(rf"\b{given}\b", text), words


def made(read: Document, program: str) -> list[Words]:
    """As C(commands), but of what make would run, its variables filled in."""
    lines = [
        line
        for words in filter(None, read.commands("make"))
        for line in subprocess.run(
            ["make", "--no-print-directory", "--dry-run", *words],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
    ]
    return [c[1:] for line in lines for c in _commands(line) if c[0] == program]


def extra_variables(words: Words) -> t.Iterator[str]:
    """Names, and files with an @ before them."""
    for option, value in itertools.pairwise(words):
        if option in ("-e", "--extra-vars"):
            if value.startswith("@"):
                yield value
            elif value.startswith("{"):
                yield from yaml.safe_load(value)
            else:
                yield value.partition("=")[0]


@functools.cache
def role_variables() -> frozenset[str]:
    known: set[str] = set()
    for specs in ROOT.glob("roles/*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(specs.read_text())["argument_specs"].values():
            known |= entry["options"].keys()
    return frozenset(known)


def test_names_that_begin_with_a_roles_are_in_the_code(read: Document) -> None:
    """Variables, groups, secrets, modules; and a few of other collections, which documents compare with."""
    roles = "|".join(p.name for p in (ROOT / "roles").iterdir() if p.is_dir())
    named = re.findall(rf"\b(?:{roles})_[a-z0-9_]+\b", "\n".join(read.code()))
    assert set(named) - words_of_the_code() - ELSEWHERE == set()


@functools.cache
def words_of_the_code() -> frozenset[str]:
    places = ("inventories", "playbooks", "plugins", "roles")
    files = [p for place in places for p in (ROOT / place).rglob("*") if p.suffix in CODE]
    return frozenset(word for path in files for word in re.findall(r"\w+", path.read_text()))


def test_molecules_scenarios_are_there(read: Document) -> None:
    for words in filter(None, read.commands("molecule")):
        assert words[0] in ("converge", "create", "destroy", "side-effect", "test", "verify"), words
        for option, name in itertools.pairwise(words):
            if option == "-s" and not PLACEHOLDER.fullmatch(name):
                assert (ROOT / "molecule" / name / "molecule.yml").is_file(), words


def test_stages_of_the_tests_are_there(read: Document) -> None:
    stages = set(re.findall(r"^([a-z]+)\(\) \{", (ROOT / "tools/test").read_text(), re.MULTILINE))
    assert {"unit", "molecule", "record"} <= stages
    for words in filter(None, [*read.commands("tools/test"), *made(read, "tools/test")]):
        named = words[:1] if words[0] == "record" else words
        assert set(named) <= stages | {"all"}, words


def test_programs_that_are_run_are_there(read: Document) -> None:
    for words in read.commands("python") + read.commands("pytest"):
        for option, name in zip(["", *words], words, strict=False):
            if option == "-m":
                module = name.replace(".", "/")
                places = [
                    ROOT / start / f"{module}{end}" for start in ("", "tools") for end in ENDS
                ]
                assert any(place.is_file() for place in places), words
            elif name.startswith("tests/") or name.endswith(".py"):
                # the trainer's own command line is described from where it lies
                assert (ROOT / name).exists() or (ROOT / "app" / name).exists(), words
    for words in read.commands("tools/sanity"):
        assert set(words) <= set(re.findall(r"--[a-z-]+", (ROOT / "tools/sanity").read_text()))


def test_files_that_are_named_are_there(read: Document) -> None:
    missing = []
    for line in read.code():
        for word in line.split():
            path = PLACEHOLDER.sub("*", word.strip("\"'(),;:").removeprefix("@").rstrip("."))
            if not is_there(path, read.path.parent):
                missing.append(word)
    assert missing == []


def is_there(path: str, beside: Path) -> bool:
    """Whether it is in the repository, or is no path of it at all."""
    if "://" in path or path.startswith(("/", "-", "~")) or "\N{HORIZONTAL ELLIPSIS}" in path:
        return True
    if MADE.match(path):
        return True
    if path.partition("/")[0] in TOP and "/" in path:
        starts = (ROOT, beside, *(ROOT / "roles").iterdir())  # what each role has, too
        return any(match for start in starts for match in start.glob(path))
    if OURS.fullmatch(path):
        return any(fnmatch.fnmatch(name, f"*/{path}") for name in tracked())
    return True


@functools.cache
def tracked() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [f"/{name}" for name in found.stdout.splitlines()]


def test_the_readme_lists_what_is_in_the_collection() -> None:
    tokens = document(ROOT / "README.md").tokens
    code = {token.content for token in tokens if token.type == "code_inline"}
    text = (ROOT / "README.md").read_text()
    modules = {p.stem for p in (ROOT / "plugins" / "modules").glob("*.py")}
    roles = {p.name for p in (ROOT / "roles").iterdir() if p.is_dir()}
    assert modules | roles <= code
    for kind in ("filter", "inventory", "lookup"):
        names = [p.stem for p in (ROOT / "plugins" / kind).glob("*.py")]
        assert [name for name in names if f"| {kind} `{name}` |" not in text] == [], kind


def table(path: Path, heading: str) -> list[list[str]]:
    """The rows of all tables between a heading and the next one of its kind, cell by cell."""
    part = path.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.*) \|$", part, re.MULTILINE)
    return [row.split(" | ") for row in rows if not row.startswith("--")]


def test_the_report_has_its_figures_from_where_it_says() -> None:
    checked = 0
    for row in table(ROOT / "docs" / "report.md", "Results"):
        source = re.fullmatch(r"\[(.+\.md)\]\(\1\)", row[-1])
        if source:
            text = (ROOT / "docs" / source.group(1)).read_text()
            for figure in re.findall(r"\d[\d.,]*(?<![.,])", " ".join(row[:-1])):
                assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d])", text), (figure, row)
                checked += 1
    assert checked > 40


def test_the_report_has_every_stage_of_the_tests() -> None:
    told = [row[0].strip("`") for row in table(ROOT / "docs" / "report.md", "Validation")]
    lists = re.findall(r"stages\+?=\(([a-z ]+)\)", (ROOT / "tools" / "test").read_text())
    assert told[1:] == " ".join(lists).split()


def test_drawings_have_the_addresses_of_the_services() -> None:
    shared = yaml.safe_load((ROOT / "roles/mlops/vars/main/platform.yml").read_text())
    last = {name: ip.rpartition(".")[2] for name, ip in shared["_mlops_ip"].items()}
    ports = {**shared["_mlops_standard_port"], "consul": 8500, "alert_sink": 9094}
    expected = {(number, str(ports[name])) for name, number in last.items()}
    text = (ROOT / "ARCHITECTURE.md").read_text()
    assert set(re.findall(r"172\.20\.0\.(\d+):(\d+)", text)) == expected
    for name, number in last.items():
        container = f"mlops-{name.replace('_', '-')}"
        # under its name in a box, or beside it
        assert re.search(rf"{container} .*\n?.*172\.20\.0\.{number}:", text), container
