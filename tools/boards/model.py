# SPDX-License-Identifier: GPL-3.0-or-later
"""What a board is made of: queries that say when they answer, panels, rows and the board itself."""

from __future__ import annotations

import dataclasses
import re
import typing as t

Json = dict[str, t.Any]
SOURCE: Json = {"type": "prometheus", "uid": "prometheus"}
LABEL = re.compile(r"{{\s*(\w+)\s*}}")


@dataclasses.dataclass(frozen=True)
class When:
    """When a query has to answer with a series: always, after an event, or only from a version on."""

    kind: t.Literal["live", "event", "needs"]
    what: str = ""


LIVE = When("live")


def after(event: str) -> When:
    return When("event", event)


def needs(what: str) -> When:
    return When("needs", what)


@dataclasses.dataclass(frozen=True)
class Query:
    """One query of a panel. C(legend) is empty, a text, or has labels in double braces."""

    expr: str
    legend: str = ""
    when: When = LIVE
    labels: tuple[str, ...] = ()

    def wanted(self) -> set[str]:
        """The labels without which a legend or a table would show a gap."""
        return set(LABEL.findall(self.legend)) | set(self.labels)


@dataclasses.dataclass(frozen=True)
class Panel:
    type: str
    title: str
    description: str
    queries: tuple[Query, ...]
    width: int
    height: int
    body: Json


@dataclasses.dataclass(frozen=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


@dataclasses.dataclass(frozen=True)
class Variable:
    """A choice of label values at the top of the board, or a constant that links need."""

    name: str
    label: str
    query: str
    constant: bool = False

    def json(self) -> Json:
        if self.constant:
            return {
                "hide": 2,
                "label": self.label,
                "name": self.name,
                "query": self.query,
                "skipUrlSync": True,
                "type": "constant",
            }
        return {
            "allValue": ".*",
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
            "datasource": SOURCE,
            "definition": self.query,
            "hide": 0,
            "includeAll": True,
            "label": self.label,
            "multi": True,
            "name": self.name,
            "options": [],
            "query": {"query": self.query, "refId": "Variable"},
            "refresh": 2,  # with the time range: what ended before it is no choice
            "regex": "",
            "skipUrlSync": False,
            "sort": 1,
            "type": "query",
        }


@dataclasses.dataclass(frozen=True)
class Annotation:
    """Marks on all charts. Samples that follow each other become one region."""

    name: str
    color: str
    query: Query
    title: str

    def json(self) -> Json:
        return {
            "datasource": SOURCE,
            "enable": True,
            "expr": self.query.expr,
            "hide": False,
            "iconColor": self.color,
            "name": self.name,
            "step": "10s",
            "tagKeys": "",
            "textFormat": "",
            "titleFormat": self.title,
            "useValueForTime": False,
        }


@dataclasses.dataclass(frozen=True)
class Board:
    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    since: str = "now-1h"

    def queries(self) -> t.Iterator[tuple[str, str, Query]]:
        """The title of a panel or annotation, the letter of the query, the query."""
        for row in self.rows:
            for panel in row.panels:
                for number, query in enumerate(panel.queries):
                    yield panel.title, chr(ord("A") + number), query
        for annotation in self.annotations:
            yield f"annotation {annotation.name}", "A", annotation.query
