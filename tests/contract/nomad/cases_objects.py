# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables, namespaces, and what can be changed of a node."""

from __future__ import annotations

import typing as t

from .asking import get
from .steps import Case, Step, Until


def put(name: str, path: str, body: t.Any, **more: t.Any) -> Step:
    return Step(name, "PUT", path, body, **more)


def delete(name: str, path: str) -> Step:
    return Step(name, "DELETE", path)


ONE, TWO, SPACE = "/v1/var/contract/one", "/v1/var/contract/two", "/v1/namespace/contract-space"
INSIDE = "/v1/var/contract?namespace=contract-space"

VARIABLES = Case(
    "stored variables",
    (
        get("missing", ONE),
        get("no path", "/v1/var/"),
        put("items list", ONE, {"Items": []}),
        put("items number", ONE, {"Items": {"a": 1}}),
        put("path number", ONE, {"Path": 5}),
        put("body list", ONE, "[]"),
        put("body cut", ONE, "{"),
        put("body nothing", ONE, ""),
        put("no items", ONE, {}),
        put("empty items", ONE, {"Items": {}}),
        put("too much", ONE, {"Items": {"a": "x" * 65536}}),
        put("odd path", "/v1/var/contract.one", {"Items": {"a": "1"}}),
        put("line in path", "/v1/var/contract%0Aone", {"Items": {"a": "1"}}),
        put("reserved path", "/v1/var/nomad/x", {"Items": {"a": "1"}}),
        put("another index", f"{ONE}?cas=5", {"Items": {"a": "1"}}),
        put("no index", f"{ONE}?cas=x", {"Items": {"a": "1"}}),
        put("create", f"{ONE}?cas=0", {"Path": "contract/one", "Items": {"a": "ä"}}),
        put("create again", f"{ONE}?cas=0", {"Items": {"a": "2"}}),
        get("read", ONE),
        put("change, path of another", ONE, {"Path": "other", "Items": {"a": None}}),
        get("read changed", ONE),
        put("second", TWO, {"Items": {"a": "1"}}),
        get("list", "/v1/vars?prefix=contract/"),
        get("list everywhere", "/v1/vars?prefix=contract/&namespace=*"),
        get("list elsewhere", "/v1/vars?prefix=contract/&namespace=nope"),
        get("read elsewhere", f"{ONE}?namespace=nope"),
        delete("delete another index", f"{ONE}?cas=1"),
        delete("delete", ONE),
        delete("delete again", ONE),
        delete("delete again with an index", f"{ONE}?cas=3"),
        get("gone", ONE),
    ),
    undo=(delete("one", ONE), delete("two", TWO)),
)

NAMESPACES = Case(
    "namespaces",
    (
        get("missing", SPACE),
        delete("delete missing", SPACE),
        put("body list", SPACE, "[]"),
        put("name number", SPACE, {"Name": 5}),
        put("name of another", SPACE, {"Name": "other"}),
        put("no name", SPACE, {"Description": "x"}),
        put("meta number", SPACE, {"Name": "contract-space", "Meta": {"a": 1}}),
        put("capabilities list", SPACE, {"Name": "contract-space", "Capabilities": []}),
        put("drivers text", SPACE, {"Name": "contract-space",
                                    "Capabilities": {"EnabledTaskDrivers": "x"}}),
        put("long description", SPACE, {"Name": "contract-space", "Description": "x" * 300}),
        put("odd name", "/v1/namespace/contract%20space", {"Name": "contract space"}),
        put("no name at all", "/v1/namespace", {}),
        put("quota", SPACE, {"Name": "contract-space", "Quota": "q"}),
        put("create", "/v1/namespace", {"Name": "contract-space"}),
        get("created", SPACE),
        put("change", SPACE, {"Name": "contract-space", "Description": "d", "Meta": {"a": "b"},
                              "Capabilities": {"EnabledTaskDrivers": ["docker"]}}),
        get("changed", SPACE),
        get("list", "/v1/namespaces?prefix=contract-"),
        put("variable", INSIDE, {"Items": {"a": "1"}}),
        get("variables", "/v1/vars?namespace=contract-space"),
        get("jobs", "/v1/jobs?namespace=contract-space"),
        get("job", "/v1/job/contract-none?namespace=contract-space"),
        get("allocations", "/v1/allocations?namespace=contract-space"),
        get("job's allocations", "/v1/job/contract-none/allocations?namespace=contract-space"),
        get("job's deployment", "/v1/job/contract-none/deployment?namespace=contract-space"),
        delete("delete in use", SPACE),
        delete("empty", INSIDE),
        delete("delete", SPACE),
        get("gone", SPACE),
        delete("delete default", "/v1/namespace/default"),
        get("no name to read", "/v1/namespace"),
    ),
    undo=(delete("inside", INSIDE), delete("space", SPACE)),
)  # fmt: skip

NODE, META = "/v1/node/{node}", "/v1/client/metadata?node_id={node}"
NOBODY = "/v1/node/00000000-0000-0000-0000-000000000000"
STATE = ("Drain", "DrainStrategy", "ID", "LastDrain", "SchedulingEligibility", "Status")
DYNAMIC = ("Dynamic/contract_word", "Dynamic/mlops_trainer", "Meta/contract_word",
           "Meta/mlops_trainer", "Static/mlops_trainer")  # fmt: skip
HOUR = 3_600_000_000_000

NODES = Case(
    "node",
    (
        put("eligibility word", f"{NODE}/eligibility", {"Eligibility": "x"}),
        put("eligibility number", f"{NODE}/eligibility", {"Eligibility": 5}),
        put("eligibility list", f"{NODE}/eligibility", "[]"),
        put("eligibility none", f"{NODE}/eligibility", {}),
        put("eligibility of nobody", f"{NOBODY}/eligibility", {"Eligibility": "eligible"}),
        put("eligibility of no id", "/v1/node/nope/eligibility", {"Eligibility": "eligible"}),
        get("eligibility read", f"{NODE}/eligibility"),
        put("ineligible", f"{NODE}/eligibility", {"Eligibility": "ineligible"}),
        put("ineligible again", f"{NODE}/eligibility", {"Eligibility": "ineligible"}),
        get("is ineligible", NODE, keep=STATE[:2] + STATE[4:]),
        put("eligible", f"{NODE}/eligibility", {"Eligibility": "eligible"}),
        put("drain list", f"{NODE}/drain", "[]"),
        put("drain nothing", f"{NODE}/drain", ""),
        put("drain spec list", f"{NODE}/drain", {"DrainSpec": []}),
        put("drain deadline text", f"{NODE}/drain", {"DrainSpec": {"Deadline": "x"}}),
        put("drain eligible text", f"{NODE}/drain", {"MarkEligible": "x"}),
        put("drain meta list", f"{NODE}/drain", {"Meta": []}),
        put("drain of nobody", f"{NOBODY}/drain", {"DrainSpec": None}),
        put("drain", f"{NODE}/drain", {
            "NodeID": "x", "DrainSpec": {"Deadline": HOUR, "IgnoreSystemJobs": False},
            "Meta": {"message": "contract"}}),
        get("drained", NODE, keep=STATE, until=Until("/LastDrain/Status", ("complete",))),
        put("end drain", f"{NODE}/drain", {"DrainSpec": None, "MarkEligible": True}),
        get("ended", NODE, keep=STATE),
        put("end drain again", f"{NODE}/drain", {"DrainSpec": None, "MarkEligible": False}),
        get("ended again", NODE, keep=STATE),
        get("allocations of nobody", f"{NOBODY}/allocations"),
        get("metadata", META, keep=DYNAMIC),
        get("metadata of nobody",
            "/v1/client/metadata?node_id=00000000-0000-0000-0000-000000000000"),
        get("metadata of no id", "/v1/client/metadata?node_id=nope"),
        Step("meta list", "POST", META, {"Meta": []}),
        Step("meta number", "POST", META, {"Meta": {"a": 1}}),
        Step("meta body", "POST", META, "[]"),
        Step("meta none", "POST", META, {}),
        Step("meta odd key", "POST", META, {"Meta": {"odd key": "x"}}),
        Step("meta no key", "POST", META, {"Meta": {"": "x"}}),
        Step("meta set", "POST", META,
             {"Meta": {"contract_word": "hello", "mlops_trainer": "false"}}, keep=DYNAMIC),
        Step("meta taken", "POST", META, {"Meta": {"contract_word": None, "mlops_trainer": None}},
             keep=DYNAMIC),
        Step("meta again", "POST", META, {"Meta": {"mlops_trainer": "true"}}, keep=DYNAMIC),
        get("metadata at last", META, keep=DYNAMIC),
    ),
    undo=(
        put("drain", f"{NODE}/drain", {"DrainSpec": None, "MarkEligible": True}),
        put("eligible", f"{NODE}/eligibility", {"Eligibility": "eligible"}),
        Step("meta", "POST", META, {"Meta": {"contract_word": None, "mlops_trainer": "true"}}),
    ),
)  # fmt: skip

CASES = (VARIABLES, NAMESPACES, NODES)
