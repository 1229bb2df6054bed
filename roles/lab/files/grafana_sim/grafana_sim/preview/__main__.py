# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw boards with the data of a Prometheus into one file that needs nothing else:

python -m grafana_sim.preview http://127.0.0.1:9090 boards/*.json --out preview.html
"""

from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import sys
import time

from . import asking, page
from .plotly import plotly_script


def main() -> None:
    parser = argparse.ArgumentParser(prog="grafana_sim.preview", description=__doc__)
    parser.add_argument("prometheus")
    parser.add_argument("boards", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--since", default="", help="as now-6h; each board's own without it")
    parser.add_argument("--ca-file", default="", help="the authority of its certificate, in PEM")
    parser.add_argument("--login", action="store_true", help="read USER:PASSWORD from the input")
    asked = parser.parse_args()
    login = sys.stdin.read().strip() if asked.login else ""
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in asked.boards]
    links = "".join(
        f'<a href="#{page.text(board["uid"])}">{page.text(board["title"])}</a>' for board in boards
    )
    sections = []
    for board in boards:
        window = asking.window(board, time.time(), asked.since)
        client = asking.client(asked.prometheus, asked.ca_file, login)
        with contextlib.closing(asking.Asking(client, window, asking.values(board, {}))) as ask:
            sections.append(page.section(board, ask))
    scripts = [f"<script>{text}</script>" for text in (plotly_script(), page.script())]
    whole = page.page("Preview of the boards", sections, scripts, links)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(whole, encoding="utf-8")
    sys.stdout.write(f"{asked.out.resolve()}\n")


if __name__ == "__main__":
    main()
