# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the boards where the role ships them: python -m boards, in tools."""

from __future__ import annotations

import pathlib

from . import BOARDS
from .render import text

DIRECTORY = pathlib.Path(__file__).parents[2] / "roles/grafana/files/dashboards"


def main() -> None:
    written = {f"{board.uid}.json": text(board) for board in BOARDS}
    for path in DIRECTORY.glob("*.json"):
        if path.name not in written:
            path.unlink()
    for name, content in written.items():
        (DIRECTORY / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
