# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A board's text in a file, written only where it differs and in a single step."""

from __future__ import annotations

import os

from .. import _files
from .._errors import UserError


def write(dest: str, text: str, check_mode: bool) -> str | None:
    """What the file had before, None where there was none. A new file is 0644."""
    path = os.path.abspath(dest)
    if os.path.isdir(path):
        raise UserError(f"dest {dest} is a directory: name a file in it.")
    try:
        before = _files.read(path)
        if before != text.encode() and not check_mode:
            mode = 0o644 if before is None else os.stat(path).st_mode & 0o777
            wanted = _files.Wanted(text.encode(), mode, False)
            _files.write(path, wanted, _files.Owner(-1, -1))
    except OSError as error:
        raise UserError(f"dest {dest} cannot be written: {error.strerror}.") from error
    return None if before is None else before.decode(errors="replace")
