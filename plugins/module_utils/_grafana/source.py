# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where a board's content comes from: data, JSON or YAML text, or a file of either."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

try:
    import yaml
except ImportError:  # JSON still works; the message about YAML text then says that it is no JSON
    yaml = None


def read_content(dashboard: t.Any, src: str | None) -> t.Any:
    """The content that the options C(dashboard) and C(src) give, None where both are absent."""
    if dashboard is not None:
        return parsed(dashboard, "dashboard") if isinstance(dashboard, str) else dashboard
    if not src:
        return None
    return parsed(_file_text(src), src)


def _file_text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as handle:
            return handle.read()
    except UnicodeDecodeError as error:
        raise UserError(f"src {path} is not UTF-8 text.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"src {path} cannot be read on the host where the module runs: {reason}."
        ) from error


def parsed(text: str, name: str) -> t.Any:
    """JSON, else YAML. What begins like JSON is taken as JSON: its message is the better one."""
    try:
        return _parsed(text, name)
    except RecursionError as error:
        raise UserError(f"{name} is nested too deeply: close what it opens.") from error


def _parsed(text: str, name: str) -> t.Any:
    try:
        return json.loads(text, parse_constant=_refused_constant)
    except ValueError as error:
        if text.lstrip().startswith("{") or yaml is None:
            raise UserError(f"{name} is not valid JSON: {error}.") from error
    return _parsed_yaml(text, name)


def _refused_constant(constant: str) -> t.NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _parsed_yaml(text: str, name: str) -> t.Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"{name} is not valid YAML: {' '.join(str(error).split())}.") from error
