# SPDX-License-Identifier: GPL-3.0-or-later
"""What a token may do: its policies added up."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .shapes import Data

Capabilities = dict[str, set[str]]
# How a path of variables is written below its namespace; neither name has it.
BETWEEN = "\0"


@dataclasses.dataclass(frozen=True)
class Rights:
    """C(kinds): the policy of what belongs to no namespace; the keys of the others may have C(*)."""

    management: bool = False
    namespaces: Capabilities = dataclasses.field(default_factory=dict)
    variables: Capabilities = dataclasses.field(default_factory=dict)
    kinds: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    def capable(self, namespace: str, *wanted: str) -> bool:
        """Of one of these in a namespace; in C(*) where it is so in any."""
        if self.management:
            return True
        if namespace == "*" and any(not own.isdisjoint(wanted) for own in self.namespaces.values()):
            return True
        return not _closest(self.namespaces, namespace).isdisjoint(wanted)

    def sees(self, namespace: str) -> bool:
        return self.management or bool(_closest(self.namespaces, namespace) - {"deny"})

    def variable(self, namespace: str, path: str, *wanted: str) -> bool:
        own = _closest(self.variables, namespace + BETWEEN + path)
        return self.management or not own.isdisjoint(wanted)

    def may(self, kind: str, *policies: str) -> bool:
        return self.management or self.kinds.get(kind) in policies


ALL = Rights(management=True)


def of(policies: t.Sequence[Data]) -> Rights:
    """The rules of policies, each as the API shows them."""
    namespaces: Capabilities = {}
    variables: Capabilities = {}
    for row in [row for rules in policies for row in rules["Namespaces"] or []]:
        namespaces.setdefault(row["Name"], set()).update(row["Capabilities"] or [])
        for path in (row["Variables"] or {}).get("Paths") or []:
            key = row["Name"] + BETWEEN + path["PathSpec"]
            variables.setdefault(key, set()).update(path["Capabilities"] or [])
    kinds = {}
    for kind in ("Agent", "Node", "Operator"):
        found = {rules[kind]["Policy"] for rules in policies if rules[kind]}
        kinds[kind] = next((p for p in ("deny", "write", "read") if p in found), "")
    return Rights(
        namespaces={name: _denied(own) for name, own in namespaces.items()},
        variables={path: _denied(own) for path, own in variables.items()},
        kinds=kinds,
    )


def _denied(own: set[str]) -> set[str]:
    """What denies one thing denies all."""
    return {"deny"} if "deny" in own else own


def _closest(known: Capabilities, name: str) -> set[str]:
    """Those of the name itself, else of the pattern that leaves least of it open."""
    if name in known:
        return known[name]
    fitting = [pattern for pattern in known if "*" in pattern and _fits(pattern, name)]
    closest = max(fitting, key=lambda p: len(p) - p.count("*"), default=None)
    return known[closest] if closest is not None else set()


def _fits(pattern: str, name: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name, re.DOTALL) is not None
