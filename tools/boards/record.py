# SPDX-License-Identifier: GPL-3.0-or-later
"""Note which metrics a real server has, from a Prometheus that has scraped it through every event:

python -m boards.record http://127.0.0.1:9090 nomad nomad-1.6.10
"""

from __future__ import annotations

import argparse
import json
import re
import urllib.parse
import urllib.request

from .prove import NAMES

# Named after what happens to be registered; no board can ask for them.
ACCIDENTAL = re.compile(r":|_federation_state_|consul_http_[A-Z]")


def main() -> None:
    parser = argparse.ArgumentParser(prog="boards.record", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("job", help="the scrape job")
    parser.add_argument("file", help="name and version of the server")
    asked = parser.parse_args()
    wanted = urllib.parse.urlencode({"match[]": f'{{job="{asked.job}"}}'})
    url = f"{asked.url.rstrip('/')}/api/v1/label/__name__/values?{wanted}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        names = [name for name in json.load(answer)["data"] if not ACCIDENTAL.search(name)]
    (NAMES / f"{asked.file}.txt").write_text("\n".join(sorted(names)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
