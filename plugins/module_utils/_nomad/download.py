# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A jobspec from a web server, checked against the digest that the play expects."""

from __future__ import annotations

import hashlib
import http.client
import re
import typing as t
import urllib.error

from .._checks import split
from .._errors import UserError

LIMIT = 10 * 1024 * 1024  # bytes; a jobspec of more is none
_CHECKSUM = re.compile(r"(sha256|sha384|sha512):([0-9a-fA-F]+)")


def jobspec(url: str, checksum: str | None, timeout: float) -> bytes:
    check(url, checksum)
    shown = re.sub(r"//[^/]*@", "//", url)
    try:
        data = _read(url, timeout)
    except urllib.error.HTTPError as error:
        raise UserError(f"url: {shown} answered {error.code}: {_remedy(error.code)}.") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise UserError(
            f"url: {shown} could not be read: {reason}. Check the address and that the host where"
            " the module runs can reach it."
        ) from error
    if len(data) > LIMIT:
        raise UserError(f"url: {shown} has more than {LIMIT} bytes, so it is no jobspec.")
    if checksum:
        _compare(shown, checksum, data)
    return data


def check(url: str, checksum: str | None) -> None:
    """Refuse before anything is asked: what is no URL, and what nobody could vouch for."""
    parts = split(url)
    if parts is None or parts.scheme not in ("http", "https"):
        raise UserError("url: it is not a URL that begins with http:// or https://. Correct it.")
    if checksum and not _wanted(checksum):
        raise UserError(
            f"checksum: {checksum!r} is none. Write sha256: and the 64 hexadecimal digits that"
            " sha256sum prints for the file (sha384 and sha512 are taken too)."
        )
    if parts.scheme == "http" and not checksum:
        raise UserError(
            "checksum: a jobspec over http:// needs one, since anybody on the way could change it."
            " Give checksum, or use https://."
        )


def _read(url: str, timeout: float) -> bytes:
    # Thousands of lines to compile, so only where there is a URL.
    from ansible.module_utils import urls

    try:
        with urls.open_url(url, timeout=timeout, http_agent="mlops.infra") as answer:
            return bytes(answer.read(LIMIT + 1))
    except urls.ConnectionError as error:
        raise OSError(str(error)) from error


def _remedy(status: int) -> str:
    if status in (401, 403):
        return "give a user and a password in the URL, or a URL that needs none"
    return "correct the URL" if status == 404 else "try again later, or correct the URL"


def _wanted(checksum: str) -> tuple[str, str] | None:
    match = _CHECKSUM.fullmatch(checksum.strip())
    if not match or len(match[2]) != hashlib.new(match[1]).digest_size * 2:
        return None
    return match[1], match[2].lower()


def _compare(shown: str, checksum: str, data: bytes) -> None:
    algorithm, digest = t.cast("tuple[str, str]", _wanted(checksum))
    found = hashlib.new(algorithm, data).hexdigest()
    if found != digest:
        raise UserError(
            f"checksum: {shown} has {algorithm}:{found}, not the one that was given. If the file was"
            " changed on purpose, give the new checksum."
        )
