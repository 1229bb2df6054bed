# SPDX-License-Identifier: GPL-3.0-or-later
"""One task from its first event to its last: start, restarts, logs, stop."""

from __future__ import annotations

import random
import threading
import time
import typing as t

from docker.errors import DockerException
from requests.exceptions import RequestException

from . import events, taskenv
from .alloc_dir import AllocDir, LogWriter
from .docker_driver import DockerDriver, DriverError, Exit
from .errors import NotSimulated
from .placement import group_of
from .records import rfc3339
from .shapes import SECOND, Data
from .store import Store, now

Tell = t.Callable[[], None]
NEW_STATE: Data = {
    "Events": [], "Failed": False, "FinishedAt": None, "LastRestart": None, "Restarts": 0,
    "StartedAt": None, "State": "pending", "TaskHandle": None,
}  # fmt: skip
STREAMS = ("stdout", "stderr")
PROPAGATION = {"private": "rprivate", "host-to-task": "rslave", "bidirectional": "rshared"}


class TaskRunner:
    """C(tell) is called when the task's services may have to change."""

    def __init__(self, store: Store, driver: DockerDriver, directory: AllocDir, alloc_id: str,
                 task: Data, tell: Tell) -> None:  # fmt: skip
        self.store = store
        self.driver = driver
        self.directory = directory
        self.alloc_id = alloc_id
        self.task = task
        self.tell = tell
        self.stopping = threading.Event()
        self.asked_to_restart = False
        self.failures: list[float] = []

    @property
    def alloc(self) -> Data:
        return self.store.allocs[self.alloc_id]

    @property
    def state(self) -> Data:
        states = self.alloc.setdefault("TaskStates", {})
        return t.cast(Data, states.setdefault(self.task["Name"], {**NEW_STATE, "Events": []}))

    @property
    def notes(self) -> Data:
        """What a restarted agent needs to find the container again."""
        alloc = self.store.runtime.setdefault(self.alloc_id, {})
        return t.cast(Data, alloc.setdefault(self.task["Name"], {}))

    def emit(self, *what: Data, **state: t.Any) -> None:
        with self.store.write("allocs") as index:
            own = self.state
            own["Events"] = [*own["Events"], *what][-10:]
            own.update(state)
            settle(self.alloc, index)
        self.tell()

    def run(self) -> None:
        container = self.notes.get("container")
        if not container:
            self.emit(events.received(), events.setup())
        elif not self.driver.exists(container):
            container = None
        while not self.stopping.is_set():
            try:
                container = container or self.start()
                result: Exit | None = self.follow(container)
            except DriverError as error:
                self.emit(events.driver_failure(str(error)))
                result = None
            container = None
            if not self.again(result):
                return
        if self.state["State"] != "dead":
            self.emit(State="dead", FinishedAt=rfc3339(now()))

    def start(self) -> str:
        node, task = self.store.node(), self.task
        env = taskenv.environment(self.alloc, task, node)
        config = taskenv.interpolate(task["Config"] or {}, env, node)
        image = config.get("image") or ""
        binds = [*self.directory.build(task["Name"]), *volume_binds(self.alloc, task, node)]
        payload = self.alloc["Job"].get("Payload")
        if task["DispatchPayload"] and payload:
            self.directory.write_payload(task["Name"], task["DispatchPayload"]["File"], payload)
        if config.get("force_pull") or not self.driver.has_image(image):
            self.emit(events.downloading(image))
            self.driver.pull(image)
        own = {**task, "User": taskenv.interpolate(task["User"], env, node)}
        try:
            container = self.driver.start(self.alloc, own, config, env, binds)
        except NotSimulated as error:
            raise DriverError(error.text) from error
        self.notes.update(container=container, address=self.driver.address(container))
        self.notes["offsets"] = {s: self.writer(s).size() for s in STREAMS}
        self.emit(events.started(), State="running", StartedAt=rfc3339(now()))
        return container

    def writer(self, stream: str) -> LogWriter:
        return LogWriter(self.directory, self.task["Name"], stream, self.task["LogConfig"])

    def follow(self, container: str) -> Exit:
        """Copy the logs until the container ends."""
        copies = [
            threading.Thread(target=self.copy, args=(container, s), daemon=True) for s in STREAMS
        ]
        for copy in copies:
            copy.start()
        result = self.driver.wait(container)
        for copy in copies:
            copy.join(timeout=5)
        self.driver.remove(container)
        self.notes["container"] = None
        return result

    def copy(self, container: str, stream: str) -> None:
        """Skip what an agent before this one has written already."""
        writer = self.writer(stream)
        writer.touch()
        skip = writer.size() - self.notes["offsets"][stream]
        try:
            for chunk in self.driver.logs(container, stream):
                if skip < len(chunk):
                    writer.append(chunk[max(skip, 0) :])
                skip -= len(chunk)
        except (DockerException, RequestException):
            return  # the container is gone; its end is told by wait

    def again(self, result: Exit | None) -> bool:
        """Record how it ended; whether the task is to be started once more."""
        done = events.terminated(result.code, result.oom) if result else None
        ended = [done] if done else []
        if self.stopping.is_set():
            self.emit(*ended, events.killed(), State="dead", FinishedAt=rfc3339(now()))
            return False
        if self.asked_to_restart:
            self.asked_to_restart = False
            self.emit(*ended, events.restarting(0, ""), State="pending",
                      LastRestart=rfc3339(now()), Restarts=self.state["Restarts"] + 1)  # fmt: skip
            return True
        batch = self.alloc["Job"]["Type"] == "batch"
        if batch and result is not None and result.code == 0:
            self.emit(*ended, State="dead", FinishedAt=rfc3339(now()))
            return False
        delay = self.delay()
        if delay is None:
            policy = self.task["RestartPolicy"]
            reason = events.exceeded(policy["Attempts"], policy["Interval"])
            last = events.not_restarting(reason)
            self.emit(*ended, last, State="dead", Failed=True, FinishedAt=rfc3339(now()))
            return False
        self.emit(*ended, events.restarting(delay), State="pending", LastRestart=rfc3339(now()),
                  Restarts=self.state["Restarts"] + 1)  # fmt: skip
        self.stopping.wait(delay / SECOND)
        return True

    def delay(self) -> int | None:
        """How long to wait before the next start; None where the policy allows none."""
        policy = self.task["RestartPolicy"]
        moment = time.monotonic()
        window = policy["Interval"] / SECOND
        self.failures = [f for f in self.failures if moment - f < window]
        jitter = round(policy["Delay"] * random.uniform(0, 0.25))
        if len(self.failures) < policy["Attempts"]:
            self.failures.append(moment)
            return int(policy["Delay"]) + jitter
        if policy["Mode"] == "delay" and policy["Attempts"]:
            left = window - (moment - self.failures[0])
            self.failures = []
            return round(left * SECOND) + jitter
        return None

    def restart(self, reason: str) -> bool:
        """End the container, so that the task starts once more; False where none runs."""
        container = self.notes.get("container")
        if self.state["State"] != "running" or not container or self.stopping.is_set():
            return False
        self.asked_to_restart = True
        self.emit(events.restart_signaled(reason))
        self.driver.stop(container, self.task["KillTimeout"] / SECOND, self.task["KillSignal"])
        return True

    def stop(self) -> None:
        if self.stopping.is_set():
            return
        self.stopping.set()
        container = self.notes.get("container")
        if self.state["State"] != "dead":
            self.emit(events.killing(self.task["KillTimeout"]))
        if container:
            self.driver.stop(container, self.task["KillTimeout"] / SECOND, self.task["KillSignal"])


def volume_binds(alloc: Data, task: Data, node: Data) -> list[str]:
    """The node's directories that the task mounts; read-only where any of the three says so."""
    volumes, offered = group_of(alloc)["Volumes"] or {}, node["HostVolumes"] or {}
    binds = []
    for mount in task["VolumeMounts"] or []:
        asked = volumes[mount["Volume"]]
        volume = offered[asked["Source"]]
        closed = volume["ReadOnly"] or asked["ReadOnly"] or mount["ReadOnly"]
        mode = PROPAGATION[mount["PropagationMode"] or "private"]
        how = f"{'ro' if closed else 'rw'},{mode}"
        binds.append(f"{volume['Path']}:{mount['Destination']}:{how}")
    return binds


def settle(alloc: Data, index: int) -> None:
    """The allocation's status follows from its tasks'."""
    states = list(alloc["TaskStates"].values())
    if any(s["Failed"] for s in states):
        status = "failed", "Failed tasks"
    elif all(s["State"] == "dead" for s in states):
        status = "complete", "All tasks have completed"
    elif any(s["State"] == "running" for s in states):
        status = "running", "Tasks are running"
    else:
        status = "pending", "No tasks have started"
    alloc.update(ClientStatus=status[0], ClientDescription=status[1])
    alloc.update(ModifyIndex=index, ModifyTime=now())
    alloc.setdefault("NetworkStatus", {"Address": "", "DNS": None, "InterfaceName": ""})
