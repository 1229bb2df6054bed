# SPDX-License-Identifier: GPL-3.0-or-later
"""Options, sources and explanations: the small parts at the edge."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, UserError
from ansible_collections.mlops.infra.plugins.module_utils._grafana.explain import explained
from ansible_collections.mlops.infra.plugins.module_utils._grafana.options import connection
from ansible_collections.mlops.infra.plugins.module_utils._grafana.source import read_content

PARAMS: dict[str, t.Any] = {
    "url": "http://grafana:3000/sub/",
    "username": "u",
    "password": "a-secret",
    "validate_certs": True,
    "timeout": 30.0,
    "wait_timeout": 0.0,
}


def test_connection() -> None:
    made = connection({**PARAMS, "org_id": 3, "ca_path": __file__})
    assert (made.url, made.org_id, made.verify, made.cert) == (
        "http://grafana:3000/sub",
        3,
        __file__,
        None,
    )
    assert "a-secret" not in repr(made)


@pytest.mark.parametrize(
    ("params", "verify", "cert"),
    [
        ({"validate_certs": False, "ca_path": "/ca"}, False, None),
        ({"client_cert": __file__}, True, __file__),
        ({"client_cert": __file__, "client_key": "/"}, True, (__file__, "/")),
    ],
)
def test_tls(params: dict[str, t.Any], verify: t.Any, cert: t.Any) -> None:
    made = connection({**PARAMS, **params})
    assert (made.verify, made.cert) == (verify, cert)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"password": None}, "set 'token', or 'username' and 'password'"),
        ({"username": None}, "GRAFANA_TOKEN"),
        ({"url": "grafana:3000"}, "write http://HOST:3000"),
        ({"url": "http://a:b@grafana"}, "holds credentials"),
        ({"url": "http://[::1"}, "write http://HOST:3000"),
        ({"url": "http://grafana:99999"}, "write http://HOST:3000"),
        ({"url": "http://grafana/?x=1"}, "write http://HOST:3000"),
        ({"client_key": "/k"}, "needs client_cert"),
        ({"client_cert": "/none/c"}, "client_cert /none/c does not exist"),
        ({"ca_path": "/none/ca"}, "ca_path /none/ca does not exist"),
        ({"token": "canary\nx"}, "^token has a character that no token has"),
        ({"token": "canary✓"}, "^token has a character that no token has"),
        ({"timeout": float("inf")}, "timeout must be .* at most 86400, not inf"),
        ({"timeout": 1e300}, "timeout must be .* at most 86400"),
        ({"timeout": 0.0}, "timeout must be at least 0.1 seconds"),
        ({"wait_timeout": -1.0}, "wait_timeout must be at least 0 seconds"),
        ({"wait_timeout": float("nan")}, "wait_timeout must be at least 0 seconds"),
    ],
)
def test_refused_connection(params: dict[str, t.Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        connection({**PARAMS, **params})


def test_a_token_is_enough() -> None:
    assert connection({**PARAMS, "username": None, "password": None, "token": "x"}).token == "x"


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"title": "T", "x": [1, 2.5]}', {"title": "T", "x": [1, 2.5]}),
        ("title: T\nx: [1, 2.5]\n", {"title": "T", "x": [1, 2.5]}),
        ("---\ntitle: T\n", {"title": "T"}),
        ('  \n{"big": 12345678901234567890}', {"big": 12345678901234567890}),
    ],
)
def test_text(text: str, data: t.Any, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "b"
    path.write_text(text, encoding="utf-8")
    assert read_content(text, None) == data
    assert read_content(None, str(path)) == data


def test_data_is_taken_as_it_is() -> None:
    assert read_content({"title": "T"}, None) == {"title": "T"}
    assert read_content(None, None) is None


@pytest.mark.parametrize(
    ("dashboard", "src", "words"),
    [
        ('{"title": }', None, "dashboard is not valid JSON: Expecting value"),
        ('{"x": NaN}', None, "NaN is not a JSON number"),
        ("a: [", None, "dashboard is not valid YAML"),
        ("[" * 100_000, None, "dashboard is nested too deeply"),
        ("a: " + "[" * 3000 + "]" * 3000, None, "dashboard is nested too deeply"),
        (None, "/a\0", "src /a\0 cannot be read .*: embedded null"),
        ("!!python/object:os.system {}", None, "dashboard is not valid YAML"),
        (None, "/no/such/file.json", "/no/such/file.json cannot be read .*: No such file"),
    ],
)
def test_refused_source(dashboard: t.Any, src: str | None, words: str) -> None:
    with pytest.raises(UserError, match=words):
        read_content(dashboard, src)


def test_a_file_that_is_no_text(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="not UTF-8"):
        read_content(None, str(path))


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (412, '{"message":"M","status":"name-exists"}', "M; another dashboard in this folder has"),
        (412, '{"message":"M","status":"plugin-dashboard"}', "belongs to a plugin: set overwrite"),
        (400, '{"message":"Folder not found"}', "create the folder first"),
        (400, '{"message":"Cannot save provisioned dashboard"}', "change that file"),
        (403, '{"message":"Quota reached"}', "quota"),
        (403, '{"message":"Access denied"}', "Access denied; check the credentials"),
        (401, '{"message":"Unauthorized"}', "check the credentials"),
        (
            422,
            '[{"classification":"RequiredError","message":"Required"}]',
            "422 to POST /p: Required;",
        ),
        (503, "<html>busy</html>", "<html>busy</html>; it was still busy after wait_timeout"),
        (500, "", "no text; read its log"),
        (400, "[]", r"\[\]; correct what was asked for"),
        (0, "http://g: refused", "cannot be reached .http://g: refused.: check 'url'"),
    ],
)
def test_explained(status: int, body: str, words: str) -> None:
    assert re.search(words, explained(ApiError("POST", "/p", status, body)))
