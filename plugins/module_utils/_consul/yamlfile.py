# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""YAML that loses nothing: a date stays the text that it is, and a name that is there twice fails."""

from __future__ import annotations

import traceback
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.flatten import TOO_DEEP
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

IMPORT_ERROR: t.Optional[str] = None
_Base: t.Any = object
try:
    import yaml

    _Base = yaml.SafeLoader
except ImportError:
    IMPORT_ERROR = traceback.format_exc()

KIND = "tag:yaml.org,2002:"


class _Loader(_Base):
    def compose_mapping_node(self, anchor: t.Any) -> t.Any:
        """Looked at before << is resolved, where a name may be there again."""
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for name, _value in node.value:
            line = name.start_mark.line + 1
            if name.tag == KIND + "merge":
                continue
            if name.tag not in (KIND + "str", KIND + "int"):
                raise UserError(f"A name in line {line} is no text: write it in quotes.")
            if name.value in seen:
                raise UserError(f"The name {name.value!r} in line {line} is there twice: keep one.")
            seen.add(name.value)
        return node


if not IMPORT_ERROR:
    _Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != KIND + "timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def is_yaml(path: str) -> bool:
    return path.lower().endswith((".yml", ".yaml"))


def parse(path: str, content: bytes) -> t.Any:
    """The data of the file; its errors are told without the text around them, which may be secret."""
    if IMPORT_ERROR:
        raise UserError(
            f"tree_src {path} is YAML, and PyYAML is not installed where the task runs."
        )
    try:
        return yaml.load(content, _Loader)
    except UserError as exc:
        raise UserError(f"tree_src {path}: {exc}") from None
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        reason = getattr(exc, "problem", None) or "it is not UTF-8"
        raise UserError(f"tree_src {path} is no YAML{line}: {reason}.") from None
    except RecursionError:
        raise UserError(TOO_DEEP.format(f"tree_src {path}")) from None
    except ValueError:
        raise UserError(
            f"tree_src {path} has a number that is none or is too long: write it in quotes."
        ) from None
