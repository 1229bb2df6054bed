# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import answers

POOL = "HTTPSConnectionPool(host='n', port=1): Max retries exceeded with url: /v1 (Caused by {})"


@pytest.mark.parametrize(
    ("status", "body", "passing"),
    [
        (500, "No cluster leader", True),
        (500, "Not ready to serve consistent reads", True),
        (500, "rpc error: No cluster leader", True),
        (500, "rpc error: EOF", True),
        (500, "rpc error: rpc error: failed to get conn: dial tcp: timeout", True),
        (500, "EOF", True),
        (429, "slow down", True),
        (503, "", True),
        (500, 'rpc error: job "x" is in nonexistent namespace', False),
        (500, "parameterized job not found", False),
        (400, "unexpected EOF", False),
        (404, "job not found", False),
    ],
)
def test_only_a_passing_state_is_worth_another_try(status: int, body: str, passing: bool) -> None:
    error = answers.refused("http://n", ApiError("GET", "/v1/x", status, body), "")
    assert isinstance(error, answers.UnavailableError) is passing
    assert (error.status, error.body) == (status, body)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (POOL.format("Err('[Errno 111] Connection refused')"), "connection refused"),
        (POOL.format("Err('[Errno -2] Name or service not known')"), "name or service not known"),
        ("Read timed out. (read timeout=1)", "did not answer in time"),
        ("('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
         "remote end closed connection without response"),
        ("something: else", "else"),
    ],
)  # fmt: skip
def test_a_lost_connection(cause: str, words: str) -> None:
    error = answers.lost("http://n:1", "GET", "/v1/x", cause, over_tls=False)
    assert isinstance(error, answers.UnavailableError)
    assert f"Nomad at http://n:1 could not be reached: {words}" in str(error) or words in str(error)
    assert "NOMAD_ADDR" in str(error)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify"
            " failed: unable to get local issuer certificate (_ssl.c:1006)'))",
            "over TLS: certificate verify failed: unable to get local issuer certificate. Set",
        ),
        (
            "SSLError(SSLEOFError(8, 'EOF occurred in violation of protocol (_ssl.c:2427)'))",
            "over TLS: EOF occurred in violation of protocol. A server hangs up on clients",
        ),
        (
            "SSLError(CertificateError(\"hostname 'a' doesn't match either of 'b', 'c'\"))",
            "over TLS: hostname 'a' doesn't match either of 'b', 'c'. Correct",
        ),
    ],
)
def test_a_certificate_that_does_not_fit(cause: str, words: str) -> None:
    error = answers.lost("https://n", "GET", "/v1/x", POOL.format(cause), over_tls=True)
    assert not isinstance(error, answers.UnavailableError)
    assert words in str(error)


@pytest.mark.parametrize(("address", "told"), [("https://n", True), ("http://n", False)])
def test_a_server_that_hangs_up_may_have_wanted_a_certificate(address: str, told: bool) -> None:
    cause = "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"
    error = answers.lost(address, "GET", "/v1/x", cause, over_tls=False)
    assert "connection reset by peer. Check that the agent runs" in str(error)
    assert ("NOMAD_CLIENT_CERT" in str(error)) is told
