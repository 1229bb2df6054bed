# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered configurations against golden files, also for versions that no test runs.

MLOPS_UPDATE_GOLDEN=1 writes them anew; read the difference before it is committed.
"""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import bcrypt
import pytest
import yaml
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
# Three servers and two clients, each known by another variable; what is read from files is named here.
SECURED = {
    "mlops_secure": True,
    "mlops_address": "192.0.2.11",
    "groups": THREE,
    "hostvars": {
        "localhost": {"mlops_address": "192.0.2.11"},
        **{f"c{n}": {"ansible_host": f"192.0.2.2{n}"} for n in (1, 2, 3)},
        **{f"w{n}": {"mlops_address": f"192.0.2.3{n}", "ansible_host": "name"} for n in (1, 2)},
    },
    "_mlops_secret": {
        **{
            f"consul_{name}_token": f"token-of-{name}"
            for name in ("agent", "management", "prometheus")
        },
        **{f"consul_nomad_{name}_token": f"token-of-nomad-{name}" for name in ("client", "server")},
        **{f"{name}_gossip_key": f"key-of-{name}" for name in ("consul", "nomad")},
        "prometheus_password": "pass$word-of-prometheus",
        "alertmanager_password": "word-of-alertmanager",
    },
    "_mlops_tls_files": {"tls/ca.pem": "-----BEGIN CERTIFICATE-----\n"},
}
# Two of more hosts have the model.
PLACED = {**SECURED, "_ml_trainer_serving_addresses": ["192.0.2.21", "192.0.2.22"]}


def secured(host: str, version: str) -> dict[str, t.Any]:
    """One of the hosts."""
    known = SECURED["hostvars"][host]
    address = known.get("mlops_address", known["ansible_host"])
    return {"version": version, "host": host, "set": {**SECURED, "mlops_address": address}}


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
    (
        "prometheus",
        "prometheus.yml.j2",
        "prometheus-secured.yml",
        {"version": "2.47.0", "set": SECURED},
    ),
    (
        "prometheus",
        "prometheus.yml.j2",
        "prometheus-shard.yml",
        {
            "version": "2.47.0",
            "set": {
                "prometheus_shards": 2,
                "prometheus_shard": 1,
                "prometheus_remote_write": [{"url": "https://mimir.example.org/api/v1/push"}],
            },
        },
    ),
    ("grafana", "datasources.yml.j2", "datasources.yml", {}),
    ("grafana", "datasources.yml.j2", "datasources-secured.yml", {"set": SECURED}),
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
    ("ml_trainer", "ml-serving.nomad.hcl.j2", "ml-serving-secured.nomad.hcl", {"set": PLACED}),
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


WEB_CONFIG = "{{ lookup('vars', '_' ~ tls_service ~ '_secret_files')['web.yml'] }}"


def rendered(role: str, expression: str, **settings: t.Any) -> t.Any:
    found = variables(role, "2.47.0") | SECURED | {"tls_service": role} | settings
    return Templar(DataLoader(), found).template(trust_as_template(expression))


def test_secured_targets_are_every_host_of_the_inventory_where_it_is_published() -> None:
    """Consul's agents run beside Nomad's, too; certificates name the hosts' own addresses."""
    targets = rendered("prometheus", "{{ _prometheus_targets }}")
    where = {job: [one["targets"][0] for one in found] for job, found in targets.items()}
    servers, clients = [f"192.0.2.2{n}" for n in (1, 2, 3)], [f"192.0.2.3{n}" for n in (1, 2)]
    assert where == {
        "consul": [f"{address}:8501" for address in servers + clients],
        "nomad": [f"{address}:4646" for address in servers + clients],
        "grafana": ["192.0.2.11:3000"],
        "alertmanager": ["192.0.2.11:9093"],
        "node": [f"{address}:9100" for address in [*servers, *clients, "192.0.2.11"]],
    }


@pytest.mark.parametrize("role", ["prometheus", "alertmanager"])
def test_secured_passwords_are_hashed_the_same_at_each_run(role: str) -> None:
    def users(**settings: t.Any) -> dict[str, str]:
        web = rendered(role, WEB_CONFIG, **settings)
        found: dict[str, str] = yaml.safe_load(web)["basic_auth_users"]
        return found

    ours = users()
    assert ours == users()
    password = SECURED["_mlops_secret"][f"{role}_password"]
    assert bcrypt.checkpw(password.encode(), ours["mlops"].encode())
    assert users(inventory_hostname="other")["mlops"][7:29] != ours["mlops"][7:29]
    more = {"alice": "$2y$05$a-hash"}
    assert users(**{f"{role}_web_users": more}) == ours | more


PASSWORDS = [
    ("", "", True, []),
    ("", "mlopsadmin", True, ["grafana_admin_password"]),
    ("fifteen letters", "", True, ["grafana_admin_password"]),
    ("sixteen letters.", "mlopsadmin", True, []),
    ("mlopsadmin", "", False, []),
]


@pytest.mark.parametrize(("inventory", "vault", "secure", "short"), PASSWORDS)
def test_short_passwords_are_named_where_others_can_reach_what_they_protect(
    inventory: str, vault: str, secure: bool, short: list[str]
) -> None:
    settings = {
        "mlops_secure": secure,
        "grafana_admin_password": inventory,
        "_mlops_vault": {"grafana_admin_password": vault, "nomad_gossip_key": "k"} if vault else {},
    }
    assert rendered("grafana", "{{ _mlops_short_passwords }}", **settings) == short


def missing(where: Path, host: str = "localhost", **settings: t.Any) -> set[str]:
    """Secrets that are to be made for a platform whose others are in a directory."""
    role = ["grafana"] if host == "localhost" else ["consul_servers"]
    settings = {"inventory_hostname": host, "group_names": role, **settings}
    everywhere = {"mlops_secrets_dir": str(where), "_mlops_vault": {}}
    found = rendered("grafana", "{{ _mlops_missing_secrets }}", **everywhere | settings)
    return set(found)


def test_secrets_are_made_where_there_is_none_that_would_do(tmp_path: Path) -> None:
    grafanas = {"grafana_admin_password", "grafana_secret_key"}
    assert missing(tmp_path) - missing(tmp_path, "c1") == grafanas
    assert missing(tmp_path, mlops_secure=False) == grafanas
    assert missing(tmp_path, "c1", mlops_secure=False) == set()

    (tmp_path / "grafana_admin_password").write_text("somebody's own")
    (tmp_path / "consul_agent_token").write_text("a part of on")
    (tmp_path / "consul_trainer_token").write_text("0" * 32)
    (tmp_path / "grafana_secret_key").write_text("")
    found = missing(tmp_path)
    assert found & grafanas == {"grafana_secret_key"}
    assert "consul_agent_token" in found
    assert "consul_trainer_token" not in found

    assert missing(tmp_path, grafana_secret_key="chosen") & grafanas == set()
    assert missing(tmp_path, _mlops_vault={"grafana_secret_key": ""}) & grafanas
    assert "nomad_gossip_key" not in missing(tmp_path, _mlops_vault={"nomad_gossip_key": "k"})


def test_what_no_server_would_know_is_named(tmp_path: Path) -> None:
    where = {"mlops_secrets_dir": str(tmp_path), "_mlops_vault": {}, "group_names": ["grafana"]}
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    for name in ("consul_gossip_key", "consul_management_token", "nomad_management_token"):
        (tmp_path / name).write_text("0" * 32)
    found = rendered("grafana", "{{ _mlops_lost_secrets }}", **where)
    assert set(found) == {"nomad_gossip_key", "ca/ca.key"}
