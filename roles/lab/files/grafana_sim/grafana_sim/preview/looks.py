# SPDX-License-Identifier: GPL-3.0-or-later
"""What a field is called and how it is coloured: thresholds, mappings, legends, overrides."""

from __future__ import annotations

import re
import typing as t

from . import units

COLORS = {
    "green": "#73bf69",
    "yellow": "#fade2a",
    "orange": "#ff9830",
    "red": "#f2495c",
    "blue": "#5794f2",
    "purple": "#b877d9",
    "text": "#ccccdc",
}
PALETTE = (
    "#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0",
    "#37872d", "#fade2a", "#447ebc", "#c15c17",
)  # fmt: skip
LABEL = re.compile(r"{{\s*(\w+)\s*}}")
Json = dict[str, t.Any]


def color(name: str) -> str:
    return COLORS.get(name, name)


def by_threshold(value: float, config: Json) -> str:
    """The colour of the last step that the value has reached."""
    found = "text"
    for step in (config.get("thresholds") or {}).get("steps") or []:
        if step["value"] is None or value >= step["value"]:
            found = step["color"]
    return color(found)


def mapped(value: float, config: Json) -> tuple[str, str] | None:
    """The text and the colour that a mapping gives to the value."""
    for mapping in config.get("mappings") or []:
        options = mapping["options"]
        if mapping["type"] == "value" and f"{value:g}" in options:
            return _result(options[f"{value:g}"])
        if mapping["type"] == "range" and _within(value, options):
            return _result(options["result"])
    return None


def _result(result: Json) -> tuple[str, str]:
    return result["text"], color(result["color"])


def _within(value: float, options: Json) -> bool:
    low, high = options["from"], options["to"]
    return (low is None or value >= low) and (high is None or value <= high)


def shown(value: float, config: Json) -> tuple[str, str]:
    """A value's text and colour."""
    found = mapped(value, config)
    if found:
        return found
    text = units.text(value, config.get("unit") or "none", config.get("decimals"))
    return text, by_threshold(value, config)


def line_color(number: int, config: Json) -> str:
    """The palette's, unless an override fixes one."""
    fixed = (config.get("color") or {}).get("fixedColor")
    return color(fixed) if fixed else PALETTE[number % len(PALETTE)]


def legend(labels: t.Mapping[str, str], form: str) -> str:
    if form and form != "__auto":
        return LABEL.sub(lambda found: labels.get(found[1], ""), form)
    inner = ", ".join(f'{k}="{v}"' for k, v in sorted(labels.items()) if k != "__name__")
    return labels.get("__name__", "") + (f"{{{inner}}}" if inner else "") or "value"


def overridden(name: str, field_config: Json) -> Json:
    """The settings of one field: the defaults, and what overrides them for its name."""
    config: Json = {**(field_config.get("defaults") or {})}
    for override in field_config.get("overrides") or []:
        matcher = override["matcher"]
        exact = matcher["id"] == "byName" and matcher["options"] == name
        if exact or (matcher["id"] == "byRegexp" and re.fullmatch(matcher["options"], name)):
            config.update({one["id"]: one["value"] for one in override["properties"]})
    return config
