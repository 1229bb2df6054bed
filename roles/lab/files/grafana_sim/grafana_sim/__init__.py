# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for grafana/grafana:10.1.0 in the lab: the HTTP API that the collection uses, no more."""

from __future__ import annotations

VERSION = "10.1.0"
NAME = "grafana_sim"
NOTICE = "This is grafana_sim, a simulator for the lab. It is not Grafana."
