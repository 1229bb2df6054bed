# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the answers of a real Nomad.

python -m tests.contract.nomad.record --server URL      of one that runs, without ACLs
python -m tests.contract.nomad.record --program PATH    of one that is started with TLS and ACLs
"""

from __future__ import annotations

import argparse
import json
import pathlib
import tempfile
import typing as t

import requests

from ...secured import agents
from . import compare, scrub, secured
from .cases import CASES
from .cases_secured import BOOTSTRAP, SECURED
from .play import Player
from .steps import JSON, Case

HERE = pathlib.Path(__file__).parent
BASE = "1.6.10"


SECURED_IN = "secured"
GROUPS: dict[str, tuple[Case, ...]] = {"": tuple(CASES), SECURED_IN: (BOOTSTRAP, *SECURED)}


def load(version: str, group: str = "") -> dict[str, JSON]:
    path = HERE / "transcripts" / group / f"{version}.json"
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


def expected(version: str, group: str = "") -> dict[str, list[JSON]]:
    """The recorded cases of a version: those of the base, and its own where they differ."""
    cases: dict[str, list[JSON]] = load(BASE, group)["cases"]
    if version == BASE:
        return cases
    own: dict[str, dict[str, JSON]] = load(version, group).get("cases", {})
    return {
        name: [own.get(name, {}).get(step["step"], step) for step in steps]
        for name, steps in cases.items()
    }


def only_different(cases: dict[str, list[JSON]], group: str) -> dict[str, JSON]:
    """Per case and step, the answers that are not the base version's."""
    base = load(BASE, group)["cases"]
    rules = compare.load_rules()
    found: dict[str, JSON] = {}
    for name, steps in cases.items():
        for one, other in zip(base[name], steps, strict=True):
            comparer = compare.Comparer(f"{name}/{one['step']}", rules)
            if comparer.differences(one["response"], other["response"]):
                found.setdefault(name, {})[other["step"]] = other
    return found


def written(version: str, cases: dict[str, list[JSON]], group: str) -> None:
    content: JSON = cases if version == BASE else only_different(cases, group)
    out = HERE / "transcripts" / group / f"{version}.json"
    out.parent.mkdir(exist_ok=True)
    text = json.dumps({"version": version, "cases": content}, indent=1, sort_keys=True)
    out.write_text(text + "\n", encoding="utf-8")
    print(f"{out}: {sum(len(steps) for steps in content.values())} answers of Nomad {version}")


def record_open(server: str) -> None:
    version = server_version(server)
    written(version, {c.name: scrub.scrubbed(Player(server).play(c)) for c in CASES}, "")


def record_secured(program: str) -> None:
    with (
        tempfile.TemporaryDirectory() as home,
        secured.running(pathlib.Path(home), agents.free(4), program) as server,
    ):
        cases = {BOOTSTRAP.name: scrub.scrubbed(server.bootstrapped)}
        for case in SECURED:
            cases[case.name] = scrub.scrubbed(server.player().play(case))
        version = secured.version(server)
    written(version, cases, SECURED_IN)


def main(argv: t.Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--server", help="address of a real Nomad server without ACLs")
    what.add_argument("--program", help="a real Nomad, which is started with TLS and ACLs")
    options = parser.parse_args(argv)
    if options.program:
        record_secured(options.program)
        return
    server = options.server.rstrip("/")
    if "simulator" in greeting(server):
        parser.error(f"{server} is a simulator; transcripts come from real servers only")
    if not knows_consul(server):
        parser.error(f"the node of {server} knows no Consul, which some cases need")
    record_open(server)


if __name__ == "__main__":
    main()
