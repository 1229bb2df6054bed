# SPDX-License-Identifier: GPL-3.0-or-later
"""Let ansible-test make its environments where its own server cannot be reached.

It wants a get-pip.py of a certain version from ci-files.testing.ansible.com and keeps it in a
cache. Without that server, a stand-in that uses Python's own ensurepip is put into the cache.
"""

from __future__ import annotations

import pathlib
import re
import urllib.error
import urllib.request

from ansible_test._internal import python_requirements

URL = "https://ci-files.testing.ansible.com/ansible-test/get-pip-{}.py"
CACHE = pathlib.Path("~/.ansible/test/cache").expanduser()
STAND_IN = """\
import os
import subprocess
import sys

os.environ.pop("GET_PIP", None)
wanted = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"])
subprocess.check_call([sys.executable, "-m", "pip", "install", *wanted])
"""


def reachable(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, TimeoutError):
        return False


def main() -> None:
    source = pathlib.Path(python_requirements.__file__).read_text()
    versions = set(re.findall(r"^\s+pip='([0-9.]+)'", source, re.MULTILINE))
    missing = {CACHE / f"get_pip_{v.replace('.', '_')}.py": v for v in versions}
    for path, version in missing.items():
        if not path.exists() and not reachable(URL.format(version)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(STAND_IN)


if __name__ == "__main__":
    main()
