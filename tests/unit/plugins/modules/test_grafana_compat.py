# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of community.grafana's modules of the same name are taken here, too."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.mlops.infra.plugins.modules import (
    grafana_dashboard,
    grafana_datasource,
    grafana_folder,
)

from .grafana_in_process import AUTH, Grafana, Result, Run

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


@pytest.fixture
def renamed(
    grafanas: t.Callable[[str], Grafana], capfd: pytest.CaptureFixture[str]
) -> t.Callable[..., Result]:
    """Runs a module with a play's own options: those of the harness have other names."""
    url = grafanas("11.6").url
    login = {"grafana_url": url, "grafana_user": AUTH[0], "grafana_password": AUTH[1]}
    own = dict.fromkeys(("url", "username", "password"))

    def run(module: t.Any, check: bool = False, **params: t.Any) -> Result:
        return Run(module, url, capfd)(check, **{**own, **login, **params})

    return run


def test_a_play_about_boards(renamed: t.Callable[..., Result], tmp_path: pathlib.Path) -> None:
    path = tmp_path / "foo.json"
    path.write_text(json.dumps({"dashboard": {"title": "Foo", "uid": "foo"}, "meta": {}}))
    play = {"commit_message": "Updated by ansible", "overwrite": True, "path": str(path)}
    done = renamed(grafana_dashboard, org_id=1, folder="Team", **play)
    assert (done["changed"], done["uid"], done["msg"]) == (True, "foo", "Dashboard foo created.")
    assert not renamed(grafana_dashboard, org_name="Main Org.", folder="Team", **play)["changed"]
    dest = tmp_path / "exported.json"
    exported = renamed(grafana_dashboard, state="export", uid="foo", path=str(dest), org_id=1)
    assert exported["msg"] == f"Dashboard foo exported to {dest}."
    assert renamed(grafana_dashboard, state="absent", uid="foo")["msg"] == "Dashboard foo deleted."


def test_a_play_about_folders(renamed: t.Callable[..., Result]) -> None:
    done = renamed(grafana_folder, title="grafana_working_group", state="present")
    assert done["folder"]["title"] == "grafana_working_group"
    inner = renamed(grafana_folder, name="inner", parent_uid=done["folder"]["uid"])
    assert inner["folder"]["parentUid"] == done["folder"]["uid"]
    for title in ("inner", "grafana_working_group"):
        parent = done["folder"]["uid"] if title == "inner" else ""
        assert renamed(grafana_folder, title=title, parent_uid=parent, state="absent")["changed"]


def test_a_play_about_data_sources(renamed: t.Callable[..., Result]) -> None:
    play = {
        "name": "ds play",
        "ds_type": "prometheus",
        "ds_url": "http://127.0.0.1:9",
        "access": "proxy",
        "is_default": True,
        "tls_skip_verify": True,
        "time_interval": "10s",
        "additional_json_data": {"httpMethod": "POST"},
        "additional_secure_json_data": {"x": "canary-a"},
        "enforce_secure_data": False,
        "health": "ignore",
    }
    assert renamed(grafana_datasource, **play)["datasource"]["name"] == "ds play"
    assert not renamed(grafana_datasource, **play)["changed"]
    assert renamed(grafana_datasource, name="ds play", state="absent")["datasource"] is None
