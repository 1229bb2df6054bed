# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is where it can be read by whom it is not for."""

from __future__ import annotations

import base64
import typing as t

import pytest

from . import leaks

Place = tuple[str, str, str]


@pytest.fixture(scope="module")
def places() -> list[Place]:
    return list(leaks.places())


@pytest.mark.parametrize("before", ["", "m", "mlops:", "xy"])
def test_a_secret_is_recognised_in_base64(before: str) -> None:
    secret = "0123456789abcdef0123456789ABCDEF"
    for after in ("", "\n", "--"):
        text = base64.b64encode(f"{before}{secret}{after}".encode()).decode()
        assert any(word in text for word in leaks.forms(secret))
    assert not any(word in base64.b64encode(b"another").decode() for word in leaks.forms(secret))


def test_there_is_something_to_look_at(places: list[Place]) -> None:
    """Each place has what has to be there, so that an empty one is not called clean."""
    marks = {
        "docker inspect": "RestartPolicy",
        "docker logs": "agent",
        "processes": "consul",
        "files for everybody": "hosts",
    }
    for kind, which, text in places:
        assert marks.get(kind, "TASK") in text or which.endswith(".processes"), (kind, which)
    assert set(marks) <= {kind for kind, _which, _text in places}
    assert len(leaks.secrets()) > 20


def test_no_secret_is_found(places: list[Place]) -> None:
    found = leaks.search(places)
    assert {
        n: hits for n, row in found.items() if (hits := {k: w for k, w in row.items() if w})
    } == {}


def test_a_secret_that_is_there_is_found(places: list[Place]) -> None:
    name, secret = next(iter(leaks.secrets().items()))
    planted: list[Place] = [("here", "planted", f"before {secret} after")]
    assert leaks.search(planted)[name] == {"here": ["planted"]}


def test_secrets_are_kept_from_others_on_this_machine() -> None:
    kept: t.Iterator[t.Any] = leaks.SECRETS.rglob("*")
    open_ = [
        str(p)
        for p in kept
        if p.suffix != ".pem" and p.stat().st_mode & 0o077 and not p.is_symlink()
    ]
    assert open_ == []
