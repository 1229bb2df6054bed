# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run was made with: enough to tell why another one gave other numbers."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from trainer import files

APP = Path(__file__).parents[1]
_LIBRARIES = ("numpy", "scikit-learn", "prometheus-client")
_PLACE = ("NOMAD_ALLOC_ID", "NOMAD_JOB_ID", "NOMAD_DC", "NOMAD_REGION")


def describe(env: Mapping[str, str]) -> dict[str, object]:
    blas = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    return {
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "blas": {"name": blas.get("name"), "version": blas.get("version")},
        "blas_threads": env.get("OPENBLAS_NUM_THREADS"),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "image": env.get("MLOPS_IMAGE") or None,
        "sources_sha256": sources_sha256(),
        "nomad": {name: env[name] for name in _PLACE if name in env},
    }


def sources_sha256() -> str:
    """One digest for all files of the program."""
    paths = sorted([*APP.glob("*.py"), *APP.glob("trainer/*.py")])
    lines = [f"{path.relative_to(APP)} {files.sha256(path)}\n" for path in paths]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
