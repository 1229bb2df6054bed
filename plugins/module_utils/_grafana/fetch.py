# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Boards from other servers: an address with credentials of its own, and grafana.com."""

from __future__ import annotations

import hashlib
import json
import re
import typing as t

from .._errors import FailedError, UserError
from .transport import requests

MAX_BYTES = 10 * 1024 * 1024
LATEST = "latest"
CHECKSUM = re.compile(r"sha256:[0-9a-fA-F]{64}")


class Source(t.NamedTuple):
    """How to ask the other server. What is known of Grafana's own account is never sent there."""

    username: str | None = None
    password: str | None = None
    checksum: str | None = None
    timeout: float = 30.0


def is_address(src: str) -> bool:
    return src.startswith(("http://", "https://"))


def text(url: str, source: Source) -> str:
    """The content of an address, checked against the checksum where there is one."""
    raw = _bytes(url, source)
    if source.checksum:
        check(url, raw, source.checksum)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FailedError(f"{url} is not UTF-8 text: correct the address.") from error


def check(url: str, raw: bytes, checksum: str) -> None:
    if not CHECKSUM.fullmatch(checksum):
        raise UserError(f"checksum is {checksum!r}: write sha256: and 64 hexadecimal digits.")
    found = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    if found != checksum.lower():
        raise FailedError(
            f"{url} has the checksum {found}, not {checksum}: look at what changed, and correct "
            "checksum if it is what you want.",
            {"checksum": found},
        )


def _bytes(url: str, source: Source) -> bytes:
    pair = (source.username, source.password or "") if source.username else None
    signer = requests.auth.HTTPBasicAuth(*pair) if pair else _nobody
    try:
        with requests.get(url, auth=signer, timeout=source.timeout, stream=True) as answer:
            if not answer.ok:
                raise FailedError(
                    f"{url} answered {answer.status_code}: {_remedy(answer.status_code)}"
                )
            raw = b""
            for part in answer.iter_content(65536):
                raw += part
                if len(raw) > MAX_BYTES:
                    raise FailedError(f"{url} has more than {MAX_BYTES} bytes: it is no dashboard.")
            return raw
    except (requests.RequestException, ValueError) as error:
        raise FailedError(f"{url} cannot be read: {error}.") from error


def _nobody(request: t.Any) -> t.Any:
    """Given as a callable, so that no .netrc signs the request."""
    return request


def _remedy(status: int) -> str:
    if status in (401, 403):
        return "set src_username and src_password, which are not Grafana's."
    return "correct the address."


def published(base_url: str, number: int, revision: str, source: Source) -> tuple[str, int]:
    """The text of a board of grafana.com, or of a mirror of it, and its revision."""
    root = f"{base_url.rstrip('/')}/api/dashboards/{number}"
    if revision == LATEST:
        revision = str(_latest(root, source))
    if not revision.isdigit():
        raise UserError(f"dashboard_revision is {revision!r}: write a number, or latest.")
    return text(f"{root}/revisions/{revision}/download", source), int(revision)


def _latest(url: str, source: Source) -> int:
    try:
        return int(json.loads(text(url, source._replace(checksum=None)))["revision"])
    except (ValueError, KeyError, TypeError) as error:
        raise FailedError(
            f"{url} does not say which revision is the latest: correct dashboard_base_url, or set "
            "dashboard_revision to a number."
        ) from error
