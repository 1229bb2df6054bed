# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills site.yml on the hosts of the scenario: python -m tests.cluster.convergence --sample 10

What it does and takes is said in tests/stack/convergence.py. The hosts have to be there: molecule create -s cluster.
What the runs tell is kept where tests/cluster/leaks.py looks for secrets.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[2]))
from tests.cluster.hosts import HOME
from tests.cluster.plays import RECORDS
from tests.stack import convergence


def main() -> int:
    os.environ["MOLECULE_EPHEMERAL_DIRECTORY"] = str(HOME)
    own = [f"--inventory={HOME}/hosts", f"--secrets={HOME}/secrets", f"--record={RECORDS}"]
    return convergence.main([*own, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
