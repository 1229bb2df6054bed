# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of a run: what they are, what is allowed, and which source wins.

Nothing here reads a file or asks a server: a source is a mapping that somebody else has read.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import typing as t
from collections.abc import Mapping, Sequence

from trainer.errors import BadParametersError

BUILT_IN = "built-in"
ALIASES = {"lr": "learning_rate"}


@dataclasses.dataclass(frozen=True)
class Number:
    """A number between two limits, both of them allowed; a text that reads as one will do."""

    low: float
    high: float
    whole: bool = False

    def __str__(self) -> str:
        return f"a {'whole ' if self.whole else ''}number from {self.low:g} to {self.high:.10g}"

    def parse(self, raw: object) -> int | float:
        if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
            raise ValueError(raw)
        if self.whole and isinstance(raw, float):
            raise ValueError(raw)  # 2.7 epochs are a mistake, not 2 epochs
        value = int(raw) if self.whole else float(raw)
        if not self.low <= value <= self.high:  # also refuses NaN
            raise ValueError(raw)
        return value


@dataclasses.dataclass(frozen=True)
class Name:
    """A name that can stand in a metric's label, a service's metadata and a table unquoted."""

    pattern: t.ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

    def __str__(self) -> str:
        return "1 to 63 letters, digits, dots, underscores and hyphens, not led by one of these"

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str) or not self.pattern.fullmatch(raw):
            raise ValueError(raw)
        return raw


def _about(rule: Number | Name, text: str) -> dict[str, t.Any]:
    return {"rule": rule, "text": text}


@dataclasses.dataclass(frozen=True)
class Parameters:
    """What a run is made of. The defaults here are the built-in values."""

    run_name: str = dataclasses.field(
        default="unnamed", metadata=_about(Name(), "name of the run; need not be unique")
    )
    epochs: int = dataclasses.field(
        default=20, metadata=_about(Number(1, 10000, whole=True), "passes over the training data")
    )
    learning_rate: float = dataclasses.field(
        default=0.1, metadata=_about(Number(1e-6, 1000), "step size of the descent")
    )
    batch_size: int = dataclasses.field(
        default=32, metadata=_about(Number(1, 1797, whole=True), "samples a step")
    )
    hidden_units: int = dataclasses.field(
        default=32, metadata=_about(Number(1, 1024, whole=True), "width of the hidden layer")
    )
    seed: int = dataclasses.field(
        default=42, metadata=_about(Number(0, 2**32 - 1, whole=True), "seed of all that is random")
    )
    validation_split: float = dataclasses.field(
        default=0.2, metadata=_about(Number(0.05, 0.5), "share kept for validation")
    )
    linger_seconds: float = dataclasses.field(
        default=20.0,
        metadata=_about(
            Number(0, 3600), "seconds that the last metrics stay up, for the last scrapes"
        ),
    )
    min_epoch_seconds: float = dataclasses.field(
        default=0.0,
        metadata=_about(Number(0, 3600), "least seconds an epoch takes, so that one can watch"),
    )
    early_stop_patience: int = dataclasses.field(
        default=0,
        metadata=_about(
            Number(0, 10000, whole=True),
            "epochs without a better loss of validation after which the run stops early; 0 is off",
        ),
    )
    early_stop_min_delta: float = dataclasses.field(
        default=0.0, metadata=_about(Number(0, 1000), "by how much lower a loss has to be better")
    )
    checkpoint_steps: int = dataclasses.field(
        default=200,
        metadata=_about(
            Number(0, 1000000, whole=True), "steps between two checkpoints; 0 is only at a stop"
        ),
    )


_FIELDS = {field.name: field for field in dataclasses.fields(Parameters)}


@dataclasses.dataclass(frozen=True)
class Source:
    """Values from one place. C(where) tells a person where, C({name}) being the parameter."""

    name: str
    where: str
    values: Mapping[str, object]


@dataclasses.dataclass(frozen=True)
class Resolved:
    """The parameters, and for each the name of the source that it came from."""

    parameters: Parameters
    origins: dict[str, str]

    def described(self) -> dict[str, dict[str, object]]:
        return {
            name: {"value": value, "source": self.origins[name]}
            for name, value in dataclasses.asdict(self.parameters).items()
        }


def resolve(sources: Sequence[Source]) -> Resolved:
    """Check all of every source, then let the first that has a parameter win."""
    values: dict[str, t.Any] = {}
    origins = dict.fromkeys(_FIELDS, BUILT_IN)
    for source in reversed(sources):
        for name, value in _checked(source).items():
            values[name] = value
            origins[name] = source.name
    return Resolved(Parameters(**values), origins)


def describe() -> str:
    """A line for each parameter, for C(--help)."""
    names = {name: alias for alias, name in ALIASES.items()}
    lines = []
    for name, field in _FIELDS.items():
        title = f"{name} (or {names[name]})" if name in names else name
        lines.append(f"  {title:<23}{field.metadata['text']}; default {field.default!r};")
        lines.append(f"  {'':<23}{field.metadata['rule']}")
    return "\n".join(lines)


def _checked(source: Source) -> dict[str, object]:
    checked: dict[str, object] = {}
    for given, raw in source.values.items():
        name = ALIASES.get(given, given)
        where = source.where.format(name=given)
        if name not in _FIELDS:
            raise BadParametersError(_unknown(given, raw, where))
        if name in checked:
            raise BadParametersError(
                f"Parameter {name} is given twice, once by its short name {given} = {raw!r}, "
                f"in {where}; allowed is one of the two."
            )
        rule = _FIELDS[name].metadata["rule"]
        try:
            checked[name] = rule.parse(raw)
        except ValueError as error:
            raise BadParametersError(
                f"Parameter {given} = {_short(raw)} from {where} is refused; allowed is {rule}."
            ) from error
    return checked


def _unknown(given: str, raw: object, where: str) -> str:
    close = difflib.get_close_matches(given, [*_FIELDS, *ALIASES], n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return (
        f"Unknown parameter {_short(given)} = {_short(raw)} from {where}{hint}; allowed are "
        f"{', '.join(sorted([*_FIELDS, *ALIASES]))}."
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
