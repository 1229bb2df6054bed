# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer says, compared with what it has to say."""

from __future__ import annotations

DOCUMENTATION = r"""
name: finding
short_description: Compare the answer of a service with what it has to be
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Takes what M(ansible.builtin.uri) has registered, and a check that says how such an answer has to look. Returns
    whether it does, and what was seen in the fewest words.
  - An answer that is none, or one with another status than 200, is never as it has to be.
options:
  _input:
    description: The registered result, with C(status) and C(content).
    type: dict
    required: true
  check:
    description:
      - How the answer has to look. All that is named here has to be so.
    type: dict
    required: true
    suboptions:
      at:
        description:
          - Where the values are in the answer, which is JSON, as names with dots between them. Lists on the way are
            gone through. Without it the whole answer is meant.
        type: str
        default: ""
      matches:
        description: A regular expression that one of the values matches.
        type: str
      exactly:
        description: How many values there are.
        type: int
      at_least:
        description: How often each of these values is there, at least.
        type: dict
      only:
        description: The values that may be there. One of them is, at least.
        type: list
        elements: str
      text:
        description: A regular expression that is found in the answer, which need not be JSON.
        type: str
positional: check
"""

EXAMPLES = r"""
- name: Two nodes are ready
  ansible.builtin.uri:
    url: http://127.0.0.1:4646/v1/nodes
    return_content: true
  register: answer
  until: (answer | mlops.infra.finding(check)).well
  retries: 10
  vars:
    check: {at: Status, at_least: {ready: 2}}

- name: Say what was seen
  ansible.builtin.debug:
    msg: "{{ (answer | mlops.infra.finding({'at': 'Status', 'at_least': {'ready': 2}})).seen }}"
# ready 2
"""

RETURN = r"""
_value:
  description: The finding.
  type: dict
  contains:
    well:
      description: Whether the answer is as it has to be.
      type: bool
    seen:
      description: What was seen, or why there was nothing to be seen.
      type: str
"""

import collections
import json
import re
import typing as t

LONGEST = 160
Finding = tuple[bool, str]


def finding(answer: t.Mapping[str, t.Any], check: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    status, content = answer.get("status", -1), str(answer.get("content") or "")
    if status != 200:
        return {"well": False, "seen": _refusal(status, content, str(answer.get("msg", "")))}
    if "text" in check:
        found = re.search(check["text"], content)
        return {"well": bool(found), "seen": found[0] if found else f"answered {_short(content)}"}
    try:
        values = _values(json.loads(content), check.get("at", ""))
    except ValueError:
        return {"well": False, "seen": f"answered {_short(content)}"}
    findings = [verb(values, check[name]) for name, verb in VERBS.items() if name in check]
    bad = [seen for well, seen in findings if not well]
    return {"well": not bad, "seen": _short("; ".join(bad or [seen for _well, seen in findings]))}


def _refusal(status: int, content: str, message: str) -> str:
    if status == -1:
        # "Request failed: <… error [Errno 111] Connection refused>", or without "… error".
        reason = message.rpartition("Request failed: ")[2].strip("<>").rpartition(" error ")[2]
        return f"no answer ({_short(reason or 'no reason given')})"
    return f"answered {status}: {_short(content or message)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return (line if len(line) <= LONGEST else f"{line[:LONGEST]}...") or "nothing"


def _values(body: t.Any, path: str) -> list[t.Any]:
    found = _spread(body)
    for name in path.split(".") if path else ():
        held = (one[name] for one in found if isinstance(one, dict) and name in one)
        found = [item for one in held for item in _spread(one)]
    return found


def _spread(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


def _matches(values: list[t.Any], pattern: str) -> Finding:
    found = [str(value) for value in values if re.search(pattern, str(value))]
    return bool(found), found[0] if found else f"answered {_listed(values)}"


def _exactly(values: list[t.Any], number: int) -> Finding:
    return len(values) == number, f"{len(values)}" if values else "none"


def _at_least(values: list[t.Any], wanted: t.Mapping[str, int]) -> Finding:
    there = collections.Counter(str(value) for value in values)
    lacking = [
        f"{value} {there[value]} of {number}" if there[value] else f"no {value}"
        for value, number in wanted.items()
        if there[value] < number
    ]
    return not lacking, ", ".join(lacking or [_times(value, there[value]) for value in wanted])


def _only(values: list[t.Any], permitted: list[str]) -> Finding:
    there = collections.Counter(str(value) for value in values)
    shown = [_times(value, number) for value, number in there.items()]
    others = [_times(value, number) for value, number in there.items() if value not in permitted]
    return bool(shown) and not others, ", ".join(others or shown) or "none"


def _times(value: str, number: int) -> str:
    return f"{value} {number}" if number > 1 else value


def _listed(values: list[t.Any]) -> str:
    return _short(", ".join(str(value) for value in values))


VERBS: dict[str, t.Callable[[list[t.Any], t.Any], Finding]] = {
    "matches": _matches,
    "exactly": _exactly,
    "at_least": _at_least,
    "only": _only,
}


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"finding": finding}
