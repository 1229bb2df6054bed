# SPDX-License-Identifier: GPL-3.0-or-later
"""A README whose commands are followed."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
from pathlib import Path

PRELUDE = (
    f'docker-compose() {{ {os.environ.get("MLOPS_COMPOSE", "command docker-compose")} "$@"; }}\n'
)
ROOTS_OWN = "" if shutil.which("sudo") else 'sudo() { "$@"; }\n'


class Readme:
    """The commands of a README, by the heading that they stand under."""

    def __init__(self, directory: Path, images: t.Mapping[str, str]) -> None:
        self.directory = directory
        self.environment = {**images, **os.environ}
        self.sections: dict[str, list[str]] = {}
        heading = ""
        for line in (directory / "README.md").read_text().splitlines():
            if line.startswith("#"):
                heading = line.lstrip("# ")
            elif line.startswith("    "):
                self.sections.setdefault(heading, []).append(line.strip())

    def follow(self, heading: str, containing: str = "") -> list[str]:
        """Run the commands of one section, and return what each said."""
        return [self.run(line) for line in self.sections[heading] if containing in line]

    def run(self, command: str, **environment: str) -> str:
        done = subprocess.run(
            ["bash", "-ec", PRELUDE + ROOTS_OWN + command],
            cwd=self.directory,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout
