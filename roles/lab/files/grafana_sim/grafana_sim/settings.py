# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings from the environment and grafana.ini, by the names that Grafana has for them."""

from __future__ import annotations

import configparser
import dataclasses
import pathlib
import re
import typing as t

from .profiles import PROFILES

# Section and key of each setting that has an effect here, with Grafana's default.
KNOWN: dict[tuple[str, str], str] = {
    ("paths", "data"): "/var/lib/grafana",
    ("paths", "provisioning"): "/etc/grafana/provisioning",
    ("server", "protocol"): "http",
    ("server", "http_addr"): "0.0.0.0",
    ("server", "http_port"): "3000",
    ("server", "cert_file"): "",
    ("server", "cert_key"): "",
    ("security", "admin_user"): "admin",
    ("security", "admin_password"): "admin",
    ("dashboards", "min_refresh_interval"): "5s",
    ("feature_toggles", "enable"): "",
}
CONFIG = "/etc/grafana/grafana.ini"


class SettingsError(Exception):
    """A setting that cannot be used; the simulator does not start."""


@dataclasses.dataclass(frozen=True)
class Settings:
    data: pathlib.Path
    provisioning: pathlib.Path
    protocol: str = "http"
    address: str = "127.0.0.1"
    port: int = 3000
    cert_file: str = ""
    cert_key: str = ""
    admin_user: str = "admin"
    admin_password: str = dataclasses.field(default="admin", repr=False)
    min_refresh: str = "5s"
    faults: bool = False
    profile: str = "10.1"
    nested_folders: bool = False
    without_effect: tuple[str, ...] = ()


def from_environment(environ: t.Mapping[str, str]) -> Settings:
    """The environment wins over the file, as in Grafana."""
    ini = _ini(environ.get("GF_PATHS_CONFIG", CONFIG))
    value = {name: _value(name, environ, ini) for name in KNOWN}
    if value["server", "protocol"] not in ("http", "https"):
        raise SettingsError(f"not simulated: protocol {value['server', 'protocol']}")
    return Settings(
        data=pathlib.Path(value["paths", "data"]),
        provisioning=pathlib.Path(value["paths", "provisioning"]),
        protocol=value["server", "protocol"],
        address=value["server", "http_addr"] or "0.0.0.0",
        port=_port(value["server", "http_port"]),
        cert_file=value["server", "cert_file"],
        cert_key=value["server", "cert_key"],
        admin_user=value["security", "admin_user"],
        admin_password=value["security", "admin_password"],
        min_refresh=value["dashboards", "min_refresh_interval"],
        faults=environ.get("MLOPS_LAB_FAULTS") == "1",
        profile=_profile(environ.get("MLOPS_LAB_GRAFANA", "10.1")),
        nested_folders="nestedFolders" in re.split(r"[,\s]+", value["feature_toggles", "enable"]),
        without_effect=_without_effect(environ, ini),
    )


def _ini(path: str) -> configparser.ConfigParser:
    ini = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        ini.read(path, encoding="utf-8")
    except configparser.Error as error:
        raise SettingsError(f"{path}: {error}") from error
    return ini


def _variable(name: tuple[str, str]) -> str:
    return "GF_" + "_".join(name).upper().replace(".", "_").replace("-", "_")


def _value(
    name: tuple[str, str], environ: t.Mapping[str, str], ini: configparser.ConfigParser
) -> str:
    variable = _variable(name)
    path = environ.get(f"{variable}__FILE")
    if path and variable in environ:
        raise SettingsError(f"both {variable} and {variable}__FILE are set (but are exclusive)")
    if path:
        return _secret(path, variable)
    return environ.get(variable, ini.get(*name, fallback=KNOWN[name]))


def _secret(path: str, variable: str) -> str:
    try:
        return pathlib.Path(path).read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise SettingsError(f"{variable}__FILE: {path}: {error.strerror}") from error


def _profile(name: str) -> str:
    if name not in PROFILES:
        raise SettingsError(f"MLOPS_LAB_GRAFANA is {name!r}, not one of {', '.join(PROFILES)}")
    return name


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingsError(f"http_port is no port: {text!r}")
    return int(text)


def _without_effect(
    environ: t.Mapping[str, str], ini: configparser.ConfigParser
) -> tuple[str, ...]:
    """What was configured and is not simulated, for the log and the page: no silent promise."""
    known = {_variable(name) for name in KNOWN} | {"GF_PATHS_CONFIG"}
    variables = {
        v for v in environ if v.startswith("GF_") and v.removesuffix("__FILE") not in known
    }
    keys = {
        f"[{section}] {key}"
        for section in ini.sections()
        for key in ini[section]
        if (section, key) not in KNOWN
    }
    return tuple(sorted(variables | keys))
