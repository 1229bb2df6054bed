# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What all actions on a job do: ask once, never twice, and wait until the job has come up again."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field, replace

from .._errors import ApiError, ConflictError, FailedError, UserError, WaitTimeoutError
from .._wait import clock
from . import actions, report, wait, watch
from .answers import UnavailableError
from .runs import RunsClient
from .transport import Json


@dataclass
class Act:
    """One action: C(result) is what the module returns, C(patience) is for all its waits at once."""

    client: RunsClient
    job: Json
    result: Json
    patience: watch.Patience
    wait: bool
    warn: t.Callable[[str], None]
    now: t.Callable[[], float] = time.monotonic
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.now()

    @property
    def job_id(self) -> str:
        return str(self.job["ID"])

    @property
    def left(self) -> watch.Patience:
        gone = self.now() - self._began
        return replace(self.patience, timeout=max(0, round(self.patience.timeout - gone)))

    def sent(self, call: t.Callable[[], Json], arrived: t.Callable[[], bool]) -> None:
        """Keep the evaluation that the answer names, if it was not lost on its way."""
        try:
            answer = call()
        except UnavailableError:
            if not arrived():
                raise
            answer = {}
        except ApiError as error:
            if "Enforcing job modify index" in error.body or "enforcing version" in error.body:
                raise ConflictError(
                    f"Job {self.job_id} was modified concurrently: somebody else changed it while"
                    " it was looked at. Run the task again to act on what is there now."
                ) from error
            raise
        self.result["eval_id"] = answer.get("EvalID") or ""
        if "RevertedJobVersion" in answer and self.result["action"] == "fail":
            self.result["reverted_job_version"] = answer["RevertedJobVersion"]

    # Before

    def await_free(self) -> None:
        """Nomad scales no job whose deployment goes on."""
        timeout = self.left.timeout if self.wait else 0
        index, deployment = 0, None
        for left in clock(timeout, interval=watch.PACE):
            pause = min(left, watch.SLICE)
            found, index = self.client.deployments(self.job_id, index, pause)
            deployment = max(found, key=lambda d: int(d["CreateIndex"]), default=None)
            if not actions.active(deployment):
                return
            reason = actions.held_up(t.cast(Json, deployment))
            if reason:
                raise FailedError(
                    f"Job {self.job_id} has a deployment that keeps it from scaling: {reason}.",
                    {"deployment": deployment},
                )
        progress = report.deployment_progress(deployment or {})
        problem = f"Job {self.job_id} cannot be scaled while its deployment goes on ({progress})"
        if not self.wait:
            raise FailedError(f"{problem}. Set wait to true.", {"deployment": deployment})
        raise WaitTimeoutError(
            f"{problem}, and it had not ended after {timeout:g} seconds. Raise wait_timeout.",
            {"deployment": deployment},
        )

    def await_canaries(self, deployment: Json, groups: list[str]) -> None:
        """Nomad promotes no canaries that are not healthy."""
        if actions.canaries_ready(deployment, groups):
            return
        if not self.wait:
            raise UserError(
                f"action: the canaries of job {self.job_id} are not healthy yet"
                f" ({report.deployment_progress(deployment)}). Set wait to true."
            )
        try:
            self._watched(self.job, "promotion_ready")
        except FailedError as error:
            raise type(error)(str(error), {**error.details, "changed": False}) from error

    # After

    def come_up(self, goal: str = "auto") -> None:
        with watch.kept(self.result):
            job = self.client.find_job(self.job_id)
            if job is None:
                raise FailedError(f"Job {self.job_id} is gone: somebody removed it.", self.result)
            self.result["version"] = job["Version"]
            later = job.get("Periodic") or (job.get("ParameterizedJob") and not job["Dispatched"])
            if not self.wait or later:
                return
            try:
                self.result.update(self._watched(job, goal))
            except FailedError as error:
                details = {**self.result, **error.details, "changed": self.result["changed"]}
                raise type(error)(str(error), details) from error

    def settle(self) -> None:
        """Wait for what an earlier run began, as long as it moves by itself."""
        if self.wait and wait.unsettled(self.job):
            deployment = self.client.find_deployment(self.job_id)
            if deployment and actions.active(deployment) and not actions.held_up(deployment):
                self.come_up()

    def _watched(self, job: Json, goal: str) -> Json:
        patience = self.left
        aim = wait.target(job, self.result["eval_id"])
        verdict, seen = watch.until(self.client, goal, aim, patience)
        if verdict.outcome != wait.DONE:
            raise watch.failure(self.client, aim, goal, verdict, seen, patience)
        if verdict.note:
            self.warn(f"Job {self.job_id}: {verdict.note}")
        return watch.came_of(aim, seen)
