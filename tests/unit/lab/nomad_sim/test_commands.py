# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that a container's health check runs, with flags, environment and exit codes."""

from __future__ import annotations

import json

import pytest
from nomad_sim import __main__, commands

NODE = {"ID": "n1", "Name": "one", "Status": "ready"}
ANSWERS = {
    "/v1/agent/self": (200, {"stats": {"client": {"node_id": "n1"}}}),
    "/v1/node/n1": (200, NODE),
    "/v1/agent/health": (500, {"server": {"ok": False}}),
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The settings of each request."""
    for name in commands.SETTINGS.values():
        monkeypatch.delenv(name, raising=False)
    found: list[dict[str, str]] = []

    def ask(agent: commands.Agent, path: str, _body: object = None) -> tuple[int, bytes]:
        found.append(dict(agent.settings))
        status, data = ANSWERS[path]
        return status, json.dumps(data).encode()

    monkeypatch.setattr(commands.Agent, "ask", ask)
    return found


def test_an_agent_tells_of_its_node(
    asked: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["node", "status", "-self"]) == 0
    assert "Status          = ready" in capsys.readouterr().out
    assert asked[0]["address"] == "http://127.0.0.1:4646"


def test_flags_come_before_the_environment(
    asked: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOMAD_ADDR", "https://there:1")
    monkeypatch.setenv("NOMAD_CACERT", "/ca.pem")
    monkeypatch.setenv("NOMAD_TOKEN", "t")
    words = ["-address=https://here:2", "--token", "u", "-tls-skip-verify", "/v1/agent/health"]
    assert __main__.main(["operator", "api", *words]) == 0
    [settings] = asked
    told = [settings[key] for key in ("address", "ca-cert", "token", "tls-skip-verify")]
    assert told == ["https://here:2", "/ca.pem", "u", "true"]


def test_an_answer_of_any_status_is_printed_and_no_failure(
    asked: list[dict[str, str]], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert __main__.main(["operator", "api", "/v1/agent/health"]) == 0
    assert json.loads(capfdbinary.readouterr().out) == {"server": {"ok": False}}
    assert len(asked) == 1


@pytest.mark.parametrize("command", [["node", "status", "-self"], ["operator", "api", "/v1/x"]])
def test_nobody_answers(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOMAD_ADDR", "http://127.0.0.1:1")
    assert __main__.main(command) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["operator", "api", "-fail", "/v1/x"], "not defined: -fail"),
        (["operator", "api"], "takes one argument"),
        (["node", "status"], "only -self"),
        (["node", "status", "-self", "n1"], "only -self"),
    ],
)
def test_words_that_are_not_taken(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(words) == 1
    assert told in capsys.readouterr().err
