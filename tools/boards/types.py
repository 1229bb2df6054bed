# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the committed boards with tsc against Grafana's own types, of the oldest and the newest version.

The types are npm's @grafana/schema, pinned in grafana_types; npm ci there comes first.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import tempfile
import typing as t

from .__main__ import DIRECTORY
from .model import Json

HERE = pathlib.Path(__file__).parent / "grafana_types"
KINDS = {
    "bargauge": "BarGauge",
    "stat": "Stat",
    "state-timeline": "StateTimeline",
    "table": "Table",
    "timeseries": "TimeSeries",
}
# The types are of the program: enums where the JSON has their texts, and what has a default required.
# A board's style and a variable's id, which 10.1 demands, 13 refuses; an annotation's query neither knows.
PREAMBLE = """
type Wire<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T
  : T extends Array<infer One> ? Array<Wire<One>> : { [K in keyof T]: Wire<T[K]> };
type Mark = Wire<AnnotationQuery> & { expr?: string; step?: string; tagKeys?: string; textFormat?: string;
  titleFormat?: string; useValueForTime?: boolean };
type Choice = Omit<Wire<VariableModel>, 'id'> & { allValue?: string; definition?: string; includeAll?: boolean;
  regex?: string; sort?: number };
type Board = Omit<Wire<Dashboard>, 'annotations' | 'id' | 'panels' | 'style' | 'templating'> & {
  annotations: { list: Mark[] };
  panels: Array<Wire<Panel> | Wire<RowPanel>>;
  templating: { list: Choice[] };
};
"""


def program(version: str) -> str:
    """The TypeScript that compiles where every board is of the type."""
    package = f"grafana-schema-{version}"
    raw, names = _places(package)
    lines = [
        "import type { AnnotationQuery, Dashboard, Panel, RowPanel, VariableModel } from "
        f"'{raw}/dashboard/x/{names('dashboard')}';"
    ]
    for kind, name in KINDS.items():
        place = f"{raw}/composable/{name.lower()}/panelcfg/x/{names(f'{name}PanelCfg')}"
        known = f"Options as {name}Options"
        if kind in ("timeseries", "state-timeline"):
            known += f", FieldConfig as {name}Custom"
        lines.append(f"import type {{ {known} }} from '{place}';")
    lines.append(PREAMBLE)
    for number, path in enumerate(sorted(DIRECTORY.glob("*.json"))):
        board = json.loads(path.read_text(encoding="utf-8"))
        lines.append(f"export const board{number}: Board = {json.dumps(board)};")
        lines += _panels(number, board)
    return "\n".join(lines)


def _places(package: str) -> tuple[str, t.Callable[[str], str]]:
    """Where the package keeps its types, and how it calls their files."""
    later = HERE / "node_modules" / package / "dist/types/raw"
    if later.is_dir():
        return str(later), lambda _name: "types.gen"
    return str(HERE / "node_modules" / package / "dist/esm/raw"), lambda name: f"{name}_types.gen"


def _panels(number: int, board: Json) -> t.Iterator[str]:
    for panel in board["panels"]:
        name = KINDS.get(panel["type"])
        if name is None:
            continue
        what = f"board{number}panel{panel['id']}"
        options = json.dumps(panel["options"])
        yield f"export const {what}: Partial<Wire<{name}Options>> = {options};"
        custom = panel["fieldConfig"]["defaults"].get("custom")
        if name in ("TimeSeries", "StateTimeline"):
            yield f"export const {what}c: Wire<{name}Custom> = {json.dumps(custom)};"


def check(version: str) -> str:
    """What tsc has to say; nothing where all is well."""
    with tempfile.TemporaryDirectory(dir=HERE) as name:
        directory = pathlib.Path(name)
        (directory / "boards.ts").write_text(program(version), encoding="utf-8")
        config = {
            "compilerOptions": {
                "module": "esnext",
                "moduleResolution": "bundler",
                "noEmit": True,
                "paths": {"@grafana/schema": [f"../node_modules/grafana-schema-{version}"]},
                "skipLibCheck": True,
                "strict": True,
                "target": "es2022",
                "types": [],
            },
            "files": ["boards.ts"],
        }
        (directory / "tsconfig.json").write_text(json.dumps(config), encoding="utf-8")
        compiler = HERE / "node_modules/typescript/bin/tsc"
        done = subprocess.run(
            ["node", compiler, "--project", directory], capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr if done.returncode else ""


def main() -> int:
    if not (HERE / "node_modules").is_dir():
        sys.stderr.write(f"npm ci in {HERE} comes first\n")
        return 1
    failed = False
    for version in ("10", "13"):
        said = check(version)
        failed |= bool(said)
        sys.stdout.write(f"Grafana {version}: {said or 'every board is of its type'}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
