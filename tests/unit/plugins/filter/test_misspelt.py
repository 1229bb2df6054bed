# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.filter.misspelt import FilterModule, misspelt

KNOWN = ["epochs", "learning_rate", "lr", "batch_size"]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ({"epochs": 1, "lr": 2}, []),
        ({"learning_rte": 1}, ["learning_rte (is learning_rate meant?)"]),
        (["Epochs", "epochs"], ["Epochs (is epochs meant?)"]),
        (["zzz"], ["zzz"]),
        ([], []),
    ],
)
def test_names(names: t.Any, found: list[str]) -> None:
    assert misspelt(names, KNOWN) == found


@pytest.mark.parametrize("names", ["epochs", 3, None])
def test_what_is_no_list_of_names_is_refused(names: t.Any) -> None:
    with pytest.raises(TypeError, match="list or a dictionary"):
        misspelt(names, KNOWN)


def test_it_is_offered_under_its_name() -> None:
    assert FilterModule().filters() == {"misspelt": misspelt}
