# SPDX-License-Identifier: GPL-3.0-or-later
"""ACL tokens: the first one, and those that are made with it."""

from __future__ import annotations

import datetime
import pathlib
import re

from .acl_policies import digest
from .durations import parse_duration, show_duration
from .errors import ApiError, check_uuid
from .records import rfc3339
from .shapes import HOUR, MINUTE, Data, words
from .store import Store, new_id, now
from .validate import show

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TYPES = ("client", "management")
LONGEST = 256
EXPIRES = (MINUTE, 24 * HOUR)
ROW = words(
    "AccessorID CreateIndex CreateTime ExpirationTime Global Hash ModifyIndex Name Policies Roles "
    "Type"
)


def bootstrap(store: Store, data_dir: pathlib.Path, secret: str) -> Data:
    """The first token; another one only where a file on the server names the first one's index."""
    if secret and not UUID.fullmatch(secret):
        raise ApiError(400, "invalid acl token")
    with store.changed:
        done = store.acl_bootstrap.get("index", 0)
        if done:
            _check_reset(data_dir / "server" / "acl-bootstrap-reset", done)
        with store.write("acl_tokens") as index:
            store.acl_bootstrap = {"index": index}
            asked = {"Name": "Bootstrap Token", "Type": "management", "Global": True}
            made = _made(asked, index)
            made["SecretID"] = secret or made["SecretID"]
            store.acl_tokens[made["AccessorID"]] = made
    return made


def _check_reset(file: pathlib.Path, done: int) -> None:
    given = file.read_text(encoding="utf-8").strip() if file.exists() else ""
    if not given.isdigit() or int(given) == 0:
        raise ApiError(400, f"ACL bootstrap already done (reset index: {done})")
    if int(given) != done:
        text = f"Invalid bootstrap reset index (specified {given}, reset index: {done})"
        raise ApiError(400, text)


def write(store: Store, asked: Data) -> Data:
    """A new token, or a change of the one whose accessor is named."""
    with store.changed:
        accessor = asked.get("AccessorID", "")
        before = store.acl_tokens.get(accessor)
        if accessor and before is None:
            raise ApiError(400, f"cannot find token {accessor}")
        wrong = _problems(asked, before)
        if wrong:
            raise ApiError(400, f"token 0 invalid: {show(wrong)}")
        for role in asked.get("Roles") or []:
            raise ApiError(400, f"cannot find role {role.get('Name') or role.get('ID', '')}")
        with store.write("acl_tokens") as index:
            made = _made(asked, index) if before is None else _changed(before, asked, index)
            store.acl_tokens[made["AccessorID"]] = made
    return made


def _problems(asked: Data, before: Data | None) -> list[str]:
    found = []
    if len(asked.get("Name", "")) > LONGEST:
        found.append("token name too long")
    kind, has = asked.get("Type", ""), asked.get("Policies") or asked.get("Roles")
    if kind not in TYPES:
        found.append("token type must be client or management")
    elif kind == "client" and not has:
        found.append("client token missing policies or roles")
    elif kind == "management" and has:
        found.append("management token cannot be associated with policies or roles")
    if before is None:
        return found + _expires(_ttl(asked))
    if before["Global"] != asked.get("Global", False):
        found.append("cannot toggle global mode")
    if before["ExpirationTTL"] != show_ttl(_ttl(asked)):
        found.append("cannot update expiration TTL")
    return found


def _expires(ttl: int) -> list[str]:
    least, most = EXPIRES
    if ttl and ttl < least:
        return [
            f"expiration time cannot be less than {show_duration(least)} in the future "
            f"(was {show_duration(ttl)})"
        ]
    if ttl > most:
        return [
            f"expiration time cannot be more than {show_duration(most)} in the future "
            f"(was {show_duration(ttl)})"
        ]
    return []


def _ttl(asked: Data) -> int:
    """Nanoseconds, which may be written as a duration."""
    given = asked.get("ExpirationTTL") or 0
    if not isinstance(given, str):
        return int(given)
    try:
        return parse_duration(given)
    except ValueError as error:
        raise ApiError(400, f"time: {error}") from error


def show_ttl(ttl: int) -> str:
    return show_duration(ttl) if ttl else ""


def _made(asked: Data, index: int) -> Data:
    ttl, stamp = _ttl(asked), now()
    return _shaped(asked, {
        "AccessorID": new_id(),
        "CreateIndex": index,
        "CreateTime": rfc3339(stamp),
        "ExpirationTTL": show_ttl(ttl),
        "ExpirationTime": rfc3339(stamp + ttl) if ttl else None,
        "Global": asked.get("Global", False),
        "ModifyIndex": index,
        "SecretID": new_id(),
    })  # fmt: skip


def _changed(before: Data, asked: Data, index: int) -> Data:
    """What is asked for; secret and accessor stay. An end that is not sent along is forgotten."""
    ends = before["ExpirationTime"] if asked.get("ExpirationTime") else None
    return _shaped(asked, {**before, "ExpirationTime": ends, "ModifyIndex": index})


def _shaped(asked: Data, kept: Data) -> Data:
    own: Data = {
        "Name": asked.get("Name", ""),
        "Policies": asked.get("Policies"),
        "Roles": None,
        "Type": asked["Type"],
    }
    return {**kept, **own, "Hash": digest({**own, "AccessorID": kept["AccessorID"]})}


def delete(store: Store, accessor: str) -> int:
    check = "token lookup failed: acl token lookup failed"
    with store.changed:
        try:
            check_uuid(accessor, check)
        except ApiError as error:
            raise ApiError(400, error.text) from error
        if accessor not in store.acl_tokens:
            raise ApiError(400, f"Cannot delete nonexistent tokens: {accessor}")
        with store.write("acl_tokens") as index:
            del store.acl_tokens[accessor]
    return index


def by_secret(store: Store, secret: str) -> Data | None:
    return next((x for x in store.acl_tokens.values() if x["SecretID"] == secret), None)


def expired(token: Data) -> bool:
    ends = token["ExpirationTime"]
    return ends is not None and datetime.datetime.fromisoformat(ends) < datetime.datetime.now(
        datetime.UTC
    )


def row(token: Data) -> Data:
    """As the list shows it: without the secret."""
    return {key: token[key] for key in ROW}
