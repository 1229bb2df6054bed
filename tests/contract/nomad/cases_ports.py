# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a group: planned, given, told to tasks, and registered in Consul."""

from __future__ import annotations

from . import specs
from .asking import get, parse, plan, post, register
from .steps import Case, Ref, Step, Until

NETWORK = """network {
  port "http" {
    to = 8000
  }
  port "admin" {
    static = 18080
  }
  port "bare" {}
}
service {
  name = "contract-group"
  port = "http"
}"""
SERVICES = """service {
  name = "contract-ports"
  port = "http"
  tags = ["contract"]
  meta {
    run = "${NOMAD_PORT_http}"
  }
  check {
    type            = "http"
    protocol        = "https"
    tls_skip_verify = true
    path            = "/healthz"
    interval        = "5s"
    timeout         = "2s"
  }
  check {
    name           = "admin"
    type           = "tcp"
    port           = "admin"
    interval       = "5s"
    timeout        = "2s"
    initial_status = "passing"
  }
}
service {
  name         = "contract-host"
  port         = "http"
  address_mode = "host"
}
service {
  name         = "contract-inside"
  port         = "9000"
  address_mode = "driver"
}"""
COMMAND = "env | grep -E 'NOMAD_.*_(http|admin|bare)=' | sort; echo ${NOMAD_ADDR_http}; sleep 600"


def spec(job_id: str, network: str = NETWORK, services: str = SERVICES, more: str = "") -> str:
    """A job whose task uses the two ports."""
    text = specs.small(job_id, type="service", group=network, command=COMMAND,
                       task=f'kill_timeout = "1s"\n{services}', job=specs.UPDATE)  # fmt: skip
    return text.replace("command =", f'ports   = ["http", "admin"]{more}\n        command =')


TASK = "/TaskGroups/0/Tasks/0"
NETS = "/TaskGroups/0/Networks/0"
WRONG = {
    "label twice": 'network {\n port "http" {}\n port "admin" {}\n port "http" {\n static = 80\n}\n}',
    "number twice": 'network {\n port "http" {\n static = 80\n}\n port "admin" {\n static = 80\n}\n}',
    "number too big": 'network {\n port "http" {\n static = 80999\n}\n port "admin" {}\n}',
    "inner too big": 'network {\n port "http" {\n to = 80999\n}\n port "admin" {}\n}',
}
VALIDATED = ("Error",)


def validated(name: str, step: str) -> Step:
    return post(name, "/v1/validate/job", {"Job": Ref(step)}, keep=VALIDATED)


def registered(name: str, service: str) -> Step:
    """What Consul has of a service. Nomad tells it of a job's services one after the other."""
    return get(name, f"/seen/{service}", consul=True, until=Until("/0/Name", (service,)))


PORTS = Case(
    "ports",
    (
        *(step
          for name, network in WRONG.items()
          for step in (parse(f"parse {name}", spec("contract-wrong", network, "")),
                       validated(name, f"parse {name}"))),
        parse("unknown argument", spec("contract-wrong", 'network {\n port "a" {\n foo = 1\n}\n}')),
        parse("unknown block", spec("contract-wrong", 'network {\n portt "a" {}\n}')),
        parse("nothing", spec("contract-wrong", "network {}", "")),
        parse("as written", spec("contract-ports"), canonicalize=False),
        parse("parse", spec("contract-ports")),
        post("unknown label", "/v1/validate/job", keep=VALIDATED,
             body={"Job": Ref("parse", put={f"{TASK}/Services/0/PortLabel": "nope"})}),
        post("number without driver", "/v1/validate/job", keep=VALIDATED,
             body={"Job": Ref("parse", put={f"{TASK}/Services/1/PortLabel": "8000"})}),
        post("check by number", "/v1/validate/job", keep=VALIDATED,
             body={"Job": Ref("parse", put={f"{TASK}/Services/0/Checks/1/PortLabel": "8000"})}),
        post("port text", "/v1/jobs", {"Job": Ref("parse", put={f"{NETS}/DynamicPorts/0/To": "x"})}),
        plan("plan", "contract-ports", Ref("parse", put={f"{TASK}/Services": None})),
        register("register", Ref("parse")),
        get("running", "/v1/job/contract-ports/allocations", keep=("0/ClientStatus",),
            until=Until("/0/ClientStatus", ("running",)), capture={"alloc": "/0/ID"}),
        get("job", "/v1/job/contract-ports", keep=("TaskGroups/0/Networks",)),
        get("allocation", "/v1/allocation/{alloc}",
            keep=("AllocatedResources", "Resources", "SharedResources")),
        registered("service", "contract-ports"),
        registered("service of the host", "contract-host"),
        registered("service inside", "contract-inside"),
        registered("service of the group", "contract-group"),
        get("logs", "/v1/client/fs/logs/{alloc}?task=t&type=stdout&plain=true"),
        plan("plan same", "contract-ports", Ref("parse")),
        plan("plan another inner port", "contract-ports",
             Ref("parse", put={f"{NETS}/DynamicPorts/0/To": 8001})),
        parse("parse clash", spec("contract-clash", services="")),
        plan("plan clash", "contract-clash", Ref("parse clash")),
    ),
    jobs=("contract-ports", "contract-clash"),
)  # fmt: skip

UNKNOWN = Case(
    "ports of a driver",
    (
        parse("parse", specs.small("contract-port", group=f"network {{\n}}\n{specs.ONCE}").replace(
            "command =", 'ports = ["nope"]\n        command =')),
        register("register", Ref("parse")),
        get("failed", "/v1/job/contract-port/allocations",
            until=Until("/0/ClientStatus", ("failed",)),
            keep=("0/TaskStates/t/Events", "0/TaskStates/t/State")),
    ),
    jobs=("contract-port",),
)  # fmt: skip
