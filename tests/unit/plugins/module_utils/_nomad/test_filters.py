# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import filters


def literal(text: str) -> str:
    """What the language reads in a string: code points, and everything else as it stands."""
    assert (text[0], text[-1]) == ('"', '"')
    return re.sub(r"\\U([0-9a-f]{8})", lambda m: chr(int(m[1], 16)), text[1:-1])


def pattern(text: str) -> str:
    """RE2's escapes of code points as Python's."""
    return re.sub(r"\\x\{([0-9a-f]+)\}", lambda m: re.escape(chr(int(m[1], 16))), literal(text))


IDS = ["web", "a/b", "a b", "ü", 'q"t', "b`t", "back\\slash", "x.y*z", "a\nb", "(", "[0]", "日本"]


@pytest.mark.parametrize("text", IDS)
def test_quoted_text_is_read_as_it_was(text: str) -> None:
    quoted = filters.quoted(text)
    assert literal(quoted) == text
    assert quoted.isascii()
    assert '"' not in quoted[1:-1]


@pytest.mark.parametrize("text", IDS)
def test_a_prefix_is_no_pattern(text: str) -> None:
    field, word, quoted = filters.starting("ID", text).split(" ", 2)
    assert (field, word) == ("ID", "matches")
    assert re.search(pattern(quoted), text + "-and-more")
    assert not re.search(pattern(quoted), "x" + text)
    assert not re.search(pattern(quoted), "zz")


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        ([], ""),
        (["", ""], ""),
        (["", "a == 1"], "a == 1"),
        (["a == 1", "b or c"], "(a == 1) and (b or c)"),
    ],
)
def test_both(expressions: list[str], expected: str) -> None:
    assert filters.both(*expressions) == expected
