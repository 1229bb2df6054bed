# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that a server cannot read, names that it does not take, and filters."""

from __future__ import annotations

import typing as t
import urllib.parse

from .asking import get, parse, plan, post, register
from .steps import Case, Step, Until

TASK = {"Name": "t", "Driver": "docker", "Config": {"image": "a"}}


def job(**fields: t.Any) -> dict[str, t.Any]:
    groups = [{"Name": "g", "Tasks": [TASK]}]
    return {"ID": "contract-odd", "Type": "batch", "TaskGroups": groups, **fields}


def task(**fields: t.Any) -> dict[str, t.Any]:
    return job(TaskGroups=[{"Name": "g", "Tasks": [{**TASK, **fields}]}])


def group(**fields: t.Any) -> dict[str, t.Any]:
    return job(TaskGroups=[{"Name": "g", "Tasks": [TASK], **fields}])


WRONG = {
    "priority text": job(Priority="x"),
    "priority fraction": job(Priority=1.5),
    "priority truth": job(Priority=True),
    "priority list": job(Priority=[]),
    "priority large": job(Priority=10**20),
    "lower case": job(priority="x"),
    "id number": job(ID=7),
    "groups object": job(TaskGroups={}),
    "group text": job(TaskGroups=["x"]),
    "meta list": job(Meta=[]),
    "meta number": job(Meta={"a": 1}),
    "datacenters text": job(Datacenters="dc1"),
    "datacenters number": job(Datacenters=[1]),
    "all at once text": job(AllAtOnce="yes"),
    "parameterized list": job(ParameterizedJob=[]),
    "tasks object": group(Tasks={}),
    "volumes list": group(Volumes=[]),
    "restart text": group(RestartPolicy="x"),
    "config list": task(Config=[]),
    "env number": task(Env={"A": 1}),
    "cpu text": task(Resources={"CPU": "x"}),
    "kill timeout fraction": task(KillTimeout=1.5),
    "mount text": task(VolumeMounts=[{"ReadOnly": "x"}]),
    "check text": task(Services=[{"Checks": [{"Interval": "10s"}]}]),
}
BODIES = {
    "list": "[]",
    "text": '"x"',
    "number": "5",
    "null": "null",
    "nothing": "",
    "job list": '{"Job": []}',
    "index negative": '{"JobModifyIndex": -1}',
    "index text": '{"JobModifyIndex": "1"}',
    "enforce text": '{"EnforceIndex": "x"}',
}

TYPES = Case(
    "wrong types",
    (
        *(register(f"register {name}", body) for name, body in WRONG.items()),
        plan("plan priority text", "contract-odd", WRONG["priority text"]),
        post("validate priority text", "/v1/validate/job", {"Job": WRONG["priority text"]}),
        plan("plan groups object", "contract-odd", WRONG["groups object"]),
        *(post(f"body {name}", "/v1/jobs", body) for name, body in BODIES.items()),
        post("plan body", "/v1/job/contract-odd/plan", "[]"),
        post("plan diff", "/v1/job/contract-odd/plan", {"Job": job(), "Diff": "x"}),
        post("validate body", "/v1/validate/job", "[]"),
        post("parse body", "/v1/jobs/parse", "[]"),
        post("parse source", "/v1/jobs/parse", {"JobHCL": 5}),
        post("parse variables", "/v1/jobs/parse", {"JobHCL": 'job "a" {}', "Variables": {}}),
        post("parse canonicalize", "/v1/jobs/parse", {"JobHCL": "x", "Canonicalize": "yes"}),
        post("dispatch body", "/v1/job/contract-odd/dispatch", "[]"),
        post("dispatch meta", "/v1/job/contract-odd/dispatch", {"Meta": []}),
        post("dispatch meta number", "/v1/job/contract-odd/dispatch", {"Meta": {"a": 1}}),
        post("dispatch payload", "/v1/job/contract-odd/dispatch", {"Payload": 5}),
        Step("purge word", "DELETE", "/v1/job/contract-odd?purge=maybe"),
        get("meta word", "/v1/jobs?meta=maybe"),
    ),
    jobs=("contract-odd",),
)

ODD = {
    "null character": "contract-odd\0",
    "line break": "contract-odd\nb",
    "tab": "contract-odd\tb",
    "letters": "contract-oddä'\"",
}


def named(what: str, name: str) -> t.Iterator[Step]:
    body = job(ID=name, Name=name)
    yield post(f"validate {what}", "/v1/validate/job", {"Job": body})
    yield post(f"plan {what}", f"/v1/job/{urllib.parse.quote(name, safe='')}/plan", {"Job": body})


NAMES = Case(
    "odd names",
    (
        *(step for what, name in ODD.items() for step in named(what, name)),
        register("register null character", job(ID=ODD["null character"])),
        post("group null", "/v1/validate/job", {"Job": group(Name="g\0")}),
        post("task null", "/v1/validate/job", {"Job": task(Name="t\0")}),
        post("task slash", "/v1/validate/job", {"Job": task(Name="t/u")}),
        parse("label over lines", 'job "a\nb" {\n  type = "batch"\n}\n'),
        parse("label over more lines", 'job "ab\n\nc" {\n}\n'),
        parse("group over lines", 'job "a" {\n  group "g\nh" {\n  }\n}\n'),
        parse("text over lines", 'job "a" {\n  meta {\n    x = "q\nr"\n  }\n}\n'),
        parse("label with escapes", 'job "a\\nb\\t\\"ä" {\n}\n', False),
    ),
    jobs=("contract-odd",),
)


def listed(name: str, path: str, expression: str) -> Step:
    sign = "&" if "?" in path else "?"
    return get(name, f"{path}{sign}filter={urllib.parse.quote(expression)}")


LISTS = {
    "jobs": "/v1/jobs?prefix=contract-filter",
    "nodes": "/v1/nodes",
    "allocations": "/v1/allocations",
    "evaluations": "/v1/evaluations",
    "deployments": "/v1/deployments",
}


def refused(name: str, path: str) -> t.Iterator[Step]:
    yield listed(f"{name} filter unread", path, "Status =")
    yield listed(f"{name} filter none", path, "x")
    yield listed(f"{name} filter misses", path, 'ID == "nothing"')


FILTERS = Case(
    "filters",
    (
        *(step for name, path in LISTS.items() for step in refused(name, path)),
        register("register", {"ID": "contract-filter", "Type": "batch", "Meta": {"word": "hello"},
                              "TaskGroups": [{"Name": "g", "Count": 0, "Tasks": [TASK]}]}),
        get("there", "/v1/job/contract-filter", silent=True, until=Until("/Status", ("dead",))),
        listed("unknown field", LISTS["jobs"], 'Nope == "a"'),
        listed("not a number", LISTS["jobs"], 'ModifyIndex == "x"'),
        *(
            listed(f"jobs {number}", LISTS["jobs"], expression)
            for number, expression in enumerate((
                'Type == "batch"', 'Type == "service"', 'Type != "service"',
                '(Type == "batch") and (Meta.word == "hello")', 'Meta["word"] == "other"',
                'Meta.nope == "hello"', "Priority == 50", "Stop == false",
                'not Type == "batch" or ID == "contract-filter"',
                'ID matches "^contract"', 'ID not matches "^contract"',
                "Meta is not empty", 'ID == `contract-filter`',
            ))
        ),
        listed("node by name of its kernel", "/v1/nodes?prefix=ffffffff",
               'Attributes["kernel.name"] == "linux"'),
    ),
    jobs=("contract-filter",),
)  # fmt: skip

CASES = (TYPES, NAMES, FILTERS)
