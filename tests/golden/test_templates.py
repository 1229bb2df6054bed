# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered configurations against golden files, also for versions that no test runs.

MLOPS_UPDATE_GOLDEN=1 writes them anew; read the difference before it is committed.
"""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from rendering import ROOT, THREE, variables

GOLDEN = Path(__file__).parent / "rendered"

# A trainer of one's own with all that it may ask for.
OWN = {
    "_ml_trainer_is_shipped": False,
    "ml_trainer_parameters": {"rounds": 3},
    "ml_trainer_dataset_dir": "/srv/data",
    "ml_trainer_mlflow_tracking_uri": "http://mlflow:5000",
    "ml_trainer_gpu_count": 1,
    "ml_trainer_reschedule_attempts": 2,
}
SECURED = {"mlops_secure": True}


def secured(host: str, version: str) -> dict[str, t.Any]:
    """A host of three servers and two workers."""
    return {"version": version, "groups": THREE, "host": host, "set": SECURED}


CASES: list[tuple[str, str, str, dict[str, t.Any]]] = [
    ("consul", "consul.hcl.j2", "consul-1.8.hcl", {"version": "1.8.7"}),
    ("consul", "consul.hcl.j2", "consul-1.16.hcl", {"version": "1.16.6"}),
    ("nomad", "nomad.hcl.j2", "nomad-1.6.hcl", {"version": "1.6.10"}),
    ("nomad", "nomad.hcl.j2", "nomad-2.0.hcl", {"version": "2.0.5"}),
    ("consul", "consul.hcl.j2", "consul-1.8-secured-server.hcl", secured("c1", "1.8.7")),
    ("consul", "consul.hcl.j2", "consul-1.8-secured-agent.hcl", secured("w1", "1.8.7")),
    ("consul", "consul.hcl.j2", "consul-1.16-secured-server.hcl", secured("c1", "1.16.6")),
    ("consul", "secrets.hcl.j2", "consul-1.16-secrets-server.hcl", secured("c1", "1.16.6")),
    ("consul", "secrets.hcl.j2", "consul-1.8-secrets-server.hcl", secured("c1", "1.8.7")),
    ("consul", "secrets.hcl.j2", "consul-secrets-agent.hcl", secured("w1", "1.8.7")),
    ("nomad", "nomad.hcl.j2", "nomad-1.6-secured-server.hcl", secured("c1", "1.6.10")),
    ("nomad", "nomad.hcl.j2", "nomad-2.0-secured-client.hcl", secured("w1", "2.0.5")),
    ("nomad", "secrets.hcl.j2", "nomad-secrets-server.hcl", secured("c1", "1.6.10")),
    ("nomad", "secrets.hcl.j2", "nomad-secrets-client.hcl", secured("w1", "1.6.10")),
    ("prometheus", "prometheus.yml.j2", "prometheus.yml", {"version": "2.47.0"}),
    ("ml_trainer", "ml-training.nomad.hcl.j2", "ml-training.nomad.hcl", {}),
    ("ml_trainer", "ml-training.nomad.hcl.j2", "ml-training-own.nomad.hcl", {"set": OWN}),
    ("ml_trainer", "ml-serving.nomad.hcl.j2", "ml-serving.nomad.hcl", {}),
    ("ml_trainer", "ml-training.nomad.hcl.j2", "ml-training-secured.nomad.hcl", {"set": SECURED}),
    (
        "ml_trainer",
        "ml-training.nomad.hcl.j2",
        "ml-training-own-secured.nomad.hcl",
        {"set": OWN | SECURED},
    ),
    ("ml_trainer", "ml-serving.nomad.hcl.j2", "ml-serving-secured.nomad.hcl", {"set": SECURED}),
]


@pytest.mark.parametrize(("role", "template", "golden", "how"), CASES, ids=lambda v: str(v)[:20])
def test_rendered(role: str, template: str, golden: str, how: dict[str, t.Any]) -> None:
    known = variables(
        role, how.get("version", "0"), how.get("groups"), how.get("host", "localhost")
    )
    templar = Templar(DataLoader(), known | how.get("set", {}))
    source = (ROOT / "roles" / role / "templates" / template).read_text()
    text = templar.template(trust_as_template(source))
    if os.environ.get("MLOPS_UPDATE_GOLDEN"):
        (GOLDEN / golden).write_text(text)
    assert text == (GOLDEN / golden).read_text()
