# SPDX-License-Identifier: GPL-3.0-or-later
"""A task as a container. Task config to Docker's options, and nothing that is not asked for."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from requests.exceptions import RequestException

from . import ports
from .errors import NotSimulated
from .shapes import Data, words

Bindings = dict[tuple[int, str], tuple[str, int]]
LABEL = "com.hashicorp.nomad.alloc_id"
MEGABYTE = 1024 * 1024
# What Nomad's driver leaves to containers unless its plugin block says otherwise.
ALLOWED_CAPS = frozenset(
    words(
        "audit_write chown dac_override fowner fsetid kill mknod net_bind_service setfcap setgid "
        "setpcap setuid sys_chroot"
    )
)


class DriverError(Exception):
    """A task could not be started; the text is what its event says."""


@dataclasses.dataclass(frozen=True)
class Exit:
    code: int
    oom: bool


class DockerDriver:
    def __init__(self, client: docker.DockerClient, plugin: Data) -> None:
        self.client = client
        self.plugin = plugin

    def has_image(self, image: str) -> bool:
        try:
            self.client.images.get(image)
        except ImageNotFound:
            return False
        return True

    def pull(self, image: str) -> None:
        name, _colon, tag = (
            image.rpartition(":") if ":" in image.rpartition("/")[2] else (image, "", "")
        )
        try:
            self.client.api.pull(name, tag=tag or "latest")
        except APIError as error:
            raise DriverError(
                f"Failed to pull `{image}`: API error ({error.status_code}): {error.explanation}"
            ) from error

    def start(self, alloc: Data, task: Data, config: Data, env: dict[str, str],
              binds: list[str]) -> str:  # fmt: skip
        """Create and start the container; its id."""
        published = self._published(config, ports.of(alloc))
        name = f"{task['Name']}-{alloc['ID']}"
        try:
            self.remove_named(name)
            host = self.client.api.create_host_config(
                **self._host(task, config, binds),
                port_bindings={
                    f"{port}/{protocol}": where for (port, protocol), where in published.items()
                },
            )
            made = self.client.api.create_container(
                config["image"],
                command=self._command(config),
                entrypoint=config.get("entrypoint"),
                environment=env,
                host_config=host,
                hostname=config.get("hostname"),
                labels={**self._labels(config), **self._extra_labels(alloc, task)},
                name=name,
                user=task["User"] or None,
                working_dir=config.get("work_dir"),
                networking_config=self._networking(config),
                ports=list(published),
            )
            self.client.api.start(made["Id"])
        except (APIError, RequestException) as error:
            text = getattr(error, "explanation", None) or str(error)
            raise DriverError(f"Failed to start container: {text}") from error
        return str(made["Id"])

    def _command(self, config: Data) -> list[str] | None:
        command = [config["command"]] if config.get("command") else []
        return [*command, *(config.get("args") or [])] or None

    def _labels(self, config: Data) -> dict[str, str]:
        labels = config.get("labels") or []
        rows = labels if isinstance(labels, list) else [labels]
        return {str(k): str(v) for row in rows for k, v in row.items()}

    def _extra_labels(self, alloc: Data, task: Data) -> dict[str, str]:
        """The allocation's id always, and what the plugin block asks for besides."""
        known = {
            "job_id": alloc["JobID"],
            "job_name": alloc["Job"]["Name"],
            "task_group_name": alloc["TaskGroup"],
            "task_name": task["Name"],
            "namespace": alloc["Namespace"],
            "node_name": alloc["NodeName"],
            "node_id": alloc["NodeID"],
        }
        asked = self.plugin.get("extra_labels") or []
        prefix = LABEL.rpartition(".")[0]
        return {LABEL: alloc["ID"], **{f"{prefix}.{k}": known[k] for k in asked if k in known}}

    def _networking(self, config: Data) -> Data | None:
        mode, aliases = config.get("network_mode"), config.get("network_aliases")
        if not aliases or not mode:
            return None
        endpoint = self.client.api.create_endpoint_config(aliases=aliases)
        return self.client.api.create_networking_config({mode: endpoint})

    def _published(self, config: Data, known: t.Mapping[str, Data]) -> Bindings:
        """The ports within, each with the address of this host that leads there."""
        found: Bindings = {}
        for label in config.get("ports") or []:
            if label not in known:
                image = config["image"]
                raise DriverError(
                    f'Failed to create container configuration for image "{image}" '
                    f'("{self.client.images.get(image).id}"): Port "{label}" not found, check '
                    "network block"
                )
            port = known[label]
            for protocol in ("tcp", "udp"):
                found[ports.inner(port), protocol] = (port["HostIP"], port["Value"])
        return {} if config.get("network_mode") == "host" else found

    def _host(self, task: Data, config: Data, binds: list[str]) -> Data:
        if config.get("volumes"):
            raise DriverError("volumes are not enabled; cannot mount host paths")
        if config.get("privileged"):
            raise DriverError("Docker privileged mode is disabled on this Nomad agent")
        memory = task["Resources"]["MemoryMB"] * MEGABYTE
        logs = task["LogConfig"]
        options: Data = {
            "binds": binds,
            "cap_drop": sorted({"net_raw", *(config.get("cap_drop") or [])}),
            "cap_add": self._caps(config),
            "cpu_shares": task["Resources"]["CPU"],
            "dns": config.get("dns_servers"),
            "extra_hosts": _hosts(config.get("extra_hosts")),
            "group_add": config.get("group_add"),
            "init": config.get("init"),
            "log_config": {
                "Type": "json-file",
                "Config": {
                    "max-file": str(logs["MaxFiles"]),
                    "max-size": f"{logs['MaxFileSizeMB']}m",
                },
            },
            "mem_limit": memory,
            "memswap_limit": memory,
            "network_mode": config.get("network_mode") or "bridge",
            "pids_limit": config.get("pids_limit") or self.plugin.get("pids_limit"),
            "read_only": bool(config.get("readonly_rootfs")),
            "security_opt": config.get("security_opt"),
            "shm_size": config.get("shm_size"),
            "tmpfs": _tmpfs(config),
        }
        return {k: v for k, v in options.items() if v not in (None, [], {})}

    def _caps(self, config: Data) -> list[str] | None:
        asked = [str(c).lower().removeprefix("cap_") for c in config.get("cap_add") or []]
        beyond = sorted(set(asked) - set(self.plugin.get("allow_caps") or ALLOWED_CAPS))
        if beyond:
            raise DriverError(
                "Docker driver doesn't have the following caps allow-listed on this Nomad agent: "
                f"[{' '.join(beyond)}]"
            )
        return asked or None

    def wait(self, container: str) -> Exit:
        """Until the container ends, also over restarts of the Docker daemon's connection."""
        result = self.client.api.wait(container, timeout=None)
        state = self.client.api.inspect_container(container)["State"]
        return Exit(int(result["StatusCode"]), bool(state["OOMKilled"]))

    def stop(self, container: str, timeout: float, signal: str) -> None:
        try:
            if signal:
                self.client.api.kill(container, signal)
                self.client.api.wait(container, timeout=max(timeout, 0.1))
        except (APIError, RequestException):
            pass  # it is stopped below; it may also be gone already
        with contextlib.suppress(NotFound):
            self.client.api.stop(container, timeout=0 if signal else max(1, round(timeout)))

    def exists(self, container: str) -> bool:
        try:
            self.client.api.inspect_container(container)
        except NotFound:
            return False
        return True

    def remove(self, container: str) -> None:
        with contextlib.suppress(NotFound):
            self.client.api.remove_container(container, force=True)

    def remove_named(self, name: str) -> None:
        self.remove(name)

    def address(self, container: str) -> str:
        networks = self.client.api.inspect_container(container)["NetworkSettings"]["Networks"]
        return next((n["IPAddress"] for n in networks.values() if n["IPAddress"]), "")

    def logs(self, container: str, stream: str) -> t.Iterator[bytes]:
        """Everything that the container has written and will write."""
        found = self.client.api.logs(
            container, stdout=stream == "stdout", stderr=stream == "stderr", stream=True,
            follow=True,
        )  # fmt: skip
        return t.cast(t.Iterator[bytes], found)

    def stats(self, container: str) -> Data:
        try:
            return t.cast(Data, self.client.api.stats(container, stream=False, one_shot=True))
        except (DockerException, RequestException):
            return {}


def _hosts(rows: list[str] | None) -> dict[str, str] | None:
    return dict(row.split(":", 1) for row in rows) if rows else None


def _tmpfs(config: Data) -> dict[str, str]:
    """The mounts of type tmpfs; a data directory of the host is not for tasks."""
    rows = [*(config.get("mount") or []), *(config.get("mounts") or [])]
    found = {}
    for row in rows:
        if row.get("type") != "tmpfs":
            raise NotSimulated(f"task config mount of type {row.get('type')}")
        options = row.get("tmpfs_options") or [{}]
        first = options[0] if isinstance(options, list) else options
        size = first.get("size")
        found[row["target"]] = f"size={size}" if size else ""
    return found
