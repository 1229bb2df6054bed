# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hundred boards cost: grafana_dashboards beside a loop of community.grafana's module.

    python tests/bench/grafana_dashboards.py [--boards 100] [--looped 10]

The server is that of GRAFANA_URL with GRAFANA_USER and GRAFANA_PASSWORD, else the inventory's. Both
meet it in one play. The loop runs over fewer boards, since each item takes as long as the one
before it; what it would take for all of them is reckoned from that, and said so. Requests are
counted in a play of their own, so that the proxy costs no time.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import tempfile
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

import plays

sys.path.append(str(plays.ROOT))
from tests.corpus.shared.proxy import counting

Json = dict[str, t.Any]
OURS, THEIRS = "mlops.infra.grafana_dashboards", "community.grafana.grafana_dashboard"
SOURCE = {"type": "prometheus", "uid": "prometheus"}
PANELS = 12


class Server(t.NamedTuple):
    url: str
    user: str
    password: str


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--boards", type=int, default=100, help="boards (default: 100)")
    parser.add_argument("--looped", type=int, default=10, help="of these, looped (default: 10)")
    options = parser.parse_args()
    tell(options.boards, options.looped)


def tell(boards: int, looped: int) -> None:
    server = given() or inventorys()
    version = answers(server)
    if not version:
        print(f"grafana_dashboards is not measured: no Grafana answers at {server.url}")
        return
    print(f"{boards} boards of {PANELS} panels on Grafana {version}")
    remove(server, boards)  # what an interrupted run left
    try:
        with tempfile.TemporaryDirectory() as folder:
            seconds = played(server, Path(folder), boards, looped)
            with counting(server.url) as ours, counting(server.url) as theirs:
                counted(server, Path(folder), looped, ours.address, theirs.address)
                requests = {OURS: len(ours.seen), THEIRS: len(theirs.seen) * boards // looped}
    finally:
        remove(server, boards)
    factor = boards / looped
    for state in ("new", "unchanged", "changed"):
        mine, other = seconds[f"ours {state}"], seconds[f"theirs {state}"] * factor
        print(f"  {state:<10} {mine:7.2f} s  beside {other:7.2f} s  {other / mine:5.1f} times")
    print(f"  requests of an unchanged run: {requests[OURS]} beside {requests[THEIRS]}")
    print(f"  the second number is a loop over {looped} boards, times {factor:g}")


def given() -> Server | None:
    url = os.environ.get("GRAFANA_URL")
    if not url:
        return None
    return Server(url, os.environ.get("GRAFANA_USER", "admin"), os.environ["GRAFANA_PASSWORD"])


def inventorys() -> Server:
    variables = ("mlops_grafana_url", "_mlops_grafana_login.user", "_mlops_grafana_login.password")
    return Server(*(plays.inventorys("grafana", variable) for variable in variables))


def answers(server: Server) -> str:
    """The server's version, empty where none answers."""
    try:
        with urllib.request.urlopen(f"{server.url}/api/health", timeout=5) as answer:
            return str(json.load(answer)["version"])
    except (OSError, ValueError, KeyError):
        return ""


def remove(server: Server, boards: int) -> None:
    for number in range(boards):
        removed(server, f"gb-{number}")


def removed(server: Server, uid: str) -> None:
    pair = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
    request = urllib.request.Request(
        f"{server.url}/api/dashboards/uid/{uid}",
        method="DELETE",
        headers={"Authorization": f"Basic {pair}"},
    )
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise


def board(number: int, title: str) -> Json:
    panels = [
        {
            "id": panel + 1,
            "type": ("timeseries", "stat", "table")[panel % 3],
            "title": f"Panel {panel}",
            "description": f"What board {number} says in its panel {panel}.",
            "datasource": SOURCE,
            "gridPos": {"h": 8, "w": 12, "x": 12 * (panel % 2), "y": 8 * (panel // 2)},
            "fieldConfig": {"defaults": {"unit": "short", "noValue": "-"}, "overrides": []},
            "targets": [{"refId": "A", "datasource": SOURCE, "expr": f"up{{n='{number}'}}"}],
        }
        for panel in range(PANELS)
    ]
    known = {"uid": f"gb-{number}", "title": f"{title} {number}", "schemaVersion": 38}
    return {**known, "tags": ["bench"], "panels": panels}


def write(folder: Path, boards: int, title: str) -> Path:
    folder.mkdir()
    for number in range(boards):
        text = json.dumps(board(number, title), indent=2)
        (folder / f"{number}.json").write_text(text, encoding="utf-8")
    return folder


def ours(server: Server, folder: Path, name: str) -> Json:
    login = {"username": server.user, "password": server.password}
    return {"name": name, OURS: {"url": server.url, **login, "path": str(folder)}}


def theirs(server: Server, folder: Path, name: str, looped: int) -> Json:
    login = {"url_username": server.user, "url_password": server.password}
    path = str(folder) + "/{{ item }}.json"
    module = {"url": server.url, **login, "path": path, "overwrite": True}
    return {"name": name, THEIRS: module, "loop": list(range(looped))}


def removal(server: Server, looped: int) -> Json:
    login = {"username": server.user, "password": server.password}
    module = {"url": server.url, **login, "uid": "gb-{{ item }}", "state": "absent"}
    task = {"name": "between", "mlops.infra.grafana_dashboard": module}
    return {**task, "loop": list(range(looped))}


def played(server: Server, folder: Path, boards: int, looped: int) -> dict[str, float]:
    old, new = write(folder / "old", boards, "Old"), write(folder / "new", boards, "New")
    tasks = [
        ours(server, old, "ours new"),
        ours(server, old, "ours unchanged"),
        ours(server, new, "ours changed"),
        removal(server, looped),
        theirs(server, old, "theirs new", looped),
        theirs(server, old, "theirs unchanged", looped),
        theirs(server, new, "theirs changed", looped),
    ]
    seconds = {}
    for task in run(tasks):
        name = task["task"]["name"]
        changed = task["hosts"]["localhost"]["changed"]
        if changed is name.endswith("unchanged"):
            raise SystemExit(f"{name}: changed is {changed}")
        seconds[name] = plays.seconds(task)
    return seconds


def counted(server: Server, folder: Path, looped: int, here: str, there: str) -> None:
    tasks = [ours(server, folder / "new", "all are as they have to be")]
    tasks += [ours(server._replace(url=here), folder / "new", "counted")]
    tasks += [theirs(server._replace(url=there), folder / "new", "counted", looped)]
    run(tasks)


def run(tasks: list[Json]) -> list[Json]:
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
    done: list[Json] = plays.report(play, *plays.LOCAL)["plays"][0]["tasks"]
    return done


if __name__ == "__main__":
    main()
