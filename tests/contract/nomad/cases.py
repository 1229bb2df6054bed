# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a Nomad server: every endpoint that the modules and Prometheus use."""

from __future__ import annotations

import base64
import json
import typing as t

from . import cases_actions, cases_objects, cases_refused, cases_sources, specs
from .asking import complete, get, parse, plan, post, register
from .steps import Case, Ref, Step, Until

PAYLOAD = base64.b64encode(b'{"epochs": 2}').decode()


# Of an agent and its node all that modules, roles and the inventory plugin read, and what tells a
# reader which server this is. The rest is the machine's and its configuration's.
NODE = ("CreateIndex", "Datacenter", "Drain", "ID", "ModifyIndex", "Name", "NodeClass", "NodePool",
        "SchedulingEligibility", "Status", "StatusDescription")  # fmt: skip
DOCKER = ("Detected", "HealthDescription", "Healthy", "UpdateTime",
          "Attributes/driver.docker", "Attributes/driver.docker.version")  # fmt: skip
VOLUME_KEYS = ("Name", "Path", "ReadOnly")
AGENT_KEYS = (
    "config/ACL/Enabled", "config/AdvertiseAddrs/HTTP", "config/Client/Enabled",
    "config/DataDir", "config/Datacenter", "config/Region", "config/Server/Enabled",
    "config/Telemetry/PrometheusMetrics", "config/Telemetry/PublishAllocationMetrics",
    "config/Telemetry/PublishNodeMetrics", "config/Version/Version", "member/Status",
    "member/Tags/build", "member/Tags/dc", "member/Tags/region", "member/Tags/role",
    "stats/client/node_id", "stats/nomad/leader", "stats/nomad/server", "stats/raft/state",
)  # fmt: skip
MEMBER_KEYS = (
    "ServerDC", "ServerRegion",
    *(f"Members/0/{key}" for key in ("Status", "Tags/build", "Tags/dc", "Tags/region", "Tags/role")),
)  # fmt: skip
NODE_KEYS = (
    *NODE, "DrainStrategy", "HTTPAddr", *(f"Drivers/docker/{k}" for k in DOCKER),
    *(f"HostVolumes/scratch/{k}" for k in VOLUME_KEYS),
    "Attributes/kernel.name", "Attributes/nomad.version", "Attributes/driver.docker",
    "Attributes/cpu.totalcompute", "Attributes/memory.totalbytes",
    "Meta/mlops_trainer", "NodeResources/Cpu/CpuShares", "NodeResources/Memory/MemoryMB",
)  # fmt: skip
LISTED = tuple(
    f"0/{key}"
    for key in (
        *NODE, "Address", "Version", *(f"Drivers/docker/{k}" for k in DOCKER),
        *(f"HostVolumes/scratch/{k}" for k in VOLUME_KEYS),
    )
)  # fmt: skip

AGENT = Case(
    "agent",
    (
        get("self", "/v1/agent/self", keep=AGENT_KEYS),
        get("members", "/v1/agent/members", keep=MEMBER_KEYS),
        get("health", "/v1/agent/health"),
        get("health server", "/v1/agent/health?type=server"),
        get("leader", "/v1/status/leader"),
        get("peers", "/v1/status/peers"),
        get("regions", "/v1/regions"),
        get(
            "nodes",
            "/v1/nodes",
            until=Until("/0/Status", ("ready",)),
            capture={"node": "/0/ID"},
            keep=LISTED,
        ),
        get("node", "/v1/node/{node}", keep=NODE_KEYS),
        get("nodes by prefix", "/v1/nodes?prefix=ffffffff"),
        get("node missing", "/v1/node/00000000-0000-0000-0000-000000000000"),
        get("node malformed", "/v1/node/nope"),
        get("unknown endpoint", "/v1/nope"),
        Step("wrong method", "PUT", "/v1/nodes"),
        get("wrong namespace", "/v1/jobs?namespace=nope"),
        get("wrong region", "/v1/jobs?region=nope"),
        get("bad wait", "/v1/jobs?index=1&wait=soon"),
        get("bad index", "/v1/jobs?index=x"),
    ),
)

PARSE = Case(
    "parse",
    (
        parse("as written", specs.MAIN, False),
        parse("canonicalized", specs.MAIN),
        parse("small as written", specs.small("contract-p"), False),
        parse("small canonicalized", specs.small("contract-p")),
        parse(
            "service canonicalized",
            specs.small("contract-p", type="service", task=specs.SERVICE, job=specs.UPDATE),
        ),
        parse("service defaults", specs.small("contract-p", type="service")),
        parse("spread", specs.small("contract-p", job=specs.SPREAD)),
        parse("HCL-JSON", json.dumps(specs.HCL_JSON)),
        parse("empty", ""),
        parse("no job", 'variable "a" {\n  default = 1\n}\n'),
        parse("syntax", 'job "a" {\n  type = \n}\n'),
        parse("one line", 'job "a" { group "g" { task "t" { driver = "docker" user = "x" } } }'),
        parse("unknown argument", 'job "a" {\n  tpye = "batch"\n}\n'),
        parse("unknown block", 'job "a" {\n  gruop "g" {\n  }\n}\n'),
        parse("wrong type", 'job "a" {\n  priority = "high"\n}\n'),
        parse("wrong duration", specs.small("contract-p", task='kill_timeout = "soon"')),
        parse("no label", "job {\n}\n"),
        parse("two jobs", 'job "a" {\n}\njob "b" {\n}\n'),
        parse("file function", specs.small("contract-p", job='meta {\n a = file("/etc/os")\n}')),
        parse("unknown function", specs.small("contract-p", job="meta {\n a = nope(1)\n}")),
        parse("unknown variable", specs.small("contract-p", job="meta {\n a = var.nope\n}")),
        post("not JSON", "/v1/jobs/parse", "{"),
        post("no HCL", "/v1/jobs/parse", {"Canonicalize": True}),
        parse(
            "periodic",
            specs.small("contract-p", job='periodic {\n cron = "@daily"\n}'),
            not_simulated="periodic",
        ),
        parse("network", specs.small("contract-p", group="network {\n}")),
        parse(
            "vault",
            specs.small("contract-p", task='vault {\n policies = ["a"]\n}'),
            not_simulated="vault",
        ),
    ),
)


def with_variables(name: str, variables: str) -> Step:
    return parse(name, specs.VARIABLES, extra={"Variables": variables})


VARIABLES = Case(
    "variables",
    (
        with_variables("HCL", 'text = "t"\nwhole = 3\n'),
        with_variables(
            "JSON",
            json.dumps(
                {
                    "text": "größe",
                    "map": {"a": "2", "b": "3"},
                    "list": ["x", "y"],
                    "flag": True,
                    "whole": 12,
                }
            ),
        ),
        with_variables("literal", json.dumps({"text": "${x} ${var.whole}"})),
        with_variables("undeclared", json.dumps({"text": "a", "nope": 1})),
        with_variables("null", json.dumps({"text": "a", "whole": None})),
        with_variables("number as text", json.dumps({"text": 5})),
        with_variables("unset", ""),
        with_variables("wrong type", json.dumps({"text": "a", "whole": "many"})),
    ),
)

BAD = {
    "no tasks": {"ID": "contract-bad", "Name": "contract-bad", "Type": "batch", "TaskGroups": [
        {"Name": "g", "Count": 1, "Tasks": []}]},
    "no groups": {"ID": "contract-bad", "Name": "contract-bad", "Type": "batch"},
    "no type": {"ID": "contract-bad", "Name": "contract-bad", "Type": "nope", "TaskGroups": [
        {"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker"}]}]},
    "no driver": {"ID": "contract-bad", "Type": "batch", "TaskGroups": [
        {"Name": "g", "Tasks": [{"Name": "t"}]}]},
    "two groups": {"ID": "contract-bad", "Type": "batch", "TaskGroups": [
        {"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker", "Config": {"image": "a"}}]},
        {"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker", "Config": {"image": "a"}}]}]},
    "small memory": {"ID": "contract-bad", "Type": "batch", "TaskGroups": [
        {"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker", "Config": {"image": "a"},
                                 "Resources": {"CPU": 0, "MemoryMB": 1}}]}]},
    "spaces": {"ID": "contract bad", "Type": "batch", "TaskGroups": [
        {"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker", "Config": {"image": "a"}}]}]},
    "priority": {"ID": "contract-bad", "Type": "batch", "Priority": 500, "TaskGroups": [
        {"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker", "Config": {"image": "a"}}]}]},
    "negative count": {"ID": "contract-bad", "Type": "batch", "TaskGroups": [
        {"Name": "g", "Count": -1,
         "Tasks": [{"Name": "t", "Driver": "docker", "Config": {"image": "a"}}]}]},
    "service parameterized": {"ID": "contract-bad", "Type": "service",
        "ParameterizedJob": {"Payload": "maybe"}, "TaskGroups": [
        {"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker", "Config": {"image": "a"}}]}]},
    "group service": {"ID": "contract-bad", "Type": "batch", "TaskGroups": [
        {"Name": "g", "Services": [{"Name": "s", "AddressMode": "driver", "PortLabel": "1"}],
         "Tasks": [{"Name": "t", "Driver": "docker", "Config": {"image": "a"}}]}]},
}  # fmt: skip


def refused(name: str, job: t.Any) -> tuple[Step, ...]:
    return (
        post(f"validate {name}", "/v1/validate/job", {"Job": job}),
        plan(f"plan {name}", "contract-bad", job),
        register(f"register {name}", job),
    )


INVALID = Case(
    "invalid",
    (
        *(step for name, job in BAD.items() for step in refused(name, job)),
        parse("parse", specs.small("contract-bad")),
        post("valid", "/v1/validate/job", {"Job": Ref("parse")}),
        post("validate nothing", "/v1/validate/job", {}),
        post("register nothing", "/v1/jobs", {}),
        post("register not JSON", "/v1/jobs", "{"),
        post("duration as text", "/v1/jobs", {"Job": Ref(
            "parse", put={"/TaskGroups/0/RestartPolicy/Delay": "30s"})}),
        plan("plan of another", "contract-other", Ref("parse")),
        post("plan nothing", "/v1/job/contract-bad/plan", {}),
        plan("plan namespace", "contract-bad", Ref("parse", put={"/Namespace": "nope"})),
        register("register namespace", Ref("parse", put={"/Namespace": "nope"})),
        register("index of nothing", Ref("parse"), EnforceIndex=True, JobModifyIndex=12345),
        get("job missing", "/v1/job/contract-bad"),
        get("allocations missing", "/v1/job/contract-bad/allocations"),
        get("evaluations missing", "/v1/job/contract-bad/evaluations"),
        get("deployment missing", "/v1/job/contract-bad/deployment"),
        get("deployments missing", "/v1/job/contract-bad/deployments"),
        get("summary missing", "/v1/job/contract-bad/summary"),
        get("versions missing", "/v1/job/contract-bad/versions"),
        Step("delete missing", "DELETE", "/v1/job/contract-bad"),
        Step("purge missing", "DELETE", "/v1/job/contract-bad?purge=true"),
        post("dispatch missing", "/v1/job/contract-bad/dispatch", {"Meta": {}}),
        get("eval missing", "/v1/evaluation/00000000-0000-0000-0000-000000000000"),
        get("eval malformed", "/v1/evaluation/nope"),
        get("eval allocations missing",
            "/v1/evaluation/00000000-0000-0000-0000-000000000000/allocations"),
        get("alloc missing", "/v1/allocation/00000000-0000-0000-0000-000000000000"),
        get("alloc malformed", "/v1/allocation/nope"),
        get("deployment unknown", "/v1/deployment/00000000-0000-0000-0000-000000000000"),
        get("logs missing",
            "/v1/client/fs/logs/00000000-0000-0000-0000-000000000000?task=t&type=stdout"),
        get("logs no task", "/v1/client/fs/logs/00000000-0000-0000-0000-000000000000"),
        get("logs no type", "/v1/client/fs/logs/00000000-0000-0000-0000-000000000000?task=t"),
    ),
    jobs=("contract-bad",),
)  # fmt: skip


def dispatch(name: str, body: t.Any, query: str = "", **more: t.Any) -> Step:
    return post(name, f"/v1/job/contract-main/dispatch{query}", body, **more)


CHILD = {"child": "/DispatchedJobID", "eval": "/EvalID"}

MAIN = Case(
    "main job",
    (
        parse("parse", specs.MAIN),
        plan("plan new", "contract-main", Ref("parse")),
        post("plan new without diff", "/v1/job/contract-main/plan", {"Job": Ref("parse")}),
        register("register", Ref("parse"), EnforceIndex=True, JobModifyIndex=0),
        register("register again", Ref("parse"), EnforceIndex=True, JobModifyIndex=0),
        register("conflict", Ref("parse"), EnforceIndex=True, JobModifyIndex=1),
        get("job", "/v1/job/contract-main"),
        get("jobs", "/v1/jobs?prefix=contract-main"),
        get("jobs with meta", "/v1/jobs?prefix=contract-main&meta=true"),
        get("summary", "/v1/job/contract-main/summary"),
        get("evaluations", "/v1/job/contract-main/evaluations"),
        get("allocations", "/v1/job/contract-main/allocations"),
        plan("plan same", "contract-main", Ref("parse")),
        dispatch("required meta", {"Payload": PAYLOAD}),
        dispatch("unpermitted meta", {"Meta": {"run_name": "a", "nope": "b"}}),
        dispatch("too large", {"Payload": base64.b64encode(b"x" * 16385).decode(),
                               "Meta": {"run_name": "a"}}),
        dispatch("not base64", {"Payload": "%%%", "Meta": {"run_name": "a"}}),
        dispatch("dispatch", {"Payload": PAYLOAD, "Meta": {"run_name": "demo", "lr": "0.1"}},
                 "?idempotency_token=contract-1", capture=CHILD),
        dispatch("same token", {"Meta": {"run_name": "demo"}}, "?idempotency_token=contract-1"),
        complete("allocations done", "/v1/job/{child}/allocations"),
        get("evaluation", "/v1/evaluation/{eval}", until=Until("/Status", ("complete",))),
        get("evaluation allocations", "/v1/evaluation/{eval}/allocations"),
        get("child evaluations", "/v1/job/{child}/evaluations"),
        get("allocation", "/v1/allocation/{alloc}"),
        get("allocation prefix", "/v1/allocations?prefix={alloc}"),
        get("child", "/v1/job/{child}", until=Until("/Status", ("dead",))),
        get("child summary", "/v1/job/{child}/summary"),
        get("child versions", "/v1/job/{child}/versions"),
        get("child deployment", "/v1/job/{child}/deployment"),
        get("stdout", "/v1/client/fs/logs/{alloc}?task=train&type=stdout&plain=true"),
        get("stderr", "/v1/client/fs/logs/{alloc}?task=train&type=stderr&plain=true"),
        get("end", "/v1/client/fs/logs/{alloc}?task=train&type=stdout&plain=true&origin=end"
            "&offset=8"),
        get("offset", "/v1/client/fs/logs/{alloc}?task=train&type=stdout&plain=true&offset=4"
            "&origin=start"),
        get("framed", "/v1/client/fs/logs/{alloc}?task=train&type=stderr"),
        get("log type", "/v1/client/fs/logs/{alloc}?task=train&type=nope&plain=true"),
        get("log task", "/v1/client/fs/logs/{alloc}?task=nope&type=stdout&plain=true"),
        get("log origin", "/v1/client/fs/logs/{alloc}?task=train&type=stdout&origin=nope"),
        get("parent counts children", "/v1/jobs?prefix=contract-main&meta=true"),
        parse("parse changed", specs.MAIN.replace("= 64", "= 96", 1)),
        plan("plan changed", "contract-main", Ref("parse changed")),
        register("register changed", Ref("parse changed")),
        get("versions", "/v1/job/contract-main/versions"),
        Step("stop", "DELETE", "/v1/job/contract-main"),
        get("stopped", "/v1/job/contract-main", until=Until("/Status", ("dead",))),
        dispatch("dispatch stopped", {"Meta": {"run_name": "a"}}),
        plan("plan stopped", "contract-main", Ref("parse changed")),
        register("start again", Ref("parse changed")),
        Step("purge", "DELETE", "/v1/job/contract-main?purge=true"),
        get("gone", "/v1/job/contract-main"),
    ),
    jobs=("contract-main",),
    consul=True,
)  # fmt: skip

# What the dashboards and the rules ask for, and what stands beside it in the same families.
USED = (
    "nomad_client_allocated_cpu", "nomad_client_allocated_memory", "nomad_client_allocs_cpu_total_percent",
    "nomad_client_allocs_memory_allocated", "nomad_client_allocs_memory_usage",
    "nomad_client_host_cpu_total_percent", "nomad_client_host_disk_used_percent",
    "nomad_client_host_memory_available", "nomad_client_host_memory_total",
    "nomad_client_unallocated_cpu", "nomad_client_unallocated_memory", "nomad_client_uptime",
    "nomad_nomad_broker_total_waiting", "nomad_nomad_heartbeat_active",
    "nomad_nomad_job_status_running", "nomad_nomad_job_summary_complete",
    "nomad_nomad_job_summary_failed", "nomad_nomad_job_summary_queued",
    "nomad_nomad_job_summary_running", "nomad_raft_leader_oldestLogAge",
)  # fmt: skip

METRICS = Case(
    "metrics",
    (
        parse("parse", specs.small("contract-metrics", command="sleep 30",
                                   job='parameterized {\n meta_required = ["run_name"]\n}')),
        register("register", Ref("parse")),
        post("dispatch", "/v1/job/contract-metrics/dispatch", {"Meta": {"run_name": "a"}},
             capture=CHILD),
        complete("running", "/v1/job/{child}/allocations", status="running"),
        get("summaries", "/v1/metrics?format=prometheus", metrics=True, silent=True,
            until=Until("/nomad_nomad_job_summary_running/labels/0/0", ("dispatch_id",))),
        get("metrics", "/v1/metrics?format=prometheus", metrics=True, keep=USED,
            until=Until("/nomad_client_allocs_memory_usage/labels/0/0", ("alloc_id",))),
    ),
    jobs=("contract-metrics",),
)  # fmt: skip

FAILING = Case(
    "failing batch",
    (
        parse("parse", specs.small(
            "contract-fail", group=specs.RETRY, command="echo going; echo down >&2; exit 3")),
        register("register", Ref("parse")),
        complete("allocations", "/v1/job/contract-fail/allocations", status="failed"),
        get("allocation", "/v1/allocation/{alloc}"),
        get("job", "/v1/job/contract-fail", until=Until("/Status", ("dead",))),
        get("evaluations", "/v1/job/contract-fail/evaluations"),
        get("summary", "/v1/job/contract-fail/summary"),
        get("stderr", "/v1/client/fs/logs/{alloc}?task=t&type=stderr&plain=true"),
        plan("plan of a dead job", "contract-fail", Ref("parse")),
    ),
    jobs=("contract-fail",),
)  # fmt: skip

RESCHEDULED = Case(
    "rescheduled batch",
    (
        parse("parse", specs.small("contract-again", group=specs.AGAIN, command="exit 7")),
        register("register", Ref("parse")),
        get("second failed", "/v1/job/contract-again/summary", silent=True,
            until=Until("/Summary/g/Failed", (2,))),
        get("dead", "/v1/job/contract-again", until=Until("/Status", ("dead",))),
        get("allocations", "/v1/job/contract-again/allocations"),
        get("evaluations", "/v1/job/contract-again/evaluations"),
    ),
    jobs=("contract-again",),
)  # fmt: skip

ROLLING = Case(
    "rolling update",
    (
        parse("parse", specs.small("contract-roll", count="2", **{
            **specs.LONG, "task": specs.SERVICE.replace("contract-service", "contract-roll")})),
        register("register", Ref("parse")),
        get("deployed", "/v1/job/contract-roll/deployment",
            until=Until("/Status", ("successful",))),
        register("change", Ref("parse", put={"/TaskGroups/0/Tasks/0/Env": {"A": "1"}})),
        get("updated", "/v1/job/contract-roll/summary", silent=True,
            until=Until("/Summary/g/Complete", (2,))),
        get("updating", "/v1/job/contract-roll/deployment", silent=True,
            until=Until("/JobVersion", (1,))),
        get("deployed again", "/v1/job/contract-roll/deployment",
            until=Until("/Status", ("successful",))),
        get("allocations", "/v1/job/contract-roll/allocations"),
        register("in place", Ref("parse", put={
            "/TaskGroups/0/Tasks/0/Env": {"A": "1"},
            "/TaskGroups/0/Tasks/0/KillTimeout": 3_000_000_000})),
        get("changed in place", "/v1/job/contract-roll/deployment",
            until=Until("/JobVersion", (2,)), silent=True),
        get("healthy in place", "/v1/job/contract-roll/deployment",
            until=Until("/Status", ("successful",))),
        get("same allocations", "/v1/job/contract-roll/summary"),
        register("break", Ref("parse", put={
            "/TaskGroups/0/Update/ProgressDeadline": 0,
            "/TaskGroups/0/RestartPolicy/Attempts": 0,
            "/TaskGroups/0/Tasks/0/RestartPolicy/Attempts": 0,
            "/TaskGroups/0/Tasks/0/Config/args": ["-c", "exit 9"]})),
        get("broken", "/v1/job/contract-roll/deployment", until=Until("/Status", ("failed",))),
    ),
    jobs=("contract-roll",),
    consul=True,
)  # fmt: skip

NO_IMAGE = Case(
    "no image",
    (
        parse("parse", specs.small("contract-image", group=specs.ONCE)),
        register("register", Ref("parse", put={
            "/TaskGroups/0/Tasks/0/Config/image": "localhost:1/nope:1"})),
        complete("allocations", "/v1/job/contract-image/allocations", status="failed"),
        get("no logs", "/v1/client/fs/logs/{alloc}?task=t&type=stderr&plain=true"),
    ),
    jobs=("contract-image",),
)  # fmt: skip

BATCH = Case(
    "finished batch",
    (
        parse("parse", specs.small("contract-batch", group=specs.ONCE)),
        register("register", Ref("parse")),
        complete("allocations", "/v1/job/contract-batch/allocations"),
        get("dead", "/v1/job/contract-batch", until=Until("/Status", ("dead",))),
        plan("plan same", "contract-batch", Ref("parse")),
        register("register same", Ref("parse")),
        get("same version", "/v1/job/contract-batch", until=Until("/Status", ("dead",))),
        plan("plan count", "contract-batch", Ref("parse", put={"/TaskGroups/0/Count": 2})),
        plan("plan type", "contract-batch", Ref("parse", put={"/Type": "service"})),
        register("register type", Ref("parse", put={"/Type": "service"})),
        plan("plan parameterized", "contract-batch",
             Ref("parse", put={"/ParameterizedJob": {"Payload": "optional"}})),
        register("register parameterized",
                 Ref("parse", put={"/ParameterizedJob": {"Payload": "optional"}})),
        post("dispatch", "/v1/job/contract-batch/dispatch", {"Meta": {}}),
        register("version in the body", Ref("parse", put={"/Version": 99, "/Meta": {"a": "1"}})),
        get("version", "/v1/job/contract-batch", until=Until("/Status", ("dead",))),
        get("versions", "/v1/job/contract-batch/versions"),
    ),
    jobs=("contract-batch",),
)  # fmt: skip

SERVICE = Case(
    "service",
    (
        parse("parse", specs.small("contract-service", count="2", **specs.LONG)),
        plan("plan new", "contract-service", Ref("parse")),
        register("register", Ref("parse")),
        get("deployed", "/v1/job/contract-service/deployment",
            until=Until("/Status", ("successful",)), capture={"deployment": "/ID"}),
        get("deployment", "/v1/deployment/{deployment}"),
        get("deployments", "/v1/job/contract-service/deployments"),
        get("deployment allocations", "/v1/deployment/allocations/{deployment}"),
        get("evaluation", "/v1/evaluation/{eval}"),
        get("allocations", "/v1/job/contract-service/allocations"),
        get("job", "/v1/job/contract-service"),
        get("summary", "/v1/job/contract-service/summary"),
        plan("plan same", "contract-service", Ref("parse")),
        plan("plan count up", "contract-service", Ref("parse", put={"/TaskGroups/0/Count": 3})),
        plan("plan count zero", "contract-service", Ref("parse", put={"/TaskGroups/0/Count": 0})),
        plan("plan env", "contract-service",
             Ref("parse", put={"/TaskGroups/0/Tasks/0/Env": {"A": "1"}})),
        plan("plan tags", "contract-service",
             Ref("parse", put={"/TaskGroups/0/Tasks/0/Services/0/Tags": ["one", "two"]})),
        plan("plan kill timeout", "contract-service",
             Ref("parse", put={"/TaskGroups/0/Tasks/0/KillTimeout": 7_000_000_000})),
        plan("plan image", "contract-service",
             Ref("parse", put={"/TaskGroups/0/Tasks/0/Config/image": "other:1"})),
        plan("plan meta", "contract-service", Ref("parse", put={"/Meta": {"a": "1"}})),
        plan("plan another group", "contract-service",
             Ref("parse", put={"/TaskGroups/0/Name": "h"})),
        plan("plan spread", "contract-service", Ref("parse", put={"/Spreads": [
            {"Attribute": "${node.datacenter}", "Weight": 100, "SpreadTarget": None}]})),
        register("scale to zero", Ref("parse", put={"/TaskGroups/0/Count": 0})),
        get("scaled", "/v1/job/contract-service/summary",
            until=Until("/Summary/g/Complete", (2,))),
        register("scale to one", Ref("parse", put={"/TaskGroups/0/Count": 1})),
        get("scaled up", "/v1/job/contract-service/deployment",
            until=Until("/JobVersion", (2,)), silent=True),
        get("healthy again", "/v1/job/contract-service/deployment",
            until=Until("/Status", ("successful",))),
        Step("stop", "DELETE", "/v1/job/contract-service", capture={"eval": "/EvalID"}),
        get("stopped", "/v1/job/contract-service", until=Until("/Status", ("dead",))),
        get("stop evaluation", "/v1/evaluation/{eval}"),
        get("all complete", "/v1/job/contract-service/summary",
            until=Until("/Summary/g/Complete", (3,))),
        get("stopped allocations", "/v1/job/contract-service/allocations"),
        plan("plan stopped", "contract-service", Ref("parse")),
        Step("purge", "DELETE", "/v1/job/contract-service?purge=true"),
        get("gone", "/v1/job/contract-service"),
    ),
    jobs=("contract-service",),
    consul=True,
)  # fmt: skip

UNPLACEABLE = Case(
    "unplaceable",
    (
        parse("parse memory", specs.small("contract-big", memory="9000000")),
        plan("plan memory", "contract-big", Ref("parse memory")),
        register("register memory", Ref("parse memory")),
        get("evaluation memory", "/v1/evaluation/{eval}",
            until=Until("/Status", ("complete",)), capture={"blocked": "/BlockedEval"}),
        get("blocked evaluation", "/v1/evaluation/{blocked}"),
        get("job memory", "/v1/job/contract-big"),
        get("summary memory", "/v1/job/contract-big/summary"),
        get("allocations memory", "/v1/job/contract-big/allocations"),
        parse("parse constraint", specs.small("contract-never", job=specs.NEVER)),
        plan("plan constraint", "contract-never", Ref("parse constraint")),
        parse("parse datacenter",
              specs.small("contract-dc", job='datacenters = ["mars"]')),
        plan("plan datacenter", "contract-dc", Ref("parse datacenter")),
        register("register datacenter", Ref("parse datacenter")),
        get("evaluation datacenter", "/v1/evaluation/{eval}",
            until=Until("/Status", ("complete",))),
    ),
    jobs=("contract-big", "contract-never", "contract-dc"),
)  # fmt: skip

VOLUME = Case(
    "host volume",
    (
        parse("as written", specs.small("contract-volume", **specs.PERSISTENT), False),
        parse("parse", specs.small("contract-volume", **specs.PERSISTENT)),
        plan("plan new", "contract-volume", Ref("parse")),
        *(
            step
            for name, put in {
                "no source": {"/TaskGroups/0/Volumes/artifacts/Source": ""},
                "unknown type": {"/TaskGroups/0/Volumes/artifacts/Type": "floppy"},
                "no volume": {"/TaskGroups/0/Volumes": None},
                "another volume": {"/TaskGroups/0/Tasks/0/VolumeMounts/0/Volume": "other"},
                "unnamed volume": {"/TaskGroups/0/Tasks/0/VolumeMounts/0/Volume": ""},
            }.items()
            for step in refused(name, Ref("parse", put={"/ID": "contract-bad", **put}))
        ),
        plan("plan absent", "contract-volume",
             Ref("parse", put={"/TaskGroups/0/Volumes/artifacts/Source": "nowhere"})),
        register("register", Ref("parse")),
        complete("allocations", "/v1/job/contract-volume/allocations"),
        get("allocation", "/v1/allocation/{alloc}"),
        get("stdout", "/v1/client/fs/logs/{alloc}?task=t&type=stdout&plain=true"),
        get("job", "/v1/job/contract-volume", until=Until("/Status", ("dead",))),
        plan("plan same", "contract-volume", Ref("parse")),
        plan("plan read only", "contract-volume",
             Ref("parse", put={"/TaskGroups/0/Volumes/artifacts/ReadOnly": True})),
        plan("plan destination", "contract-volume",
             Ref("parse", put={"/TaskGroups/0/Tasks/0/VolumeMounts/0/Destination": "/other"})),
        parse("parse service", specs.small("contract-mounted", type="service",
                                           group=specs.VOLUME, task=specs.MOUNT, command="sleep 600")),
        register("register service", Ref("parse service")),
        complete("service running", "/v1/job/contract-mounted/allocations", status="running"),
        plan("plan service read only", "contract-mounted", Ref("parse service", put={
            "/TaskGroups/0/Volumes/artifacts/ReadOnly": True})),
        plan("plan service destination", "contract-mounted", Ref("parse service", put={
            "/TaskGroups/0/Tasks/0/VolumeMounts/0/Destination": "/other"})),
        parse("device", specs.small("contract-volume").replace(
            "cpu    = 50", 'cpu = 50\n device "nvidia/gpu" {\n }'), not_simulated="device"),
    ),
    jobs=("contract-volume", "contract-mounted", "contract-bad"),
)  # fmt: skip

BLOCKING = Case(
    "blocking",
    (
        parse("parse", specs.small("contract-wait", group=specs.ONCE, command="sleep 1")),
        register("register", Ref("parse")),
        get("wait for a change", "/v1/job/contract-wait/allocations?index=1&wait=2s",
            until=Until("/0/ClientStatus", ("complete",))),
        get("wait runs out", "/v1/job/contract-wait?index=99999999&wait=200ms"),
        get("stale", "/v1/jobs?prefix=contract-wait&stale="),
    ),
    jobs=("contract-wait",),
)  # fmt: skip

CASES = (
    AGENT, PARSE, VARIABLES, INVALID, MAIN, METRICS, FAILING, RESCHEDULED, NO_IMAGE, BATCH, SERVICE,
    ROLLING, UNPLACEABLE,
    BLOCKING, VOLUME, cases_sources.SOURCES, *cases_refused.CASES, *cases_objects.CASES,
    *cases_actions.CASES,
)  # fmt: skip
