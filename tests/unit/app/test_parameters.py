# SPDX-License-Identifier: GPL-3.0-or-later
"""Which source wins, and what is refused."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

import pytest
from trainer.errors import BadParametersError
from trainer.parameters import Parameters, Source, describe, resolve


def sources(**values: Mapping[str, object]) -> list[Source]:
    return [
        Source(name, f"the {name} at {{name}}", values.get(name, {}))
        for name in ("payload", "meta", "kv")
    ]


@pytest.mark.parametrize(
    ("given", "value", "origin"),
    [
        ({}, 20, "built-in"),
        ({"kv": {"epochs": "3"}}, 3, "kv"),
        ({"meta": {"epochs": "4"}}, 4, "meta"),
        ({"payload": {"epochs": 5}}, 5, "payload"),
        ({"kv": {"epochs": "3"}, "meta": {"epochs": "4"}}, 4, "meta"),
        ({"kv": {"epochs": "3"}, "payload": {"epochs": 5}}, 5, "payload"),
        ({"meta": {"epochs": "4"}, "payload": {"epochs": 5}}, 5, "payload"),
        ({"kv": {"epochs": 3}, "meta": {"epochs": 4}, "payload": {"epochs": 5}}, 5, "payload"),
        ({"kv": {"seed": 3}, "meta": {"lr": 4}, "payload": {"batch_size": 5}}, 20, "built-in"),
    ],
)
def test_the_strongest_source_wins(
    given: dict[str, dict[str, object]], value: int, origin: str
) -> None:
    resolved = resolve(sources(**given))
    assert (resolved.parameters.epochs, resolved.origins["epochs"]) == (value, origin)


def test_sources_are_mixed_parameter_by_parameter() -> None:
    resolved = resolve(
        sources(kv={"seed": "7", "epochs": "9"}, meta={"lr": "0.5"}, payload={"epochs": 2})
    )
    assert resolved.parameters == Parameters(seed=7, learning_rate=0.5, epochs=2)
    assert resolved.described()["seed"] == {"value": 7, "source": "kv"}
    assert resolved.described()["learning_rate"] == {"value": 0.5, "source": "meta"}
    assert resolved.described()["batch_size"] == {"value": 32, "source": "built-in"}


def test_the_short_name_in_a_strong_source_beats_the_long_one_in_a_weak_source() -> None:
    resolved = resolve(sources(kv={"learning_rate": "0.3"}, meta={"lr": "0.4"}))
    assert resolved.parameters.learning_rate == 0.4


def test_every_built_in_value_is_allowed() -> None:
    built_in: dict[str, object] = dataclasses.asdict(Parameters())
    assert resolve(sources(payload=built_in)).parameters == Parameters()


WHOLE = "a whole number from 1 to 10000"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("epochs", 0, WHOLE),
        ("epochs", 10001, WHOLE),
        ("epochs", "ten", WHOLE),
        ("epochs", "", WHOLE),
        ("epochs", 2.7, WHOLE),
        ("epochs", True, WHOLE),
        ("epochs", None, WHOLE),
        ("epochs", [1], WHOLE),
        ("epochs", "9" * 5000, WHOLE),
        ("learning_rate", 0, "a number from 1e-06 to 1000"),
        ("lr", "nan", "a number from 1e-06 to 1000"),
        ("learning_rate", float("inf"), "a number from 1e-06 to 1000"),
        ("seed", -1, "a whole number from 0 to 4294967295"),
        ("batch_size", 1798, "a whole number from 1 to 1797"),
        ("validation_split", 0.6, "a number from 0.05 to 0.5"),
        ("linger_seconds", -0.1, "a number from 0 to 3600"),
        ("run_name", "two words", "1 to 63 letters"),
        ("run_name", "-x", "1 to 63 letters"),
        ("run_name", "x\n", "1 to 63 letters"),
        ("run_name", "x" * 64, "1 to 63 letters"),
        ("run_name", 7, "1 to 63 letters"),
    ],
)
def test_a_refusal_names_parameter_value_source_and_what_is_allowed(
    name: str, value: t.Any, allowed: str
) -> None:
    with pytest.raises(BadParametersError) as caught:
        resolve(sources(meta={name: value}))
    sentence = str(caught.value)
    assert sentence.startswith(f"Parameter {name} = {repr(value)[:50]}")
    assert f"from the meta at {name} " in sentence
    assert f"allowed is {allowed}" in sentence
    assert len(sentence) < 300
    assert caught.value.exit_code == 2


def test_a_bad_value_is_refused_even_where_a_stronger_source_has_a_good_one() -> None:
    with pytest.raises(BadParametersError, match="epochs = 'x' from the kv at epochs"):
        resolve(sources(kv={"epochs": "x"}, payload={"epochs": 5}))


@pytest.mark.parametrize(
    ("name", "hint"), [("epoch", "did you mean epochs?"), ("LR", ""), ("zzz", ""), ("a/b", "")]
)
@pytest.mark.parametrize("source", ["payload", "meta", "kv"])
def test_an_unknown_parameter_is_refused(source: str, name: str, hint: str) -> None:
    with pytest.raises(BadParametersError) as caught:
        resolve(sources(**{source: {name: 3}}))
    sentence = str(caught.value)
    assert f"Unknown parameter {name!r} = 3 from the {source} at {name}" in sentence
    assert "allowed are batch_size, checkpoint_steps, early_stop_min_delta" in sentence
    assert ("did you mean" in sentence) == bool(hint)
    assert hint in sentence


def test_a_parameter_under_both_its_names_is_refused() -> None:
    with pytest.raises(BadParametersError, match="learning_rate is given twice"):
        resolve(sources(payload={"learning_rate": 0.1, "lr": 0.2}))


def test_the_help_has_every_parameter() -> None:
    text = describe()
    assert all(f"  {field.name}" in text for field in dataclasses.fields(Parameters))
