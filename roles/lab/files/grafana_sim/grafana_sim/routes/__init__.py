# SPDX-License-Identifier: GPL-3.0-or-later
"""One file for each part of the API; each ends with its rows of the table of routes."""
