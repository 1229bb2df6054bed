# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between versions of Grafana, as data. docs/support.md says where each is from."""

from __future__ import annotations

import dataclasses
import typing as t

Refusal = tuple[int, str, dict[str, t.Any]]
MISMATCH: Refusal = (
    412,
    "The dashboard has been changed by someone else",
    {"status": "version-mismatch"},
)
TAKEN: Refusal = (409, "Dashboard already exists. Use overwrite flag to update.", {})
NO_TITLE: Refusal = (400, "Dashboard title cannot be empty", {})
NO_TITLE_NAMED: Refusal = (400, "Dashboard title cannot be empty", {"status": "empty-name"})
NO_TITLE_IN_SPEC: Refusal = (400, "Dashboard spec is missing required title property", {})


@dataclasses.dataclass(frozen=True)
class Profile:
    version: str
    nested_folders: bool = True
    unique_titles: bool = False
    folder_uid_in_answers: bool = True
    versions_in_mapping: bool = False
    datasource_by_number: bool = True
    search_by_folder: bool = True
    apis: tuple[str, ...] = ()
    conflict: Refusal = MISMATCH
    no_title: Refusal = NO_TITLE_NAMED


_THIRTEEN = Profile(
    "13.0.1",
    versions_in_mapping=True,
    datasource_by_number=False,
    apis=("v1", "v2", "v1beta1", "v2beta1", "v0alpha1"),
    no_title=NO_TITLE_IN_SPEC,
)
PROFILES: dict[str, Profile] = {
    "10.1": Profile(
        "10.1.0",
        nested_folders=False,
        unique_titles=True,
        folder_uid_in_answers=False,
        search_by_folder=False,
        no_title=NO_TITLE,
    ),
    "11.2": Profile("11.2.0", unique_titles=True, no_title=NO_TITLE),
    "11.6": Profile("11.6.0"),
    "12.4": Profile("12.4.0", apis=("v1beta1", "v2beta1", "v0alpha1")),
    "13.0": _THIRTEEN,
    "13.x-409": dataclasses.replace(_THIRTEEN, version="13.2.0", conflict=TAKEN),
}
