# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the answers of a real Nomad: python -m tests.contract.nomad.record --server URL."""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import typing as t

import requests

from . import compare, scrub
from .cases import CASES
from .play import Player
from .steps import JSON

HERE = pathlib.Path(__file__).parent
BASE = "1.6.10"


def load(version: str) -> dict[str, JSON]:
    path = HERE / "transcripts" / f"{version}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def greeting(server: str) -> str:
    """The page at /: the simulator says there what it is."""
    return requests.get(server + "/", timeout=10).text


def server_version(server: str) -> str:
    answer = requests.get(server + "/v1/agent/self", timeout=10)
    answer.raise_for_status()
    return str(answer.json()["config"]["Version"]["Version"])


def knows_consul(server: str) -> bool:
    nodes = requests.get(server + "/v1/nodes", timeout=10).json()
    node = requests.get(f"{server}/v1/node/{nodes[0]['ID']}", timeout=10).json()
    return "consul.version" in node["Attributes"]


def expected(version: str) -> dict[str, list[JSON]]:
    """The recorded cases of a version: those of the base, and its own where they differ."""
    cases: dict[str, list[JSON]] = load(BASE)["cases"]
    if version == BASE:
        return cases
    own: dict[str, dict[str, JSON]] = load(version).get("cases", {})
    return {
        name: [own.get(name, {}).get(step["step"], step) for step in steps]
        for name, steps in cases.items()
    }


def only_different(cases: dict[str, list[JSON]]) -> dict[str, JSON]:
    """Per case and step, the answers that are not the base version's."""
    base = load(BASE)["cases"]
    rules = compare.load_rules()
    found: dict[str, JSON] = {}
    for name, steps in cases.items():
        for one, other in zip(base[name], steps, strict=True):
            comparer = compare.Comparer(f"{name}/{one['step']}", rules)
            if comparer.differences(one["response"], other["response"]):
                found.setdefault(name, {})[other["step"]] = other
    return found


def main(argv: t.Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="address of a real Nomad server")
    parser.add_argument("--out", help="file to write; by default one named after the version")
    options = parser.parse_args(argv)
    server = options.server.rstrip("/")
    if "simulator" in greeting(server):
        parser.error(f"{server} is a simulator; transcripts come from real servers only")
    if not knows_consul(server):
        parser.error(f"the node of {server} knows no Consul, which some cases need")
    version = server_version(server)
    cases = {case.name: scrub.scrubbed(Player(server).play(case)) for case in CASES}
    content: JSON = cases if version == BASE else only_different(cases)
    out = pathlib.Path(options.out or HERE / "transcripts" / f"{version}.json")
    if out.is_dir() or not out.suffix or re.fullmatch(r"[\d.]+", out.name):
        out = out.with_name(out.name + ".json")
    text = json.dumps({"version": version, "cases": content}, indent=1, sort_keys=True)
    out.write_text(text + "\n", encoding="utf-8")
    print(f"{out}: {sum(len(steps) for steps in content.values())} answers of Nomad {version}")


if __name__ == "__main__":
    main()
