# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import download
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils.scripted import DROP

TEXT = b'job "x" {}\n'
SHA256 = f"sha256:{hashlib.sha256(TEXT).hexdigest()}"
Script = t.Any


def answered(
    script: Script, *answers: t.Any, checksum: str = SHA256, path: str = "/x.hcl"
) -> bytes:
    script.answers = list(answers)
    return download.jobspec(script.address + path, checksum, 5)


@pytest.mark.parametrize("form", [str, str.upper])
def test_a_file_with_the_right_checksum(script: Script, form: t.Any) -> None:
    algorithm, digest = SHA256.split(":")
    found = answered(script, (200, TEXT.decode()), checksum=f"{algorithm}:{form(digest)}")
    assert found == TEXT
    assert script.asked[0]["path"] == "/x.hcl"


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_longer_digests(script: Script, algorithm: str) -> None:
    digest = hashlib.new(algorithm, TEXT).hexdigest()
    assert answered(script, (200, TEXT.decode()), checksum=f"{algorithm}:{digest}") == TEXT


def test_another_file_is_refused_with_what_it_has(script: Script) -> None:
    with pytest.raises(UserError, match=r"^checksum: .* not the one that was given") as caught:
        answered(script, (200, 'job "y" {}'))
    assert hashlib.sha256(b'job "y" {}').hexdigest() in str(caught.value)


@pytest.mark.parametrize(
    ("status", "remedy"), [(404, "correct the URL"), (403, "a user and a password"), (500, "later")]
)
def test_an_answer_that_is_no_file(script: Script, status: int, remedy: str) -> None:
    with pytest.raises(UserError, match=f"^url: .* answered {status}: .*{remedy}"):
        answered(script, (status, "no"))


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(UserError, match=r"^url: http://127.0.0.1:1/x could not be read: "):
        download.jobspec("http://u:canary@127.0.0.1:1/x", SHA256, 1)


def test_a_connection_that_is_dropped(script: Script) -> None:
    with pytest.raises(UserError, match=r"^url: .* could not be read: "):
        answered(script, DROP)


def test_a_password_is_not_shown(script: Script) -> None:
    url = script.address.replace("//", "//u:canary@")
    script.answers = [(404, "")]
    with pytest.raises(UserError) as caught:
        download.jobspec(url, SHA256, 5)
    assert "canary" not in str(caught.value)


def test_what_is_too_large_is_no_jobspec(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "LIMIT", 3)
    with pytest.raises(UserError, match="has more than 3 bytes"):
        answered(script, (200, "four"))


@pytest.mark.parametrize(
    ("url", "checksum", "words"),
    [
        ("ftp://host/x", SHA256, "url: it is not a URL that begins with http"),
        ("file:///etc/passwd", SHA256, "url: it is not a URL"),
        ("nonsense", None, "url: it is not a URL"),
        ("http://host/x", None, "checksum: a jobspec over http:// needs one"),
        ("https://host/x", "sha256:12", "checksum: 'sha256:12' is none"),
        ("https://host/x", "md5:" + "0" * 32, "checksum: 'md5:"),
        ("https://host/x", "0" * 64, "checksum: '000"),
    ],
)
def test_what_is_refused_before_anything_is_asked(
    url: str, checksum: str | None, words: str
) -> None:
    with pytest.raises(UserError) as caught:
        download.check(url, checksum)
    assert str(caught.value).startswith(words)


def test_over_https_a_checksum_is_not_needed() -> None:
    download.check("https://host/x", None)
