# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a failed request means, in a sentence: which errors pass, and what to do about the others."""

from __future__ import annotations

import re

from .._errors import ApiError
from . import handshake, rights

# Most of Nomad's answers to wrong input are 500 too: only these texts tell of a passing state.
_PASSING_TEXT = re.compile(
    r"No cluster leader|Not ready to serve consistent reads|^EOF$"
    r"|rpc error: (?:EOF|failed to get conn|.*(?:deadline|connection re))"
)
ACLS_OFF = (
    "It has no ACLs: set enabled = true in the block acl of its configuration, and restart it."
)
_PASSING_STATUS = (429, 502, 503, 504)
_KNOWN_CAUSES = (
    "Connection refused",
    "Name or service not known",
    "Temporary failure in name resolution",
    "No route to host",
    "Connection reset by peer",
    "Remote end closed connection without response",
)
_TOKEN_UNKNOWN = re.compile(r"ACL token (?:not found|expired)|resolve ACL token")
# Out of "[SSL: CODE] text (_ssl.c:1006)", where the end of a stream has no code, or the sentence on a
# name that does not match.
_TELLING = re.compile(r"(?:\] |')([^\[\]()']+) \(_ssl|(hostname '[^']*' doesn't match[^\")]*)")


class UnavailableError(ApiError):
    """No answer, or one that says that Nomad cannot work at the moment."""

    def __init__(self, method: str, path: str, status: int, body: str, sentence: str) -> None:
        super().__init__(method, path, status, body)
        self.args = (sentence,)


class ExplainedError(ApiError):
    """An answer whose own text does not say what to do."""

    def __init__(self, error: ApiError, sentence: str) -> None:
        super().__init__(error.method, error.path, error.status, error.body)
        self.args = (sentence,)


def lost(address: str, method: str, path: str, cause: str, over_tls: bool) -> ApiError:
    """The error to raise when no answer came. Wrong certificates do not right themselves."""
    if over_tls:
        return ExplainedError(ApiError(method, path, 0, cause), _tls_failed(address, cause))
    return UnavailableError(method, path, 0, cause, _unreachable(address, cause))


def unsendable(address: str, method: str, path: str, cause: str) -> ApiError:
    """The error to raise when a library found only late that the address is none."""
    sentence = (
        f"Nomad at {address} was not asked: {cause.rstrip('.')}. Correct the address or"
        " tls_server_name."
    )
    return ExplainedError(ApiError(method, path, 0, cause), sentence)


def refused(address: str, error: ApiError, permission: str) -> ApiError:
    """The error to raise for an answer that is no success; C(permission) is what one without a right is told."""
    body = error.body.strip()
    if "No cluster leader" in body:
        return _unavailable(error, _no_leader(address))
    if error.status in _PASSING_STATUS or (error.status == 500 and _PASSING_TEXT.search(body)):
        return _unavailable(error, f"Nomad at {address} cannot answer at the moment: {error}")
    # Of logs the node itself is asked, and its refusal comes as 500.
    denied = error.status == 403 or body == "Permission denied"
    advice = permission if denied else _advice(error.status, body)
    if _TOKEN_UNKNOWN.search(body):
        advice = rights.UNKNOWN_TOKEN
    said = str(error).rstrip(".")
    return ExplainedError(error, f"Nomad at {address}: {said}. {advice}") if advice else error


def _unavailable(error: ApiError, sentence: str) -> UnavailableError:
    return UnavailableError(error.method, error.path, error.status, error.body, sentence)


def _advice(status: int, body: str) -> str:
    if status == 404 and not body:
        return "Check that the address is the one of Nomad's API."
    if "HTTP request to an HTTPS server" in body:
        return "Write https:// in the address (NOMAD_ADDR)."
    if "ACL support disabled" in body:
        return ACLS_OFF
    if "No path to region" in body:
        return "Correct the region (option region or environment variable NOMAD_REGION)."
    return ""


def _no_leader(address: str) -> str:
    return (
        f"Nomad at {address} has no cluster leader. Wait until the servers have elected one, or"
        " see `nomad server members` for servers that are missing."
    )


def _tls_failed(address: str, cause: str) -> str:
    reason = _innermost(cause).rstrip(".")
    return f"Nomad at {address} could not be reached over TLS: {reason}. {handshake.remedy(cause)}"


def _unreachable(address: str, cause: str) -> str:
    reason = "it did not answer in time" if "timed out" in cause else _innermost(cause)
    sentence = (
        f"Nomad at {address} could not be reached: {reason}. Check that the agent runs, and that"
        " the option address or the environment variable NOMAD_ADDR names it."
    )
    hung_up = address.startswith("https:") and ("reset by peer" in cause or "pipe" in cause)
    return f"{sentence} {handshake.HUNG_UP}" if hung_up else sentence


def _innermost(cause: str) -> str:
    """The part of urllib3's nested messages that says something."""
    for known in _KNOWN_CAUSES:
        if known in cause:
            return known[0].lower() + known[1:]
    telling = _TELLING.search(cause)
    if telling:
        return next(group for group in telling.groups() if group)
    return cause.rstrip(")'\"").rsplit(": ", 1)[-1] or cause
