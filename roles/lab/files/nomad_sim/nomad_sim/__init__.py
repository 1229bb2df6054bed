# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for a Nomad agent where the real one cannot be had. See README.md."""

from __future__ import annotations

VERSION = "1.6.10"
SIMULATOR = "This is nomad_sim, a simulator of Nomad's HTTP API; it is not HashiCorp Nomad."
