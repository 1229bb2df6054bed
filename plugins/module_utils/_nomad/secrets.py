# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Keeps secrets that a job holds out of results, diffs and the record of the module's options."""

from __future__ import annotations

import re
import typing as t

from .._errors import UserError
from .._outcome import digest, mask

Json = t.Dict[str, t.Any]

DEFAULT_PATTERNS = (
    "passw(or)?d",
    "passphrase",
    "secret",
    "token",
    "credential",
    "api_?key",
    "access_?key",
    "private_?key",
)
MASK_OPTIONS: dict[str, dict[str, t.Any]] = {
    "mask": {"type": "list", "elements": "str", "default": list(DEFAULT_PATTERNS)},
}
# Where names are the user's own: elsewhere a job's fields only look like secrets ("SecretsMB").
_OPEN_MAPS = ("Env", "Meta", "Config")
_TOKENS = ("ConsulToken", "VaultToken")
_TEXTS = ("EmbeddedTmpl", "Payload")
_FIELD = re.compile(r"^(?:Env|Meta|Config)\[(?P<key>.*)\]$")
_TOO_SHORT = 4  # hiding every "1" or "yes" would hide the result itself


class Secrets:
    """Tells by the name of a value whether it is one."""

    def __init__(self, patterns: t.Iterable[str]) -> None:
        self._patterns = list(patterns)
        self._regex = [_compiled(p) for p in self._patterns]

    def named(self, text: str) -> bool:
        return any(regex.search(text) for regex in self._regex)

    def job(self, data: t.Any) -> t.Any:
        """A copy of a job with digests in place of secrets."""
        if isinstance(data, list):
            return [self.job(item) for item in data]
        if not isinstance(data, dict):
            return data
        return {key: self._value(key, value) for key, value in data.items()}

    def _value(self, key: str, value: t.Any) -> t.Any:
        if key in _OPEN_MAPS:
            return mask(value, self._patterns)
        if isinstance(value, str) and value and self._hides(key, value):
            return digest(value)
        return self.job(value)

    def _hides(self, key: str, value: str) -> bool:
        return key in _TOKENS or (key in _TEXTS and self.named(value))

    def plan(self, data: t.Any, inside: str = "") -> t.Any:
        """A copy of a plan whose diff has digests in place of secrets."""
        if isinstance(data, list):
            return [self.plan(item, inside) for item in data]
        if not isinstance(data, dict):
            return data
        name = str(data.get("Name") or "")
        if "Old" in data and "New" in data:
            return self._field(data, name, inside)
        return {key: self.plan(value, name or inside) for key, value in data.items()}

    def _field(self, entry: Json, name: str, inside: str) -> Json:
        match = _FIELD.match(name)
        key = match["key"] if match else name
        free = match is not None or inside in _OPEN_MAPS
        values = (str(entry["Old"] or ""), str(entry["New"] or ""))
        if (free and self.named(key)) or any(self._hides(name, value) for value in values):
            old, new = (digest(value) if value else "" for value in values)
            return {**entry, "Old": old, "New": new}
        return entry

    def values(self, data: t.Any, free: bool = False) -> t.Iterator[str]:
        """The secrets themselves, so that they can be kept out of all that is printed."""
        if isinstance(data, list):
            for item in data:
                yield from self.values(item, free)
        if not isinstance(data, dict):
            return
        for key, value in data.items():
            if (free and self.named(str(key))) or (
                isinstance(value, str) and self._hides(key, value)
            ):
                yield from _texts(value)
            else:
                yield from self.values(value, free or key in _OPEN_MAPS)

    def handed_over(self, value: t.Any) -> t.Iterator[str]:
        """The secrets of a payload. Text is hidden whole where a name in it is that of a secret."""
        if not isinstance(value, str):
            yield from self.values(value, free=True)
        elif self.named(value):
            yield from _texts(value)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise UserError(f"mask: {pattern!r} is no regular expression: {error}.") from error


def _texts(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str) and len(value) >= _TOO_SHORT:
        yield value
