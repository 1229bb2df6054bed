# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which variables an HCL jobspec declares. Nomad's server drops those that it does not silently."""

from __future__ import annotations

import re
import typing as t

_TOKEN = re.compile(
    r"""
      (?P<comment> \#[^\n]* | //[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<heredoc> <<-?(?P<tag>[\w-]+)[ \t]*\r?\n (?: .*?\n )?? [ \t]* (?P=tag) (?=\s|\Z) )
    | (?P<quote> " )
    | (?P<open> [{\[(] )
    | (?P<close> [}\])] )
    | (?P<word> [^\W\d][\w-]* )
    | (?P<equals> = (?!=) )
    """,
    re.VERBOSE | re.DOTALL,
)


def tokens(text: str) -> t.Iterator[tuple[str, str]]:
    """The kind and the text of what matters in HCL: words, strings, brackets and equal signs."""
    position = 0
    while True:
        found = _TOKEN.search(text, position)
        if not found:
            return
        kind, position = str(found.lastgroup), found.end()
        if found.group("heredoc") is not None or kind == "comment":
            continue
        if kind != "quote":
            yield kind, found.group()
            continue
        end = _string_end(text, position)
        yield "string", text[position : end - 1]
        position = end


def _string_end(text: str, position: int) -> int:
    """The position after the closing quote; C(${"…"}) within a string holds strings again."""
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text.startswith(("$${", "%%{"), position):
            position += 3
        elif text.startswith(("${", "%{"), position):
            position = _template_end(text, position + 2)
        elif text[position] == '"':
            return position + 1
        else:
            position += 1
    return len(text) + 1


def _template_end(text: str, position: int) -> int:
    depth = 1
    while position < len(text) and depth:
        char = text[position]
        position += 1
        if char == '"':
            position = _string_end(text, position)
        elif char in "{}":
            depth += 1 if char == "{" else -1
    return position


def declared_variables(text: str) -> set[str]:
    """The names in C(variable "x" {…}) and C(variables {…}) blocks at the top level."""
    names: set[str] = set()
    depth = 0
    block: list[str] = []
    before = ("", "")
    for kind, value in tokens(text):
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
            block = [] if depth == 0 else block
        elif depth == 0:
            block = [*block, value] if kind in ("word", "string") else []
        elif depth == 1 and kind == "equals" and block == ["variables"]:
            names.add(before[1])
        if kind == "open" and depth == 1 and block[:1] == ["variable"]:
            names.update(block[1:2])
        before = (kind, value)
    return names
