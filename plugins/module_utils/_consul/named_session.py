# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Sessions known by their names, which Consul itself does not do."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    FailedError,
    UserError,
)

Json = t.Dict[str, t.Any]
# Consul asks for the path that an ID makes, and this is all that an ID is.
ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
SECOND = 10**9


class Renewer(t.Protocol):
    def renew_session(self, session: str) -> bool: ...


class Server(Renewer, t.Protocol):
    """What is asked of the client."""

    def sessions(self, node: str) -> t.List[Json]: ...

    def create_session(self, wanted: Json) -> str: ...

    def destroy_session(self, session: str) -> None: ...


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A session as the task describes it. None is Consul's default, and any that is there."""

    name: str
    ttl: t.Optional[int] = None
    behavior: t.Optional[str] = None
    lock_delay: t.Optional[int] = None

    def check(self) -> None:
        if not self.name:
            raise UserError("name is empty: it is what the session is found by.")
        if self.ttl is not None and not 10 <= self.ttl <= 86400:
            raise UserError(f"ttl is {self.ttl}: Consul takes 10 to 86400 seconds.")
        if self.lock_delay is not None and not 0 <= self.lock_delay <= 60:
            raise UserError(f"lock_delay is {self.lock_delay}: Consul takes 0 to 60 seconds.")

    def body(self, node: str) -> Json:
        made: Json = {"Name": self.name, "Node": node}
        if self.ttl is not None:
            made["TTL"] = f"{self.ttl}s"
        if self.behavior is not None:
            made["Behavior"] = self.behavior
        if self.lock_delay is not None:
            made["LockDelay"] = f"{self.lock_delay}s"
        return made

    def compare(self, session: Json) -> None:
        """A session cannot be changed, and one that behaves otherwise is not what was asked for."""
        has = {
            "ttl": seconds(session["TTL"]),
            "behavior": session["Behavior"],
            "lock_delay": session["LockDelay"] / SECOND,
        }
        for option, there in has.items():
            asked = getattr(self, option)
            if asked is not None and asked != there:
                raise UserError(
                    f"The session {self.name} on node {session['Node']} exists with the {option} "
                    f"{_plain(there)}, and the task says {asked}. A session cannot be changed: leave "
                    f"{option} out, or destroy the session by state=absent with destroy_session."
                )


def _plain(value: t.Union[str, float, None]) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else value


def check_id(session: str) -> None:
    if not ID.fullmatch(session):
        raise UserError(
            f"session is {session!r}: write the ID of a session, as in "
            "adf4238a-882b-9ddc-4a9d-5b6758e4159e."
        )


def check_node(node: str) -> None:
    """A slash would make another path of it."""
    if not node or "/" in node or node in (".", ".."):
        raise UserError(f"node is {node!r}: write the name of a node of Consul.")


def seconds(duration: str) -> t.Optional[float]:
    """What a duration of Go as 1m30s means; None for an empty one."""
    parts = re.findall(r"([\d.]+)(ms|s|m|h)", duration)
    return sum(float(number) * UNITS[unit] for number, unit in parts) if parts else None


def named(sessions: t.Iterable[Json], name: str, holder: t.Optional[str]) -> t.Optional[Json]:
    """The session of that name. Of several the one that holds the lock, or else the oldest.

    Names need not be unique in Consul; all who ask have to come to the same answer.
    """
    same = [session for session in sessions if session["Name"] == name]
    return min(same, key=lambda s: (s["ID"] != holder, s["CreateIndex"], s["ID"]), default=None)


def ensure(
    server: Server,
    wanted: Wanted,
    node: str,
    found: t.Optional[Json],
    holder: t.Optional[str],
) -> tuple[Json, bool]:
    """The session that C(wanted) describes, renewed, and whether it had to be created.

    C(found) is the one that is there already.
    """
    if found:
        wanted.compare(found)
        if renewed(server, found):
            return found, False
    mine = server.create_session(wanted.body(node))
    # Somebody else may have created one of this name at the same time; the older one stays.
    first = named(server.sessions(node), wanted.name, holder)
    if first is None:
        raise FailedError(
            f"The session {wanted.name} was created, and Consul does not list it: give a token "
            f"that may read sessions of node {node}."
        )
    if first["ID"] != mine:
        server.destroy_session(mine)
    return first, first["ID"] == mine


def renewed(server: Renewer, session: Json) -> bool:
    """Whether the session lives on; one without a TTL does by itself."""
    return not session["TTL"] or server.renew_session(session["ID"])


def in_words(session: Json) -> str:
    if "Node" not in session:
        return f"session {session['ID']}, which this token may not read or which has just ended,"
    return f"session {session['Name'] or '(no name)'} ({session['ID']}) of node {session['Node']}"


def forget(server: Server, session: str) -> None:
    """Destroy a session that led to nothing; what is reported is why it did."""
    with contextlib.suppress(ApiError):
        server.destroy_session(session)
