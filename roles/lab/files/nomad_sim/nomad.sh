#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The simulator under the name of the binary that it stands in for.
export PYTHONPATH=/opt/nomad_sim/src PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
exec /opt/nomad_sim/bin/python -m nomad_sim "$@"
