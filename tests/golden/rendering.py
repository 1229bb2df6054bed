# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders a role's templates as a play would, without a host."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template
from ansible.utils.collection_loader import AnsibleCollectionConfig

ROOT = Path(__file__).parents[2]
if AnsibleCollectionConfig.collection_finder is None:
    init_plugin_loader([str(ROOT / ".collections")])

SERVICES = ("consul", "nomad", "prometheus")
ONE = {
    group: ["localhost"]
    for group in (
        "consul_servers",
        "nomad_servers",
        "nomad_clients",
        "prometheus",
        "alertmanager",
        "grafana",
        "trainers",
    )
}
THREE = {
    **{group: ["c1", "c2", "c3"] for group in ("consul_servers", "nomad_servers")},
    **{group: ["w1", "w2"] for group in ("nomad_clients", "trainers")},
    **{group: ["localhost"] for group in ("prometheus", "alertmanager", "grafana")},
}


def trusted(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trusted(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) else value


def defined_in(role: Path) -> list[Path]:
    """The files with a role's variables, in the order in which they are read."""
    return [*role.glob("defaults/main.yml"), *role.glob("vars/main.yml"), *role.glob("vars/main/*")]


def variables(
    role: str, version: str, groups: dict[str, list[str]] | None = None, host: str = "localhost"
) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {}
    hosts = {"localhost", *(host for members in (groups or {}).values() for host in members)}
    for name in ("mlops", role):
        for path in defined_in(ROOT / "roles" / name):
            found.update(trusted(yaml.safe_load(path.read_text())))
    return {
        **found,
        "ansible_managed": "Ansible managed",
        "inventory_hostname": host,
        "group_names": [],
        "inventory_dir": "/inventory",
        "role_path": str(ROOT / "roles" / role),
        "groups": {"all": sorted(hosts), **(groups or {})},
        "hostvars": {name: {"ansible_host": f"{name}.example.org"} for name in hosts},
        "ansible_host": f"{host}.example.org",
        "mlops_secure": False,
        "_ml_trainer_is_shipped": True,
        "ml_trainer_image": "mlops/ml-trainer:0123456789ab",
        "docker_engine": {"host_info": {"NCPU": 2}},
        "docker_images": {
            name: {"name": f"{name}:test", "lab": False, "version": version} for name in SERVICES
        },
    }


def rule_files(groups: dict[str, list[str]], **settings: t.Any) -> dict[str, str]:
    """The text of each rule file that the role prometheus installs, by its name.

    Several hosts are secured, as they have to be.
    """
    known = variables("prometheus", "2.47.0", groups)
    known["mlops_secure"] = len(known["groups"]["all"]) > 1
    templar = Templar(DataLoader(), known | settings)
    found = templar.template(trust_as_template("{{ _prometheus_rule_files }}"))
    return {Path(name).name: str(text) for name, text in found.items()}


def rules(groups: dict[str, list[str]], **settings: t.Any) -> list[dict[str, t.Any]]:
    files = rule_files(groups, **settings).values()
    found = [group["rules"] for text in files for group in yaml.safe_load(text)["groups"]]
    return [rule for group in found for rule in group]
