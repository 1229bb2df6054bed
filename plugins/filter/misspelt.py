# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that nobody knows, each with the known one that it was probably meant to be."""

from __future__ import annotations

DOCUMENTATION = r"""
name: misspelt
short_description: Find names that are not known, and what was meant
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Returns a text for each name that is not among the known ones, with the known name that it resembles most. An empty
    list means that all names are known.
options:
  _input:
    description: The names, as a list or as the keys of a dictionary.
    type: raw
    required: true
  known:
    description: The names that are known.
    type: list
    elements: str
    required: true
positional: known
"""

EXAMPLES = r"""
- name: No parameter is misspelt
  ansible.builtin.assert:
    that: parameters | mlops.infra.misspelt(['epochs', 'learning_rate']) | length == 0
    fail_msg: "{{ parameters | mlops.infra.misspelt(['epochs', 'learning_rate']) | join(', ') }}"
  vars:
    parameters: {epochs: 3, learning_rat: 0.1}
# learning_rat (is learning_rate meant?)
"""

RETURN = r"""
_value:
  description: The names that are not known, in their order, as text.
  type: list
  elements: str
"""

import difflib
import typing as t


def misspelt(names: t.Any, known: t.Any) -> list[str]:
    if isinstance(names, (str, bytes)) or not isinstance(names, t.Iterable):
        raise TypeError("misspelt: the names have to be a list or a dictionary.")
    candidates = [str(name) for name in known]
    return [_asked(str(name), candidates) for name in names if str(name) not in candidates]


def _asked(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"{name} (is {nearest[0]} meant?)" if nearest else name


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"misspelt": misspelt}
