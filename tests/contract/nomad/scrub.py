# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the recording machine out of the transcripts: its names, paths and hardware."""

from __future__ import annotations

import typing as t

from .steps import JSON

# Key -> what is written instead. Applied wherever the key occurs with a value of that type.
WRITE: dict[str, JSON] = {
    "kernel.version": "6.1.0",
    "cpu.modelname": "cpu",
    "unique.hostname": "nomad",
    "unique.storage.volume": "/dev/disk",
    "unique.consul.name": "consul",
    "nomad.revision": "revision",
    "consul.dc": "dc1",
    "Revision": "revision",
    "revision": "revision",
    "DataDir": "/opt/nomad/data",
    "PluginDir": "/opt/nomad/data/plugins",
    "Files": ["/etc/nomad.d/nomad.hcl"],
    "MacAddress": "02:42:ac:14:00:14",
}


def scrubbed(data: JSON) -> t.Any:
    if isinstance(data, dict):
        return {k: _written(k, v) for k, v in data.items()}
    return [scrubbed(v) for v in data] if isinstance(data, list) else data


def _written(key: str, value: JSON) -> JSON:
    if key == "HostVolumes" and isinstance(value, dict):
        return {name: {**one, "Path": f"/opt/nomad/{name}"} for name, one in value.items()}
    if key in WRITE and value and type(value) is type(WRITE[key]):
        return WRITE[key]
    return scrubbed(value)
