# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a server with TLS and ACLs: the first token, policies, tokens, and who may what."""

from __future__ import annotations

import typing as t

from . import specs
from .asking import get, parse, plan, post, register
from .cases_objects import delete, put
from .cases_ports import PORTS
from .cases_ports import UNKNOWN as UNKNOWN_PORT
from .steps import Case, Ref, Step, Until

SECRET = "11111111-2222-3333-4444-555555555555"
UNKNOWN = "11111111-2222-3333-4444-000000000000"
SELF = "/v1/acl/token/self"
FIRST = "/v1/acl/bootstrap"

# Sent to a server that nobody has asked for anything yet.
BOOTSTRAP = Case(
    "acl bootstrap",
    (
        get("no token", SELF, token=""),
        get("unknown token", SELF, token=SECRET),
        get("read", FIRST, token=""),
        post("secret short", FIRST, {"BootstrapSecret": "short"}, token=""),
        post("secret number", FIRST, {"BootstrapSecret": 5}, token=""),
        post("body cut", FIRST, "[", token=""),
        post("first", FIRST, {"BootstrapSecret": SECRET}, token=""),
        post("again", FIRST, {"BootstrapSecret": SECRET}, token=""),
        post("again without a secret", FIRST, None, token=""),
        get("self", SELF),
        get("still unknown", SELF, token=UNKNOWN),
        get("no uuid", SELF, token="x"),
    ),
    bare=True,
)

READ = 'namespace "default" {\n  policy = "read"\n}\nnode {\n  policy = "read"\n}\n'
FULL = """{
  "namespace": {"*": {"policy": "write", "capabilities": ["alloc-node-exec"],
                      "variables": {"path": {"contract/*": {"capabilities": ["read", "list"]}}}},
                "a": {"policy": "scale"}, "b": {"policy": "deny"}, "c": {}},
  "agent": {"policy": "read"}, "operator": {"policy": "write"}, "quota": {"policy": "read"},
  "plugin": {"policy": "list"}, "node": {"policy": "deny"},
  "node_pool": {"a*": {"policy": "write"}, "b": {"capabilities": ["read"]}},
  "host_volume": {"ml-*": {"policy": "write"}, "b": {"policy": "read"}}
}"""
WRONG = {
    "namespace policy": 'namespace "a" { policy = "foo" }',
    "namespace capability": 'namespace "a" { capabilities = ["foo"] }',
    "namespace name": 'namespace "a b" { policy = "read" }',
    "unknown kind": 'namspace "a" { policy = "read" }',
    "node policy": 'node { policy = "foo" }',
    "agent policy": 'agent { policy = "list" }',
    "agent without": "agent {}",
    "plugin policy": 'plugin { policy = "write" }',
    "variable capability": 'namespace "a" { variables { path "x" { capabilities = ["foo"] } } }',
    "variable path": 'namespace "a" { variables { path "" { capabilities = ["read"] } } }',
    "no variable path": 'namespace "a" { variables {} }',
    "volume policy": 'host_volume "a" { policy = "foo" }',
    "volume capability": 'host_volume "a" { capabilities = ["foo"] }',
    "pool policy": 'node_pool "a" { policy = "foo" }',
    "pool capability": 'node_pool "a" { capabilities = ["foo"] }',
}
ONE, TWO = "/v1/acl/policy/contract-one", "/v1/acl/policy/contract-two"


def policy(name: str, rules: str, **more: t.Any) -> dict[str, t.Any]:
    return {"Name": name, "Rules": rules, **more}


POLICIES = Case(
    "acl policies",
    (
        get("missing", ONE),
        get("no name", "/v1/acl/policy/"),
        put("name of another", TWO, policy("contract-one", READ)),
        put("odd name", "/v1/acl/policy/contract%20two", policy("contract two", READ)),
        put("body list", ONE, "[]"),
        put("name number", ONE, {"Name": 5}),
        put("long description", ONE, policy("contract-one", READ, Description="x" * 300)),
        put("job without a namespace", ONE, policy("contract-one", READ, JobACL={"JobID": "web"})),
        *(put(name, ONE, policy("contract-one", rules)) for name, rules in WRONG.items()),
        put("create", ONE, policy("contract-one", READ, Description="d")),
        put("without rules", TWO, {"Name": "contract-two"}),
        get("created without rules", TWO),
        put("change", TWO, policy("contract-two", FULL)),
        get("read", ONE),
        get("changed", TWO),
        put("job", TWO, policy("contract-two", READ,
                               JobACL={"Namespace": "default", "JobID": "web", "Group": "g"})),
        get("read job", TWO),
        get("list", "/v1/acl/policies?prefix=contract-"),
        get("list anonymous", "/v1/acl/policies", token=""),
        get("read anonymous", ONE, token=""),
        Step("delete anonymous", "DELETE", ONE, token=""),
        delete("delete missing", "/v1/acl/policy/contract-none"),
        delete("delete", ONE),
        get("gone", ONE),
    ),
    undo=(delete("one", ONE), delete("two", TWO)),
)  # fmt: skip

TOKEN, TOKENS = "/v1/acl/token", "/v1/acl/tokens"
IT = "/v1/acl/token/{accessor}"
NAMED = TOKENS + "?filter=Name%20%3D%3D%20%22{}%22"


def client(name: str = "contract-token", *policies: str, **more: t.Any) -> dict[str, t.Any]:
    return {"Name": name, "Type": "client", "Policies": list(policies), **more}


def own(name: str, *policies: str) -> Step:
    """A token whose secret is known by its name afterwards."""
    body = client(f"contract-{name}", *policies)
    return put(f"token {name}", TOKEN, body, capture={name: "/SecretID"})


SAME = {"AccessorID": UNKNOWN}
TOKEN_CASE = Case(
    "acl tokens",
    (
        put("policy", ONE, policy("contract-one", READ)),
        put("no policies", TOKEN, client()),
        put("odd type", TOKEN, {"Name": "contract-token", "Type": "weird"}),
        put("manager with policies", TOKEN, {**client("contract-token", "a"),
                                             "Type": "management"}),
        put("long name", TOKEN, client("t" * 257, "contract-one")),
        put("accessor of its own", TOKEN, client("contract-token", "contract-one", **SAME)),
        put("short life", TOKEN, client("contract-token", "contract-one", ExpirationTTL=1)),
        put("long life", TOKEN, client("contract-token", "contract-one", ExpirationTTL="48h")),
        put("odd life", TOKEN, client("contract-token", "contract-one", ExpirationTTL="soon")),
        put("unknown role", TOKEN, client("contract-token", "contract-one", Roles=[{"Name": "x"}])),
        put("policies text", TOKEN, {"Policies": "x"}),
        put("body list", TOKEN, "[]"),
        put("unknown policy", TOKEN, client("contract-unknown", "contract-none")),
        put("life", TOKEN, client("contract-life", "contract-one", ExpirationTTL="1h30m"),
            capture={"living": "/AccessorID"}),
        put("other life", "/v1/acl/token/{living}", Ref("life", put={"/ExpirationTTL": "2h"})),
        put("create", TOKEN, client("contract-token", "contract-one", Global=False),
            capture={"accessor": "/AccessorID", "secret": "/SecretID"}),
        get("read", IT),
        get("read itself", IT, token="{secret}"),
        get("read as self", SELF, token="{secret}"),
        get("read anonymous", IT, token=""),
        get("read unknown", f"/v1/acl/token/{UNKNOWN}"),
        get("read odd", "/v1/acl/token/abc"),
        get("listed", NAMED.format("contract-token")),
        get("list denied", TOKENS, token="{secret}"),
        get("list anonymous", TOKENS, token=""),
        put("create denied", TOKEN, client("contract-x", "contract-one"), token="{secret}"),
        get("own policies", "/v1/acl/policies", token="{secret}"),
        get("own policy", ONE, token="{secret}"),
        get("another policy", TWO, token="{secret}"),
        put("change", IT, Ref("create", put={"/Name": "contract-renamed", "/Policies": ["a", "b"]})),
        put("toggle global", IT, Ref("create", put={"/Global": True})),
        put("accessor of another", IT, client("contract-token", "contract-one", **SAME)),
        put("change unknown", f"/v1/acl/token/{UNKNOWN}", client("contract-t", "a", **SAME)),
        put("to a manager", IT, Ref("create", put={"/Type": "management", "/Policies": None})),
        get("list as a manager", NAMED.format("contract-token"), token="{secret}"),
        Step("delete anonymous", "DELETE", IT, token=""),
        delete("delete unknown", f"/v1/acl/token/{UNKNOWN}"),
        delete("delete odd", "/v1/acl/token/abc"),
        delete("delete", IT),
        get("gone", IT),
        get("gone with its secret", "/v1/jobs", token="{secret}"),
    ),
    undo=(delete("one", ONE),),
    tokens="contract-",
)  # fmt: skip

GRANTS = {
    "reader": 'namespace "*" { policy = "read" }',
    "elsewhere": 'namespace "other" { policy = "write" }',
    "lister": 'namespace "*" { capabilities = ["list-jobs"] }',
    "submitter": 'namespace "*" { capabilities = ["submit-job"] }',
    "dispatcher": 'namespace "*" { capabilities = ["dispatch-job"] }',
    "logger": 'namespace "*" { capabilities = ["read-logs"] }',
    "writer": 'namespace "*" { policy = "write" }',
    "denied": 'namespace "*" { policy = "write" }\nnamespace "default" { policy = "deny" }',
    "keeper": 'namespace "default" { variables { path "contract/*" { capabilities = '
              '["write", "read", "list", "destroy"] } } }',
    "nodes": 'node { policy = "read" }',
    "drainer": 'node { policy = "write" }',
    "agents": 'agent { policy = "read" }',
    "operators": 'operator { policy = "read" }',
}  # fmt: skip
NOBODY = {"anonymous": "", "stranger": UNKNOWN}
WHO = (*NOBODY, *GRANTS)
JOB = "/v1/job/contract-may"
ASKED: tuple[tuple[str, str, str, t.Any], ...] = (
    ("leader", "GET", "/v1/status/leader", None),
    ("health", "GET", "/v1/agent/health", None),
    ("agent", "GET", "/v1/agent/self", None),
    ("jobs", "GET", "/v1/jobs?prefix=contract-may", None),
    ("jobs everywhere", "GET", "/v1/jobs?prefix=contract-may&namespace=*", None),
    ("parse", "POST", "/v1/jobs/parse", {"JobHCL": 'job "x" {}'}),
    ("job", "GET", JOB, None),
    ("no job", "GET", "/v1/job/contract-none", None),
    ("scale", "GET", f"{JOB}/scale", None),
    ("dispatch", "POST", f"{JOB}/dispatch", {"Meta": {"bad": "1"}}),
    ("evaluate", "POST", f"{JOB}/evaluate", {"JobID": "contract-may"}),
    ("remove none", "DELETE", "/v1/job/contract-none", None),
    ("allocations", "GET", f"{JOB}/allocations", None),
    ("deployments", "GET", "/v1/deployments?prefix=0000", None),
    ("no allocation", "GET", f"/v1/allocation/{UNKNOWN}", None),
    ("nodes", "GET", "/v1/nodes?prefix=0000", None),
    ("no node", "GET", f"/v1/node/{UNKNOWN}", None),
    ("drain none", "POST", f"/v1/node/{UNKNOWN}/drain", {"DrainSpec": None}),
    ("variables", "GET", "/v1/vars?prefix=contract/", None),
    ("variable", "GET", "/v1/var/contract/one", None),
    ("variable elsewhere", "GET", "/v1/var/other", None),
    ("set variable", "PUT", "/v1/var/contract/one?cas=9", {"Items": {"a": "b"}}),
    ("namespace", "GET", "/v1/namespace/default", None),
    ("remove namespace", "DELETE", "/v1/namespace/contract-none", None),
    ("policies", "GET", "/v1/acl/policies?prefix=contract-none", None),
    ("tokens", "GET", f"{TOKENS}?prefix=0000", None),
    ("autopilot", "GET", "/v1/operator/autopilot/health", None),
)
# Of these answers only whether they come is compared here.
BRIEF = {"agent": ("config/ACL/Enabled",), "autopilot": ("Healthy",), "parse": ("ID",),
         "scale": ("JobID",), "namespace": ("Name",), "job": ("ID",), "jobs": ("0/ID",),
         "jobs everywhere": ("0/ID",)}  # fmt: skip
HELD = specs.small("contract-may", job="parameterized {\n}")


def _each() -> t.Iterator[Step]:
    for what, method, path, body in ASKED:
        for who in WHO:
            token = NOBODY.get(who, f"{{{who}}}")
            yield Step(f"{what}: {who}", method, path, body, token=token, keep=BRIEF.get(what, ()))
        yield Step(what, method, path, body, keep=BRIEF.get(what, ()))


MAY = Case(
    "who may what",
    (
        *(put(f"policy {who}", f"/v1/acl/policy/contract-{who}", policy(f"contract-{who}", rules))
          for who, rules in GRANTS.items()),
        *(own(who, f"contract-{who}") for who in GRANTS),
        parse("parse held", HELD),
        register("register held", Ref("parse held")),
        put("variable there", "/v1/var/contract/two", {"Items": {"a": "b"}}),
        *_each(),
        put("policy anonymous", "/v1/acl/policy/anonymous", policy("anonymous", READ)),
        get("job of anonymous", JOB, token="", keep=("ID",)),
        get("policies of anonymous", "/v1/acl/policies", token=""),
    ),
    jobs=("contract-may",),
    undo=(
        delete("anonymous", "/v1/acl/policy/anonymous"),
        delete("variable", "/v1/var/contract/two"),
        *(delete(who, f"/v1/acl/policy/contract-{who}") for who in GRANTS),
    ),
    tokens="contract-",
)  # fmt: skip

ALLOC = "/v1/client/fs/logs/{alloc}?task=t&type=stdout&plain=true"
NEEDED = specs.small("contract-owned", type="service", command="echo said; exec sleep 600",
                     job=specs.UPDATE, task='kill_timeout = "1s"')  # fmt: skip
RUNNING = Until("/0/ClientStatus", ("running",))


def running(name: str, job: str) -> Step:
    return get(name, f"/v1/job/{job}/allocations", until=RUNNING, capture={"alloc": "/0/ID"},
               keep=("0/ClientStatus",))  # fmt: skip


OWNED = Case(
    "jobs of tokens",
    (
        *(put(f"policy {who}", f"/v1/acl/policy/contract-{who}", policy(f"contract-{who}",
                                                                        GRANTS[who]))
          for who in ("reader", "logger", "writer")),
        *(own(who, f"contract-{who}") for who in ("reader", "logger", "writer")),
        parse("parse", NEEDED),
        register("register", Ref("parse")),
        running("running", "contract-owned"),
        get("job", "/v1/job/contract-owned", keep=("NomadTokenID", "Version")),
        plan("plan of the same", "contract-owned", Ref("parse")),
        get("logs", ALLOC),
        get("logs: logger", ALLOC, token="{logger}"),
        get("logs: reader", ALLOC, token="{reader}"),
        get("logs: anonymous", ALLOC, token=""),
        get("logs: stranger", ALLOC, token=UNKNOWN),
        get("allocation: reader", "/v1/allocation/{alloc}", token="{reader}", keep=("JobID",)),
        get("allocation: logger", "/v1/allocation/{alloc}", token="{logger}"),
        post("restart: reader", "/v1/client/allocation/{alloc}/restart", {}, token="{reader}"),
        get("of the node: reader", "/v1/node/{node}/allocations", token="{reader}"),
        Step("register: writer", "POST", "/v1/jobs", {"Job": Ref("parse")}, token="{writer}"),
        get("job of another", "/v1/job/contract-owned", keep=("NomadTokenID", "Version")),
    ),
    jobs=("contract-owned",),
    undo=tuple(delete(who, f"/v1/acl/policy/contract-{who}")
               for who in ("reader", "logger", "writer")),
    tokens="contract-",
)  # fmt: skip

AGENT = Case(
    "secured agent",
    (
        get("autopilot", "/v1/operator/autopilot/health"),
        get("node", "/v1/node/{node}", keep=("TLSEnabled", "HTTPAddr")),
        get("roles", "/v1/acl/roles"),
        get("nomad in consul", "/seen/nomad?tag=http", consul=True),
        get("client in consul", "/seen/nomad-client", consul=True),
    ),
)

# On one server that is bootstrapped, in this order.
SECURED = (POLICIES, TOKEN_CASE, MAY, OWNED, AGENT, PORTS, UNKNOWN_PORT)
