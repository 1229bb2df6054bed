# SPDX-License-Identifier: GPL-3.0-or-later
"""Plotly's script, which comes with its Python package; nothing of the package itself is needed."""

from __future__ import annotations

import functools
import importlib.util
import pathlib


@functools.cache
def plotly_script() -> str:
    """Found without importing the package: that takes longer than drawing a board."""
    found = importlib.util.find_spec("plotly")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(
            "the package plotly, whose script draws the charts, is not installed"
        )
    place = pathlib.Path(next(iter(found.submodule_search_locations)))
    return (place / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
