# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is let in: what a token needs for each endpoint, and what is said to one who lacks it."""

from __future__ import annotations

import dataclasses
import typing as t

from . import acl_rules, acl_tokens, rights
from .errors import ApiError
from .rights import Rights
from .shapes import Data
from .store import Store
from .variables import UNCHANGED
from .web import DEFAULT_NAMESPACE, Call

DENIED = "Permission denied"
UNKNOWN = "ACL token not found"
NOBODY: Data = {
    "AccessorID": "", "ExpirationTime": None, "Policies": ["anonymous"], "Type": "client",
}  # fmt: skip
# What is asked of a job, and the capabilities of which one is enough: to read it, and to write it.
JOB_READS = {"scale": ("read-job-scaling", "read-job")}
JOB_WRITES = {"dispatch": ("dispatch-job",), "scale": ("scale-job", "submit-job")}


def _forbidden(_call: Call, text: str) -> ApiError:
    return ApiError(403, text)


@dataclasses.dataclass(frozen=True)
class Need:
    """C(met) may also say for itself what is wrong. C(unknown): what an unknown token hears."""

    met: t.Callable[[Gate, Call], bool]
    unknown: str = DENIED
    refusal: t.Callable[[Call, str], ApiError] = _forbidden


@dataclasses.dataclass
class Gate:
    store: Store
    enabled: bool

    def admit(self, call: Call, need: Need | None) -> None:
        """Gives the request the rights of its token, or refuses it."""
        if not self.enabled or need is None:
            return
        with self.store.reading():
            token = acl_tokens.by_secret(self.store, call.token) if call.token else NOBODY
            if token is None or acl_tokens.expired(token):
                raise need.refusal(call, need.unknown)
            call.accessor = token["AccessorID"]
            management = token["Type"] == "management"
            call.rights = rights.ALL if management else self._of(token["Policies"])
        if not need.met(self, call):
            raise need.refusal(call, DENIED)

    def _of(self, names: t.Sequence[str] | None) -> Rights:
        known = self.store.acl_policies
        return rights.of([acl_rules.parsed(known[n]["Rules"]) for n in names or [] if n in known])


def capability(*wanted: str, unknown: str = DENIED) -> Need:
    """One of these in the namespace of the request."""

    def met(_gate: Gate, call: Call) -> bool:
        call.wanted = wanted
        return call.rights.capable(call.namespace, *wanted)

    return Need(met, unknown)


def kind(name: str, unknown: str = DENIED) -> Need:
    """To read or to write what belongs to no namespace."""

    def met(_gate: Gate, call: Call) -> bool:
        return call.rights.may(name, *(("write",) if call.changes else ("write", "read")))

    return Need(met, unknown)


def either(reads: Need, writes: Need) -> Need:
    return Need(lambda gate, call: (writes if call.changes else reads).met(gate, call))


def _job(_gate: Gate, call: Call) -> bool:
    suffix = call.rest.rpartition("/")[2]
    asked, usual = (JOB_WRITES, "submit-job") if call.changes else (JOB_READS, "read-job")
    call.wanted = asked.get(suffix, (usual,))
    return call.rights.capable(call.namespace, *call.wanted)


def _there(gate: Gate, call: Call) -> bool:
    """Whether there is the allocation that the path names; where not, all hear of that."""
    return call.rest.partition("/")[0] in gate.store.allocs


def _alloc(gate: Gate, call: Call) -> bool:
    if _there(gate, call) and not call.rights.capable(DEFAULT_NAMESPACE, "read-job"):
        raise ApiError(500, f'Unknown allocation "{call.rest}"')
    return True


def _logs(gate: Gate, call: Call) -> bool:
    capable = call.rights.capable(DEFAULT_NAMESPACE, "read-logs", "read-fs")
    return capable or not _there(gate, call)


def _no_logs(call: Call, text: str) -> ApiError:
    plain = call.flag("plain")
    return ApiError(500, text, {"Content-Type": "text/plain" if plain else "application/json"})


def _client_alloc(gate: Gate, call: Call) -> bool:
    wanted = "alloc-lifecycle" if call.changes else "read-job"
    return call.rights.capable(DEFAULT_NAMESPACE, wanted) or not _there(gate, call)


def _variable(_gate: Gate, call: Call) -> bool:
    wanted = {"GET": "read", "DELETE": "destroy"}.get(call.request.method, "write")
    return call.rights.variable(call.namespace, call.rest, wanted)


def _no_variable(call: Call, text: str) -> ApiError:
    return ApiError(403, text, UNCHANGED if call.writes else None)


LIST_JOBS = either(capability("list-jobs"), capability("submit-job"))
READ_JOB, SUBMIT_JOB = capability("read-job"), capability("submit-job")
PARSE_JOB = capability("parse-job", "submit-job", unknown=UNKNOWN)
JOB, ALLOC = Need(_job), Need(_alloc)
VARIABLE = Need(_variable, refusal=_no_variable)
DEPLOYMENT = either(READ_JOB, SUBMIT_JOB)
LOGS = Need(_logs, f"rpc error: {DENIED}", _no_logs)
CLIENT_ALLOC = Need(_client_alloc)
NODE, AGENT, OPERATOR = kind("Node"), kind("Agent", UNKNOWN), kind("Operator")
MANAGEMENT = Need(lambda _gate, call: call.rights.management)
# The answer itself has only what the token may see.
ANY = Need(lambda _gate, _call: True)
NAMESPACE = either(Need(lambda _gate, call: call.rights.sees(call.rest)), MANAGEMENT)
# Each token may read itself and its policies: which ones these are, the endpoints know.
OWN_POLICY = OWN_TOKEN = either(ANY, MANAGEMENT)
