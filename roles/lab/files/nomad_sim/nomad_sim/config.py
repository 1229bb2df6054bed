# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's configuration: the same files as the real one reads."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import socket
import typing as t

from . import hcl1
from .errors import SpecError
from .shapes import Data, words

TOP = frozenset(
    words(
        "acl addresses advertise audit autopilot bind_addr client consul data_dir datacenter "
        "disable_anonymous_signature disable_update_check enable_debug enable_syslog "
        "http_api_response_headers leave_on_interrupt leave_on_terminate limits log_file "
        "log_include_location log_json log_level log_rotate_bytes log_rotate_duration "
        "log_rotate_max_files name plugin plugin_dir ports region reporting sentinel server "
        "syslog_facility telemetry tls ui vault keyring"
    )
)


class ConfigError(Exception):
    """The configuration cannot be used; the text says where and why."""


@dataclasses.dataclass
class AgentConfig:
    raw: Data
    files: list[str]

    def block(self, *path: str) -> Data:
        found: t.Any = self.raw
        for key in path:
            found = found.get(key) or {}
            found = found[-1] if isinstance(found, list) and found else found or {}
        return t.cast(Data, found)

    @property
    def data_dir(self) -> pathlib.Path:
        if not self.raw.get("data_dir"):
            raise ConfigError('Must specify "data_dir" config option or "data-dir" CLI flag')
        return pathlib.Path(self.raw["data_dir"])

    @property
    def name(self) -> str:
        return str(self.raw.get("name") or socket.gethostname())

    @property
    def datacenter(self) -> str:
        return str(self.raw.get("datacenter") or "dc1")

    @property
    def region(self) -> str:
        return str(self.raw.get("region") or "global")

    @property
    def bind_addr(self) -> str:
        return str(self.block("addresses").get("http") or self.raw.get("bind_addr") or "127.0.0.1")

    @property
    def http_port(self) -> int:
        return int(self.block("ports").get("http") or 4646)

    def advertised(self, kind: str, port: int) -> tuple[str, int]:
        address = str(self.block("advertise").get(kind) or "")
        host, _colon, own = address.partition(":")
        if not host:
            host = self.bind_addr if self.bind_addr != "0.0.0.0" else _address()
        return host, int(own or port)

    @property
    def advertise_http(self) -> tuple[str, int]:
        return self.advertised("http", self.http_port)

    @property
    def advertise_rpc(self) -> tuple[str, int]:
        return self.advertised("rpc", int(self.block("ports").get("rpc") or 4647))

    @property
    def server(self) -> bool:
        return bool(self.block("server").get("enabled"))

    @property
    def client(self) -> bool:
        return bool(self.block("client").get("enabled"))

    @property
    def tls(self) -> Data:
        """The tls block, where the API speaks TLS; else nothing."""
        tls = self.block("tls")
        return tls if tls.get("http") else {}

    @property
    def acl(self) -> bool:
        return bool(self.block("acl").get("enabled"))

    @property
    def consul_url(self) -> str:
        consul = self.block("consul")
        address = str(consul.get("address") or "127.0.0.1:8500")
        scheme = "https" if consul.get("ssl") else "http"
        return address if "://" in address else f"{scheme}://{address}"

    @property
    def consul_token(self) -> str:
        return str(self.block("consul").get("token") or "")

    @property
    def host_volumes(self) -> Data:
        """The directories of this host that jobs may mount, as the node shows them."""
        return {
            name: {
                "Name": name,
                "Path": str(one.get("path") or ""),
                "ReadOnly": bool(one.get("read_only")),
            }
            for name, one in self.block("client", "host_volume").items()
        }

    @property
    def docker(self) -> Data:
        """The config of the docker plugin."""
        plugin = self.block("plugin", "docker")
        return t.cast(Data, _last(plugin.get("config")) or {})


def _last(value: t.Any) -> t.Any:
    return value[-1] if isinstance(value, list) and value else value


def _address() -> str:
    """The address that the others see: the one of the default route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def load(paths: t.Sequence[str]) -> AgentConfig:
    files = [file for path in paths for file in _files(pathlib.Path(path))]
    if not files:
        raise ConfigError("no configuration files found")
    raw: Data = {}
    for file in files:
        for key, value in _read(file).items():
            if key not in TOP:
                raise ConfigError(f"Error parsing {file}: invalid config key: {key}")
            both = isinstance(raw.get(key), dict) and isinstance(value, dict)
            raw[key] = {**raw[key], **value} if both else value
    config = AgentConfig(raw, [str(f) for f in files])
    if not (config.server or config.client):
        raise ConfigError("Must specify either server, client or dev mode for the agent.")
    if not config.data_dir.is_absolute():
        raise ConfigError("data-dir must be given as an absolute path")
    if not all(volume["Path"] for volume in config.host_volumes.values()):
        raise ConfigError("Missing path in host_volume config")
    return config


def check_volumes(config: AgentConfig) -> None:
    """When the agent starts, each has to be there; a validation may be made anywhere."""
    for name, volume in config.host_volumes.items():
        if not pathlib.Path(volume["Path"]).exists():
            raise ConfigError(
                "error starting agent: client setup failed: node setup failed: failed to validate "
                f"volume {name}, err: stat {volume['Path']}: no such file or directory"
            )


def _files(path: pathlib.Path) -> list[pathlib.Path]:
    if path.is_dir():
        return sorted(p for p in path.iterdir() if p.suffix in (".hcl", ".json"))
    return [path]


def _read(file: pathlib.Path) -> Data:
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            return t.cast(Data, json.loads(text))
        return hcl1.read(text)
    except (OSError, SpecError, ValueError) as error:
        raise ConfigError(f"Error loading {file}: {error}") from error
