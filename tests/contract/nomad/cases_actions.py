# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to a job that is there: scale, revert, evaluate, restart, and its deployments."""

from __future__ import annotations

import typing as t

from . import specs
from .asking import get, parse, plan, post, register
from .steps import Case, Ref, Step, Until

JOB, NONE = "/v1/job/contract-act", "/v1/job/contract-none"
NOBODY = "00000000-0000-0000-0000-000000000000"
SETTLED = ("successful",)


def scale(name: str, body: t.Any, job: str = JOB, **more: t.Any) -> Step:
    return post(name, f"{job}/scale", body, **more)


def to(count: t.Any, **more: t.Any) -> dict[str, t.Any]:
    return {"Count": count, "Target": {"Group": "g"}, **more}


def revert(name: str, body: t.Any, job: str = JOB) -> Step:
    return post(name, f"{job}/revert", body)


def evaluate(name: str, body: t.Any, job: str = JOB) -> Step:
    return post(name, f"{job}/evaluate", body)


def restart(name: str, body: t.Any, alloc: str = "{alloc}") -> Step:
    return post(name, f"/v1/client/allocation/{alloc}/restart", body)


def deployed(name: str, version: int, **more: t.Any) -> tuple[Step, Step]:
    return (
        get(f"{name} begun", f"{JOB}/deployment", silent=True,
            until=Until("/JobVersion", (version,))),
        get(name, f"{JOB}/deployment", until=Until("/Status", SETTLED), **more),
    )  # fmt: skip


LONG = {"type": "service", "command": "exec sleep 600", "job": specs.UPDATE,
        "task": 'kill_timeout = "1s"'}  # fmt: skip

ACTIONS = Case(
    "actions",
    (
        scale("scale missing", to(1), NONE),
        get("scaling missing", f"{NONE}/scale"),
        revert("revert missing", {"JobID": "contract-none", "JobVersion": 0}, NONE),
        evaluate("evaluate missing", {"JobID": "contract-none"}, NONE),
        parse("parse", specs.small("contract-act", **LONG)),
        register("register", Ref("parse")),
        *deployed("deployed", 0),
        get("scaling", f"{JOB}/scale"),
        scale("scale body", "[]"),
        scale("scale text", to("x")),
        scale("scale fraction", to(1.5)),
        scale("scale target list", {"Count": 1, "Target": []}),
        scale("scale group number", {"Count": 1, "Target": {"Group": 5}}),
        scale("scale message number", to(1, Message=5)),
        scale("scale no target", {"Count": 1}),
        scale("scale unknown group", {"Count": 1, "Target": {"Group": "nope"}}),
        scale("scale negative", to(-1)),
        scale("scale error with count", to(1, Error=True)),
        scale("scale no count", {"Target": {"Group": "g"}, "Message": "nothing"}),
        scale("scale", to(2, Message="more"), capture={"eval": "/EvalID"}),
        get("evaluation", "/v1/evaluation/{eval}", until=Until("/Status", ("complete",))),
        *deployed("scaled", 1),
        get("scaling after", f"{JOB}/scale"),
        get("scaled job", JOB),
        revert("revert body", "[]"),
        revert("revert version text", {"JobID": "contract-act", "JobVersion": "x"}),
        revert("revert id number", {"JobID": 5}),
        revert("revert another", {"JobID": "other", "JobVersion": 0}),
        revert("revert unknown", {"JobID": "contract-act", "JobVersion": 9}),
        revert("revert current", {"JobID": "contract-act", "JobVersion": 1}),
        revert("revert prior", {"JobID": "contract-act", "JobVersion": 0,
                                "EnforcePriorVersion": 77}),
        revert("revert", {"JobID": "contract-act", "JobVersion": 0, "EnforcePriorVersion": 1}),
        *deployed("reverted", 2),
        get("reverted job", JOB),
        evaluate("evaluate body", "[]"),
        evaluate("evaluate id number", {"JobID": 5}),
        evaluate("evaluate another", {"JobID": "other"}),
        evaluate("evaluate options text", {"JobID": "contract-act", "EvalOptions": "x"}),
        evaluate("evaluate", {"JobID": "contract-act"}),
        get("one left", f"{JOB}/summary", silent=True,
            until=Until("/Summary/g/Complete", (1,))),
        get("running", "/v1/allocations?filter=JobID+%3D%3D+%22contract-act%22+and+ClientStatus"
            "+%3D%3D+%22running%22", capture={"alloc": "/0/ID"}, silent=True,
            until=Until("/0/ClientStatus", ("running",))),
        restart("restart unknown task", {"TaskName": "nope"}),
        restart("restart nobody", {}, NOBODY),
        restart("restart no id", {}, "nope"),
        restart("restart task", {"TaskName": "t"}),
        get("restarted once", "/v1/allocation/{alloc}", silent=True,
            until=Until("/TaskStates/t/Restarts", (1,))),
        get("runs again", "/v1/allocation/{alloc}", silent=True,
            until=Until("/TaskStates/t/State", ("running",))),
        restart("restart all that runs", {}),
        get("restarted twice", "/v1/allocation/{alloc}", silent=True,
            until=Until("/TaskStates/t/Restarts", (2,))),
        get("restarted", "/v1/allocation/{alloc}",
            until=Until("/TaskStates/t/State", ("running",)), keep=("ClientStatus", "TaskStates")),
        get("allocations without states", "/v1/allocations?prefix={alloc}&task_states=false"),
        get("allocations by a word", "/v1/allocations?task_states=maybe"),
        get("checks", "/v1/client/allocation/{alloc}/checks"),
        Step("stop", "DELETE", JOB),
        get("stopped", f"{JOB}/summary", silent=True, until=Until("/Summary/g/Running", (0,))),
        restart("restart stopped", {}),
        restart("restart stopped task", {"TaskName": "t"}),
    ),
    jobs=("contract-act",),
)  # fmt: skip


def act(name: str, action: str, body: t.Any, deployment: str = "{deployment}") -> Step:
    return post(name, f"/v1/deployment/{action}/{deployment}", body)


CANARY = 'update {\n canary = 1\n min_healthy_time = "1s"\n healthy_deadline = "30s"\n}'
SELF = Ref("canary", "/ID")
HEALTHY = Until("/TaskGroups/g/HealthyAllocs", (1,))


def version(number: int) -> Ref:
    return Ref("parse", put={"/TaskGroups/0/Tasks/0/Env": {"V": str(number)}})


CANARIES = Case(
    "canaries",
    (
        parse("parse", specs.small("contract-act", count="2", **{**LONG, "job": CANARY})),
        register("register", version(0)),
        *deployed("deployed", 0, capture={"first": "/ID"}),
        act("promote ended", "promote", {"DeploymentID": Ref("deployed", "/ID"), "All": True},
            "{first}"),
        act("fail ended", "fail", {"DeploymentID": Ref("deployed", "/ID")}, "{first}"),
        act("pause ended", "pause", {"DeploymentID": Ref("deployed", "/ID"), "Pause": True},
            "{first}"),
        act("promote nobody", "promote", {"DeploymentID": NOBODY, "All": True}, NOBODY),
        plan("plan", "contract-act", version(1)),
        register("change", version(1)),
        get("begun", f"{JOB}/deployment", silent=True, until=Until("/JobVersion", (1,)),
            capture={"deployment": "/ID"}),
        get("canary", f"{JOB}/deployment", until=HEALTHY),
        get("allocations with canary", f"{JOB}/allocations"),
        plan("plan same", "contract-act", version(1)),
        plan("plan other", "contract-act", version(2)),
        scale("scale", to(3)),
        act("promote list", "promote", "[]"),
        act("promote number", "promote", {"DeploymentID": 5}),
        act("promote other", "promote", {"DeploymentID": "other", "All": True}),
        act("pause text", "pause", {"DeploymentID": SELF, "Pause": "x"}),
        act("promote no group", "promote", {"DeploymentID": SELF, "Groups": ["nope"]}),
        act("pause", "pause", {"DeploymentID": SELF, "Pause": True}),
        get("paused", "/v1/deployment/{deployment}"),
        act("resume", "pause", {"DeploymentID": SELF, "Pause": False}),
        get("resumed", "/v1/deployment/{deployment}"),
        act("promote", "promote", {"DeploymentID": SELF, "All": True}),
        get("promoted", f"{JOB}/deployment", until=Until("/Status", SETTLED)),
        get("old ones gone", f"{JOB}/summary", silent=True,
            until=Until("/Summary/g/Complete", (2,))),
        get("allocations after promotion", f"{JOB}/allocations"),
        register("change again", version(2)),
        get("begun again", f"{JOB}/deployment", silent=True, until=Until("/JobVersion", (2,)),
            capture={"deployment": "/ID"}),
        get("second canary", f"{JOB}/deployment", until=HEALTHY),
        act("fail", "fail", {"DeploymentID": Ref("second canary", "/ID")}),
        get("failed", "/v1/deployment/{deployment}"),
        get("canary gone", f"{JOB}/summary", silent=True,
            until=Until("/Summary/g/Complete", (3,))),
        get("allocations after failure", f"{JOB}/allocations"),
    ),
    jobs=("contract-act",),
)  # fmt: skip

CASES = (ACTIONS, CANARIES)
