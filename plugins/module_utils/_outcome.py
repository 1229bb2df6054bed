# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a module returns: canonical text, before/after diffs and the one place that masks secrets."""

from __future__ import annotations

import hashlib
import json
import re
import typing as t

from ._errors import UserError

MASKED = "(sensitive)"


def canonical(data: t.Any) -> str:
    """JSON with sorted keys, two spaces and a final newline: equal data gives equal text."""
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def as_diff(before: t.Any, after: t.Any, header: str = "") -> dict[str, str]:
    """The C(diff) of a result. Text is taken as it is, C(None) as nothing, all else as JSON."""
    diff = {"before": _text(before), "after": _text(after)}
    if header:
        diff["before_header"] = diff["after_header"] = header
    return diff


def _text(data: t.Any) -> str:
    if data is None:
        return ""
    return data if isinstance(data, str) else canonical(data)


def digest(value: str | bytes) -> str:
    """A stand-in for a secret that still shows whether it changed: 12 hex digits of its SHA-256."""
    raw = value.encode() if isinstance(value, str) else value
    return f"{MASKED} sha256:{hashlib.sha256(raw).hexdigest()[:12]}"


def mask(data: t.Any, patterns: t.Iterable[str]) -> t.Any:
    """A copy of C(data) in which the value of each key that matches a pattern is a digest.

    C(patterns) are regular expressions, searched for in the key without regard to case.
    """
    regex = [re.compile(p, re.IGNORECASE) for p in patterns]
    return _masked(data, regex) if regex else data


def _masked(data: t.Any, regex: t.Sequence[re.Pattern[str]]) -> t.Any:
    if isinstance(data, dict):
        return {
            key: _hidden(value) if _matches(key, regex) else _masked(value, regex)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [_masked(item, regex) for item in data]
    return data


def _matches(key: t.Any, regex: t.Sequence[re.Pattern[str]]) -> bool:
    return any(r.search(str(key)) for r in regex)


def _hidden(value: t.Any) -> t.Any:
    if value is None or value == "":
        return value
    return digest(value if isinstance(value, str) else canonical(value))


def parse_sensitive(sensitive: t.Any) -> list[str]:
    """Regular expressions of the keys whose values are secret; the empty one is in all of them."""
    if not isinstance(sensitive, (bool, str, list, type(None))):
        raise UserError(
            f"sensitive is {sensitive!r}: write true, false, a regular expression or a list of them."
        )
    word = str(sensitive).lower()
    if not sensitive or word in ("no", "false"):
        return []
    if word in ("yes", "true"):
        return [""]
    patterns = sensitive if isinstance(sensitive, list) else [str(sensitive)]
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, TypeError) as exc:
            raise UserError(f"sensitive: {pattern!r} is no regular expression: {exc}.") from exc
    return patterns
