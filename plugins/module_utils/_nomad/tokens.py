# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an ACL token is to be, and which one is meant."""

from __future__ import annotations

import datetime
import re
import typing as t

from .._errors import ApiError, ConflictError, FailedError, UserError
from . import answers

Json = t.Dict[str, t.Any]

NAME_LIMIT = 256  # bytes, Nomad's own
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def check(params: t.Mapping[str, t.Any]) -> None:
    size = len((params["name"] or "").encode())
    if params["name"] == "" or size > NAME_LIMIT:
        raise UserError(
            f"name: it has {size} bytes, and a token's has between 1 and {NAME_LIMIT}. Correct it."
        )
    if params["accessor_id"] and not UUID.fullmatch(params["accessor_id"]):
        raise UserError(
            f"accessor_id: {params['accessor_id']!r} is none. It has the form of a UUID; the secret"
            " of a token must not stand here."
        )
    seconds(params["expiration_ttl"] or "0s")


def seconds(ttl: str) -> float:
    """What Nomad's duration, as C(8h) or C(1h30m0s), lasts."""
    if not re.fullmatch(f"(?:{_PART.pattern})+", ttl):
        raise UserError(
            f"expiration_ttl: {ttl!r} is no duration. Write a number and h, m or s, as in 8h."
        )
    return sum(float(part[0]) * _SECONDS[part[1]] for part in _PART.findall(ttl))


def live(found: t.Iterable[Json], now: datetime.datetime) -> list[Json]:
    """Without the expired ones, which Nomad shows until it collects them."""
    return [token for token in found if not _expired(token.get("ExpirationTime"), now)]


def _expired(moment: str | None, now: datetime.datetime) -> bool:
    if not moment:
        return False
    # Nomad writes UTC, and more digits than Python reads.
    end = datetime.datetime.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S")
    return end.replace(tzinfo=datetime.timezone.utc) <= now


def the_only(name: str, found: list[Json]) -> Json | None:
    """Nomad takes several tokens of one name, and then the name says nothing."""
    if len(found) > 1:
        accessors = ", ".join(sorted(str(token["AccessorID"]) for token in found))
        raise ConflictError(
            f"name: {len(found)} tokens have the name {name}: {accessors}. Remove all but one, with"
            " state: absent and accessor_id, or name the one that is meant by accessor_id."
        )
    return found[0] if found else None


def desired(observed: Json | None, params: t.Mapping[str, t.Any]) -> Json:
    """The whole token: what the task says of it, and for the rest what it has."""
    # What is left out of a write is lost, on some versions also the time at which it expires.
    body: Json = {
        "Type": "client",
        "Policies": [],
        "Roles": [],
        "Global": False,
        **(observed or {}),
    }
    body["Name"] = params["name"] or body.get("Name", "")
    body["Type"] = params["type"] or body["Type"]
    if params["policies"] is not None:
        body["Policies"] = params["policies"]
    if params["roles"] is not None:
        body["Roles"] = [{"Name": name} for name in params["roles"]]
    if observed is None:
        body["Global"] = bool(params["global"])
        body["ExpirationTTL"] = params["expiration_ttl"] or ""
    else:
        _check_fixed(observed, params)
    _check_rights(body, params)
    return body


def _check_fixed(observed: Json, params: t.Mapping[str, t.Any]) -> None:
    """Nomad refuses these, or loses the connection over them."""
    ttl, there = params["expiration_ttl"], observed["ExpirationTTL"]
    wrong = ""
    if params["global"] not in (None, observed["Global"]):
        wrong = f"global: token {observed['AccessorID']} has {str(observed['Global']).lower()}"
    if ttl is not None and seconds(ttl or "0s") != seconds(there or "0s"):
        wrong = f"expiration_ttl: token {observed['AccessorID']} has {there or 'none'}"
    if wrong:
        raise UserError(
            f"{wrong}, and Nomad does not change it. Remove the token, or give the new one another"
            " name."
        )


def _check_rights(body: Json, params: t.Mapping[str, t.Any]) -> None:
    some = bool(body["Policies"] or body["Roles"])
    if body["Type"] == "management" and some:
        if params["policies"] or params["roles"]:
            option = "policies" if params["policies"] else "roles"
            raise UserError(
                f"{option}: a token of type management may do everything, and has neither policies"
                " nor roles. Remove them, or set type: client."
            )
        body.update(Policies=[], Roles=[])
    if body["Type"] == "client" and not some:
        raise UserError("policies: a token of type client needs policies or roles. Name one.")


def comparable(token: Json | None) -> Json | None:
    """What a task can say of a token; the order of policies and roles means nothing."""
    if token is None:
        return None
    return {
        "Name": token["Name"],
        "Type": token["Type"],
        "Policies": sorted(set(token["Policies"] or [])),
        "Roles": sorted({str(role["Name"]) for role in token["Roles"] or []}),
        "Global": token["Global"],
        "ExpirationTTL": f"{seconds(token.get('ExpirationTTL') or '0s'):g}s",
    }


def shown(token: Json | None) -> Json | None:
    """Without its secret, which is as good as a password."""
    return token and {key: value for key, value in token.items() if key != "SecretID"}


def missing(wanted: Json, policies: t.Iterable[Json]) -> UserError | None:
    """Nomad itself takes a token of policies that there are not."""
    there = {policy["Name"] for policy in policies}
    none = sorted(set(wanted["Policies"] or []) - there)
    if not none:
        return None
    return UserError(
        f"policies: there is no policy {', '.join(none)}. Create it first, with nomad_acl_policy."
    )


def refused(error: ApiError) -> UserError | None:
    """What is wrong with the options, where Nomad's answer tells."""
    role = re.search(r"cannot find role (.+)", error.body)
    if role:
        return UserError(f"roles: there is no role {role.group(1).strip()}. Create it first.")
    limit = re.search(r"expiration time cannot be .+", error.body)
    if limit:
        return UserError(f"expiration_ttl: {limit.group().strip()}. Correct it.")
    return None


# The first token


def check_secret(secret: str) -> None:
    if not UUID.fullmatch(secret):
        raise UserError(
            "secret: it is no UUID, which Nomad asks for. Make one, by uuidgen or Ansible's filter"
            " to_uuid over a random text, and store it before this task."
        )


def check_holder(holder: Json | None) -> None:
    """That the secret, if it is known at all, is the one of a management token."""
    if holder is None or holder["Type"] == "management":
        return
    if holder["AccessorID"] == "acls-disabled":
        # What newer servers say, where older ones refuse.
        raise UserError(f"Nomad knows no secrets. {answers.ACLS_OFF}")
    raise UserError(
        f"secret: it is the one of token {holder['AccessorID']}, which is of type"
        f" {holder['Type']}. Give the secret of the management token, or a new one."
    )


def not_bootstrapped(error: ApiError) -> ConflictError | None:
    """Why Nomad did not take the secret, where its answer tells."""
    index = re.search(r"reset index: (\d+)", error.body)
    if not index:
        return None
    return ConflictError(
        "secret: the ACLs of this cluster were bootstrapped with another one, or the token that had it"
        " was removed. Give the secret of that time. If it is lost, write"
        f" {index.group(1)} into the file server/acl-bootstrap-reset in the data directory of the"
        " leader, run this task again, and remove the file."
    )


def not_heeded() -> FailedError:
    """Servers that do not know the field would make a token of their own choice."""
    return FailedError(
        "Nomad bootstrapped its ACLs, but does not know the secret: this version chooses one itself."
        " Upgrade Nomad, and bootstrap again by the file server/acl-bootstrap-reset.",
        {"changed": True},
    )
