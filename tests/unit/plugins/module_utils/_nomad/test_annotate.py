# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._nomad import annotate

Json = dict[str, t.Any]


def field(kind: str, name: str, old: str, new: str, *notes: str) -> Json:
    return {"Type": kind, "Name": name, "Old": old, "New": new, "Annotations": list(notes)}


EDITED = {
    "JobModifyIndex": 28,
    "Warnings": "1 warning:\n\n* careful\n",
    "Diff": {
        "Type": "Edited",
        "ID": "web",
        "Fields": [field("Edited", "Priority", "50", "60"), field("None", "Type", "x", "x")],
        "Objects": [{"Type": "Added", "Name": "Meta", "Fields": [field("Added", "a", "", "1")]}],
        "TaskGroups": [
            {
                "Type": "Edited",
                "Name": "g",
                "Updates": {"ignore": 1, "create": 2},
                "Fields": [field("Edited", "Count", "1", "3", "forces create")],
                "Tasks": [
                    {
                        "Type": "Edited",
                        "Name": "t",
                        "Annotations": ["forces create/destroy update"],
                        "Objects": [
                            {
                                "Type": "Edited",
                                "Name": "Resources",
                                "Fields": [
                                    field("Edited", "CPU", "50", "60"),
                                    field("None", "Cores", "0", "0"),
                                    field("Deleted", "IOPS", "1", ""),
                                ],
                            }
                        ],
                    },
                    {"Type": "None", "Name": "same"},
                ],
            },
            {"Type": "Deleted", "Name": "old", "Updates": {"destroy": 1}, "Tasks": None},
        ],
    },
}


def test_an_edited_job() -> None:
    assert annotate.annotated(EDITED, {"Spreads": ([], [{"Weight": 50}])}, "").splitlines() == [
        '+/- Job: "web"',
        '+/- Priority: "50" => "60"',
        "+ Meta {",
        '    + a: "1"',
        "}",
        '+/- Spreads: [] => [{"Weight": 50}]',
        '+/- Task Group: "g" (2 create, 1 ignore)',
        '  +/- Count: "1" => "3" (forces create)',
        '  +/- Task: "t" (forces create/destroy update)',
        "    +/- Resources {",
        '        +/- CPU: "50" => "60"',
        '        - IOPS: "1"',
        "    }",
        '- Task Group: "old" (1 destroy)',
        "",
        "Scheduler dry-run:",
        "- All tasks successfully allocated.",
        "- Warnings: 1 warning: * careful",
        "- Job Modify Index: 28",
    ]


def test_a_new_job_is_shown_by_its_headings() -> None:
    diff = {
        "Type": "Added",
        "ID": "web",
        "Fields": [field("Added", "Priority", "", "50")],
        "TaskGroups": [
            {
                "Type": "Added",
                "Name": "g",
                "Updates": {"create": 1},
                "Fields": [field("Added", "Count", "", "1")],
                "Tasks": [{"Type": "Added", "Name": "t", "Annotations": ["forces create"]}],
            }
        ],
    }
    plan = {"Diff": diff, "NextPeriodicLaunch": "2026-11-24T00:00:00Z"}
    assert annotate.annotated(plan, {}, "no node can take it").splitlines() == [
        '+ Job: "web"',
        '+ Task Group: "g" (1 create)',
        '  + Task: "t" (forces create)',
        "",
        "Scheduler dry-run:",
        "- no node can take it",
        "- If registered now, the next periodic launch is at 2026-11-24T00:00:00Z.",
        "- Job Modify Index: 0",
    ]
