# SPDX-License-Identifier: GPL-3.0-or-later
"""The client half of the agent: a runner for each allocation, and what follows from its end."""

from __future__ import annotations

import logging
import pathlib
import threading
import time
import typing as t

from . import reschedule
from .alloc_dir import AllocDir
from .docker_driver import DockerDriver
from .errors import ApiError
from .placement import group_of
from .scheduler import Scheduler
from .status import refresh_status
from .store import Store
from .task_runner import TaskRunner

LOG = logging.getLogger("nomad_sim.client")
KEEP_ALLOCS = 50


class Client:
    def __init__(self, store: Store, driver: DockerDriver, data_dir: pathlib.Path,
                 tell: t.Callable[[], None]) -> None:  # fmt: skip
        self.store = store
        self.driver = driver
        self.data_dir = data_dir
        self.tell = tell
        self.scheduler: Scheduler | None = None
        self.runners: dict[str, list[TaskRunner]] = {}

    def restore(self) -> None:
        """Take up what an agent before this one has left running."""
        for alloc in list(self.store.allocs.values()):
            if alloc["ClientStatus"] not in ("pending", "running"):
                continue
            self.start(alloc["ID"])
            if alloc["DesiredStatus"] == "stop":
                self.stop(alloc["ID"])

    def start(self, alloc_id: str) -> None:
        alloc = self.store.allocs[alloc_id]
        directory = self.directory(alloc_id)
        runners = [
            TaskRunner(self.store, self.driver, directory, alloc_id, task, self.tell)
            for task in group_of(alloc)["Tasks"]
        ]
        self.runners[alloc_id] = runners
        threading.Thread(target=self._run, args=(alloc_id, runners), daemon=True).start()

    def directory(self, alloc_id: str) -> AllocDir:
        return AllocDir(self.data_dir, alloc_id)

    def _run(self, alloc_id: str, runners: list[TaskRunner]) -> None:
        threads = [threading.Thread(target=r.run, daemon=True) for r in runners]
        for thread in threads:
            thread.start()
        self._watch(runners, threads)
        self.runners.pop(alloc_id, None)
        self.finished(alloc_id)

    def _watch(self, runners: list[TaskRunner], threads: list[threading.Thread]) -> None:
        """A failed task, or the end of the leader, takes its siblings with it."""
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.05)
            ended = [r for r in runners if not threads[runners.index(r)].is_alive()]
            if any(r.state["Failed"] or r.task["Leader"] for r in ended):
                for runner in runners:
                    if runner not in ended:
                        runner.stop()

    def stop(self, alloc_id: str) -> None:
        for runner in self.runners.get(alloc_id, []):
            threading.Thread(target=runner.stop, daemon=True).start()

    def restart(self, alloc_id: str, task: str) -> None:
        """One task, or each that runs."""
        runners = self.runners.get(alloc_id, [])
        if task:
            reason = "User requested task to restart"
            runners = [r for r in runners if r.task["Name"] == task]
        else:
            reason = "User requested running tasks to restart"
        if not [r for r in runners if r.restart(reason)]:
            raise ApiError(500, "Task not running")

    def finished(self, alloc_id: str) -> None:
        """The allocation is terminal: the job's status, a reschedule, and room for others."""
        assert self.scheduler is not None
        with self.store.changed:
            alloc = self.store.allocs.get(alloc_id)
            if alloc is not None:
                with self.store.write("allocs", "jobs", "evals") as index:
                    refresh_status(self.store, alloc["JobID"], index)
                    follow = reschedule.after_failure(self.store, alloc, index)
                if follow is not None:
                    self._later(follow)
        self.scheduler.unblock()
        self.collect()

    def _later(self, follow: reschedule.FollowUp) -> None:
        assert self.scheduler is not None
        timer = threading.Timer(follow.seconds, self._follow_up, args=(follow,))
        timer.daemon = True
        timer.start()

    def _follow_up(self, follow: reschedule.FollowUp) -> None:
        assert self.scheduler is not None
        with self.store.write("evals", "allocs"):
            reschedule.ripe(self.store, follow)
        self.scheduler.queue.put(follow.eval_id)

    def resume_follow_ups(self) -> None:
        """Reschedules that an agent before this one has only promised."""
        for follow in reschedule.pending(self.store):
            self._later(follow)

    def collect(self) -> None:
        """Remove the directories of the oldest ended allocations, as gc_max_allocs does."""
        with self.store.changed:
            ended = [
                a for a in self.store.allocs.values()
                if a["ClientStatus"] not in ("pending", "running")
            ]  # fmt: skip
            ended.sort(key=lambda a: -a["ModifyIndex"])
        for alloc in ended[KEEP_ALLOCS:]:
            LOG.info("removing the directory of allocation %s", alloc["ID"])
            self.directory(alloc["ID"]).remove()
