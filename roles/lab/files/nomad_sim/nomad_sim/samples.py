# SPDX-License-Identifier: GPL-3.0-or-later
"""The text format of Prometheus, with counters by the names that Nomad gives them."""

from __future__ import annotations

import dataclasses
import typing as t

Labels = t.Mapping[str, str]


@dataclasses.dataclass
class Samples:
    """Collects lines by metric: Nomad's counters have no _total, so this writes its own."""

    host: Labels
    rows: dict[str, tuple[str, list[str]]] = dataclasses.field(default_factory=dict)

    def add(self, name: str, value: float, labels: Labels | None = None,
            kind: str = "gauge") -> None:  # fmt: skip
        both = sorted({**self.host, **(labels or {})}.items())
        text = ",".join(f'{k}="{_escaped(v)}"' for k, v in both)
        line = f"{name}{{{text}}} {value}" if text else f"{name} {value}"
        self.rows.setdefault(name, (kind, []))[1].append(line)

    def text(self) -> str:
        lines = []
        for name, (kind, rows) in sorted(self.rows.items()):
            lines += [f"# HELP {name} {name}", f"# TYPE {name} {kind}", *rows]
        return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
