# SPDX-License-Identifier: GPL-3.0-or-later
"""A preview of a board with live data: what it shows and where. It is not Grafana and does not look
like it to the pixel; it reads the same JSON and asks the same queries."""
