# SPDX-License-Identifier: GPL-3.0-or-later
"""Each case runs on a real Consul: the one that is named, or one that is started for it."""

from __future__ import annotations

import os
import secrets
import typing as t

import pytest

from ..shared.report import HOW, TOLD
from . import servers, stage

MANAGEMENT = "c0ffee00-0000-4000-8000-000000000001"
ACLS = {"enabled": True, "default_policy": "deny", "tokens": {"master": MANAGEMENT}}
NO_IMAGE = "needs the lab's image of Consul, which 'tools/test corpus' makes"


@pytest.fixture(autouse=True)
def nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("CONSUL_"):
            monkeypatch.delenv(name)


@pytest.fixture
def told() -> t.Iterator[list[str]]:
    """What a test has to say beyond that it passed."""
    lines: list[str] = []
    yield lines
    TOLD.extend(lines)


@pytest.fixture(scope="session")
def image() -> str:
    """A server that was named is no reason to have Docker, too; without one there has to be one."""
    found = servers.image()
    if not found and stage.given():
        pytest.skip(f"not run here: {NO_IMAGE}")
    assert found, NO_IMAGE
    return found


@pytest.fixture(scope="session")
def address(request: pytest.FixtureRequest) -> t.Iterator[str]:
    if stage.given():
        yield stage.given()
        return
    request.getfixturevalue("image")
    with servers.servers() as started:
        yield started[0].address


@pytest.fixture
def consul(request: pytest.FixtureRequest, address: str) -> stage.Stage:
    """A server without ACLs."""
    place = stage.Stage(address)
    note(request, place)
    return place


@pytest.fixture
def root(consul: stage.Stage) -> t.Iterator[str]:
    """A directory of the test's own, without a slash at its end, and a name for its sessions."""
    name = f"corpus-{secrets.token_hex(4)}"
    yield name
    for session in consul.get("session/list"):
        if session["Name"].startswith(name):
            consul.ask("PUT", f"session/destroy/{session['ID']}").raise_for_status()
    consul.clear(name)


@pytest.fixture(scope="module")
def with_acls(image: str) -> t.Iterator[servers.Server]:
    with servers.servers(1, {"acl": ACLS}) as started:
        yield started[0]


@pytest.fixture
def managed(request: pytest.FixtureRequest, with_acls: servers.Server) -> stage.Stage:
    """A server with ACLs, asked with a management token."""
    place = stage.Stage(with_acls.address, MANAGEMENT)
    note(request, place)
    return place


@pytest.fixture
def three(request: pytest.FixtureRequest, image: str) -> t.Iterator[list[servers.Server]]:
    with servers.servers(3) as started:
        note(request, stage.Stage(started[0].address))
        yield started


def note(request: pytest.FixtureRequest, place: stage.Stage) -> None:
    version = place.get("agent/self")["Config"]["Version"]
    request.node.stash[HOW] = f"real Consul {version}"
