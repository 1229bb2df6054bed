# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Change, Record
from ansible_collections.mlops.infra.plugins.module_utils._consul.report import (
    diff,
    nested,
    row,
    sentence,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    FailedError,
    MlopsError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._outcome import digest

AT = "http://consul:8500"


def test_row_has_consuls_own_names() -> None:
    record = Record("a", b"x", 1, 4, 2, 3, "s")
    assert row(record, []) == {
        "Key": "a",
        "Value": "x",
        "Flags": 1,
        "CreateIndex": 2,
        "ModifyIndex": 4,
        "LockIndex": 3,
        "Session": "s",
    }


def test_rows_of_special_values() -> None:
    assert row(None, []) is None
    empty = row(Record("a", b""), [])
    assert empty is not None
    assert empty["Value"] is None
    assert "Session" not in empty
    binary = row(Record("a", b"\xff"), [])
    assert binary is not None
    assert (binary["Value"], binary["ValueBase64"]) == (None, "/w==")


@pytest.mark.parametrize("value", [b"secret", b"\xffsecret"])
def test_a_sensitive_row_shows_a_digest(value: bytes) -> None:
    shown = row(Record("app/Password", value), ["pass"])
    assert shown is not None
    assert shown["Value"] == digest(value)
    assert "ValueBase64" not in shown
    other = row(Record("app/name", b"open"), ["pass"])
    assert other is not None
    assert other["Value"] == "open"


def test_diff_shows_only_what_changes() -> None:
    changes = [
        Change("b", Record("b", b"old"), b"new"),
        Change("a", Record("a", b"gone"), None),
        Change("c", None, b"\xff"),
        Change("d", Record("d", b"same", flags=1), b"same", flags=2),
    ]
    shown = diff(changes, [], "p/")
    assert shown["before"] == (
        '{\n  "a": "gone",\n  "b": "old",\n  "d": {\n    "flags": 1,\n    "value": "same"\n  }\n}\n'
    )
    assert shown["after"] == (
        '{\n  "b": "new",\n  "c": "base64:/w==",\n'
        '  "d": {\n    "flags": 2,\n    "value": "same"\n  }\n}\n'
    )
    assert shown["after_header"] == "p/"


@pytest.mark.parametrize("patterns", [[""], ["secret/"]])
@pytest.mark.parametrize("flags", [0, 7])
def test_a_sensitive_diff_shows_that_something_changed(patterns: list[str], flags: int) -> None:
    change = Change("secret/x", Record("secret/x", b"canary-1"), b"canary-2", flags)
    shown = diff([change], patterns, "secret/")
    assert "canary" not in str(shown)
    assert shown["before"] != shown["after"]


def test_nested_masks_by_the_whole_key() -> None:
    records = {k: Record(k, v) for k, v in {"p/a/b": b"1", "p/c": b"2", "p/d": b"\xff"}.items()}
    assert nested(records, "p/", []) == {"a": {"b": "1"}, "c": "2"}
    assert nested(records, "p/", ["a/b"]) == {"a": {"b": digest("1")}, "c": "2"}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ApiError("GET", "/v1/kv/a", 0, "[Errno 111] Connection refused"), "CONSUL_HTTP_ADDR"),
        (ApiError("GET", "/v1/kv/a", 0, "Read timed out."), "raise timeout"),
        (
            ApiError("GET", "/v1/kv/a", 0, "[SSL: X] certificate verify failed: y (_ssl.c:1)"),
            "Set ca_cert (CONSUL_CACERT) to the authority",
        ),
        (
            ApiError("GET", "/v1/kv/a", 0, "[SSL: X] tlsv13 alert certificate required (_ssl.c:1)"),
            "give client_cert and client_key (CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY)",
        ),
        (
            ApiError("GET", "/v1/kv/a", 0, "[SSL: X] wrong version number (_ssl.c:1)"),
            "Nothing there speaks TLS",
        ),
        (
            ApiError("GET", "/v1/kv/a", 0, "Hostname mismatch, certificate is not valid for 'a'"),
            "CONSUL_TLS_SERVER_NAME",
        ),
        (
            ApiError("GET", "/v1/kv/a", 400, "Client sent an HTTP request to an HTTPS server."),
            "https://",
        ),
        (ApiError("GET", "/v1/kv/a", 403, "Permission denied"), "CONSUL_HTTP_TOKEN"),
        (ApiError("GET", "/v1/kv/a", 403, "ACL not found"), "token is unknown"),
        (ApiError("GET", "/v1/kv/a", 500, "No cluster leader"), "wait for an election"),
        (ApiError("GET", "/v1/kv/a", 500, "No path to datacenter"), "correct datacenter"),
        (ApiError("PUT", "/v1/kv/a", 500, 'invalid session "x"'), "create a new one"),
    ],
)
def test_a_refusal_is_one_sentence_with_address_and_remedy(error: ApiError, words: str) -> None:
    text = sentence(error, AT)
    assert text.startswith(f"Consul at {AT}: {error.method} /v1/kv/")
    assert error.body.rstrip(".") in text
    assert words in text
    assert text.endswith(".")


def test_the_remedy_survives_a_partial_failure() -> None:
    cause = ApiError("PUT", "/v1/txn", 403, "a: Permission denied")
    error = FailedError(f"{cause} 1 of 2 keys had been changed before.")
    error.__cause__ = cause
    assert "1 of 2 keys had been changed before; give a token" in sentence(error, AT)


def test_what_no_server_said_stays_as_it_is() -> None:
    assert sentence(UserError("value is wrong."), AT) == "value is wrong."
    unknown: MlopsError = ApiError("GET", "/v1/kv/a", 418, "teapot")
    assert sentence(unknown, AT) == f"Consul at {AT}: GET /v1/kv/a answered 418: teapot."
