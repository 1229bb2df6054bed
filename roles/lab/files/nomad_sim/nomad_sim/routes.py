# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluations, allocations, logs, status and the agent."""

from __future__ import annotations

import base64
import json
import typing as t

from starlette.responses import PlainTextResponse, Response

from . import SIMULATOR, VERSION, agent_self, records
from .client import Client
from .config import AgentConfig
from .errors import ApiError, NotSimulated, check_uuid
from .filters import chosen
from .metrics import Metrics
from .placement import group_of
from .shapes import Data
from .store import Store
from .web import Call, Missing, answer, check_method, read

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>nomad_sim</title></head><body>
<h1>nomad_sim: a simulator</h1>
<p>{text}</p>
<p>It answers the API of Nomad {version} as far as this lab needs it: <a href="/v1/jobs">jobs</a>,
<a href="/v1/nodes">nodes</a>, <a href="/v1/metrics?format=prometheus">metrics</a>.
Anything else is answered with 501 and the words "not simulated".</p>
</body></html>
"""


class Routes:
    def __init__(self, store: Store, config: AgentConfig, client: Client, metrics: Metrics) -> None:
        self.store = store
        self.config = config
        self.client = client
        self.metrics = metrics

    def page(self, call: Call) -> Response:
        text = PAGE.format(text=SIMULATOR, version=VERSION)
        return Response(text, media_type="text/html; charset=utf-8")

    def leader(self, call: Call) -> Response:
        return answer(":".join(map(str, self.config.advertise_rpc)))

    def peers(self, call: Call) -> Response:
        return answer([":".join(map(str, self.config.advertise_rpc))])

    def regions(self, call: Call) -> Response:
        return answer([self.config.region])

    def health(self, call: Call) -> Response:
        kinds = [call.get("type")] if call.get("type") else ["client", "server"]
        ok = {"message": "ok", "ok": True}
        return answer({k: ok for k in kinds if getattr(self.config, k, False)})

    def self(self, call: Call) -> Response:
        with self.store.reading():
            return answer(agent_self.describe(self.config, self.store))

    def members(self, call: Call) -> Response:
        return answer(agent_self.members(self.config))

    def prometheus(self, call: Call) -> Response:
        if call.get("format") != "prometheus":
            raise NotSimulated("/v1/metrics without format=prometheus")
        return PlainTextResponse(
            self.metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8"
        )

    def _one(self, call: Call, table: str, lookup: str, missing: str) -> Response:
        check_uuid(call.rest, lookup)

        def query() -> tuple[t.Any, int]:
            found = getattr(self.store, table).get(call.rest)
            if found is None:
                raise Missing(missing, self.store.table_index[table])
            return records.public(found), found["ModifyIndex"]

        return read(self.store, call, query)

    def evaluation(self, call: Call) -> Response:
        if call.rest.endswith("/allocations"):
            eval_id = call.rest.partition("/")[0]
            return self._allocs(call, lambda a: a["EvalID"] == eval_id)
        lookup = "failed to lookup eval: eval lookup failed"
        return self._one(call, "evals", lookup, "eval not found")

    def evaluations(self, call: Call) -> Response:
        prefix, job = call.get("prefix"), call.get("job")
        fits = chosen(call.get("filter"), "evals")

        def query() -> tuple[t.Any, int]:
            found = sorted(self.store.evals.items()) if call.has_jobs else []
            rows = [
                records.public(e) for k, e in found
                if k.startswith(prefix) and job in ("", e["JobID"]) and fits(e)
            ]  # fmt: skip
            return rows, self.store.table_index["evals"]

        return read(self.store, call, query)

    def allocation(self, call: Call) -> Response:
        return self._one(call, "allocs", "alloc lookup failed", "alloc not found")

    def allocations(self, call: Call) -> Response:
        prefix, fits = call.get("prefix"), chosen(call.get("filter"), "allocs")
        states = call.flag("task_states", default=True)

        def wanted(alloc: Data) -> bool:
            """Those of a purged job are gone, though here they are still kept."""
            job = self.store.jobs.get(alloc["JobID"])
            there = job is not None and job["CreateIndex"] == alloc["Job"]["CreateIndex"]
            return call.has_jobs and there and alloc["ID"].startswith(prefix) and fits(alloc)

        return self._allocs(call, wanted, states)

    def client_allocation(self, call: Call) -> Response:
        """/v1/client/allocation/:id/..."""
        alloc_id, _slash, what = call.rest.partition("/")
        if what == "checks" and not call.writes:
            # Only services of Nomad's own have them.
            return answer(None)
        if what != "restart":
            raise NotSimulated(f"/v1/client/allocation/:id/{what}")
        check_method(call, writes=True)
        self._restart(alloc_id, call.body("api.AllocationRestartRequest") if call.raw else {})
        return answer({"Index": 0})

    def _restart(self, alloc_id: str, asked: Data) -> None:
        check_uuid(alloc_id, "alloc lookup failed")
        with self.store.reading():
            alloc = self.store.allocs.get(alloc_id)
        if alloc is None:
            raise ApiError(404, f"Unknown allocation {json.dumps(alloc_id)}")
        if asked.get("AllTasks"):
            raise NotSimulated("AllTasks")
        task = asked.get("TaskName", "")
        if task and task not in [x["Name"] for x in group_of(alloc)["Tasks"]]:
            raise ApiError(500, f"Could not find task runner for task: {task}")
        if not task and alloc["DesiredStatus"] != "run":
            raise ApiError(500, "restart of an alloc that should not run")
        self.client.restart(alloc_id, task)

    def _allocs(
        self, call: Call, wanted: t.Callable[[Data], bool], states: bool = True
    ) -> Response:
        def query() -> tuple[t.Any, int]:
            found = [a for _id, a in sorted(self.store.allocs.items()) if wanted(a)]
            at = self.store.newest("allocs", found)
            rows = [records.stub(a) for a in found]
            return rows if states else [{**row, "TaskStates": None} for row in rows], at

        return read(self.store, call, query)

    def logs(self, call: Call) -> Response:
        """The text of a task's log, or one frame of it; following is not simulated."""
        task, kind = _log_asked(call)
        with self.store.reading():
            alloc = self.store.allocs.get(call.rest)
        plain = call.flag("plain")
        headers = {"Content-Type": "text/plain" if plain else "application/json"}
        if alloc is None:
            text = f"Unknown allocation {json.dumps(call.rest)}"
            raise ApiError(404, text, headers)
        if task not in [x["Name"] for x in group_of(alloc)["Tasks"]]:
            raise ApiError(400, f"unknown task name {json.dumps(task)}", headers)
        directory = self.client.directory(call.rest)
        files = directory.files(task, kind)
        if not files:
            text = f"task {json.dumps(task)} not started yet. No logs available"
            raise ApiError(404, text, headers)
        data = _part(directory.read(task, kind), call)
        if plain:
            return Response(data, headers=headers)
        name = f"alloc/logs/{files[-1].name}"
        frame = {"Data": base64.b64encode(data).decode(), "File": name, "Offset": len(data)}
        return answer(frame if data else {})


def _log_asked(call: Call) -> tuple[str, str]:
    """The task and the stream of a request for logs, once all of it is right."""
    if not call.get("task"):
        raise ApiError(400, "must provide task name")
    if call.get("type") not in ("stdout", "stderr"):
        raise ApiError(400, "must provide log type (stdout/stderr)")
    if call.get("origin", "start") not in ("start", "end"):
        raise ApiError(400, "origin must be start or end")
    if call.flag("follow"):
        raise NotSimulated("logs with follow")
    return call.get("task"), call.get("type")


def _part(data: bytes, call: Call) -> bytes:
    try:
        offset = int(call.get("offset", "0"))
    except ValueError as error:
        raise ApiError(400, f"error parsing offset: {error}") from error
    if call.get("origin") == "end":
        return data[max(0, len(data) - offset) :]
    return data[offset:]
