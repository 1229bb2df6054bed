# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of community.grafana's modules of the same name are taken here, too."""

from __future__ import annotations

import importlib.util
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.mlops.infra.plugins.modules import (
    grafana_dashboard,
    grafana_datasource,
    grafana_folder,
)

# What is for one kind of data source alone goes into json_data here.
ONE_KIND = ("es_", "aws_", "azure_", "zabbix_", "tsdb_", "alertmanager_")
OTHERS = {
    "interval",
    "max_concurrent_shard_requests",
    "sslmode",
    "time_field",
    "trends",
}
WITHOUT = {
    "grafana_dashboard": {"slug"},  # of Grafana before 5
    "grafana_folder": {"skip_version_check"},  # the version is never asked
    "grafana_datasource": OTHERS,
}


def documented(name: str) -> dict[str, t.Any]:
    """The module's options with those of the fragments that it shares."""
    spec = importlib.util.find_spec("ansible_collections.community.grafana")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    root = pathlib.Path(next(iter(spec.submodule_search_locations))) / "plugins"
    texts = [root / "modules" / f"{name}.py"]
    texts += [root / "doc_fragments" / f"{part}.py" for part in ("basic_auth", "api_key")]
    options: dict[str, t.Any] = {}
    for path in texts:
        text = path.read_text().split("DOCUMENTATION = ")[1]
        quotes = text[text.index('"""') + 3 :]
        options.update(yaml.safe_load(quotes[: quotes.index('"""')])["options"])
    return options


@pytest.mark.parametrize(
    "module",
    [grafana_dashboard, grafana_datasource, grafana_folder],
    ids=lambda module: module.__name__.rpartition(".")[2],
)
def test_options(module: t.Any) -> None:
    name = module.__name__.rpartition(".")[2]
    spec = module.ARGUMENT_SPEC
    taken = set(spec) | {alias for entry in spec.values() for alias in entry.get("aliases", [])}
    missing = set()
    for option, entry in documented(name).items():
        if not option.startswith(ONE_KIND):
            missing |= {option, *entry.get("aliases", [])} - taken
    assert missing == WITHOUT[name]


@pytest.mark.parametrize(
    "module",
    [grafana_dashboard, grafana_datasource, grafana_folder],
    ids=lambda m: m.__name__[-10:],
)
def test_states(module: t.Any) -> None:
    states = set(module.ARGUMENT_SPEC["state"]["choices"])
    assert {"present", "absent"} <= states
    if module is grafana_dashboard:
        assert "export" in states
