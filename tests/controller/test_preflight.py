# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbooks/preflight.yml says of inventories that cannot work, before it has looked at a host."""

from __future__ import annotations

import os
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
Data = dict[str, t.Any]
HERE = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}


def hosts(*names: str, **variables: t.Any) -> Data:
    """Hosts with an address each, by which nobody is reached."""
    return {
        "hosts": {
            name: {"mlops_address": f"192.0.2.{number}", **HERE, **variables}
            for number, name in enumerate(names, 1)
        }
    }


def preflight(directory: Path, groups: Data, *arguments: str, **variables: t.Any) -> str:
    """What it says in the end, put on one line."""
    inventory = directory / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"children": groups, "vars": variables}}))
    done = subprocess.run(
        ["ansible-playbook", f"--inventory={inventory}", "playbooks/preflight.yml", *arguments],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    return " ".join(done.stdout.split())


THREE = hosts("a", "b", "c")
SERVERS = {"consul_servers": THREE, "nomad_servers": THREE}
REFUSED: dict[str, tuple[Data, Data, str]] = {
    "nobody": ({"others": THREE}, {}, "the inventory names no host in consul_servers"),
    "misspelt": (
        SERVERS,
        {"consul_log_levle": "WARN"},
        "no role knows the variable consul_log_levle",
    ),
    "even": ({"consul_servers": hosts("a", "b")}, {}, "consul_servers has 2 hosts"),
    "open": (SERVERS, {"mlops_secure": False}, "mlops_secure is false, but services would bind to"),
    "password": (SERVERS, {"grafana_admin_password": "admin"}, "is shorter than 16 characters"),
    "no servers": (
        {"nomad_clients": THREE},
        {},
        "a has Nomad, but the inventory names no consul_servers",
    ),
    "trainer": ({**SERVERS, "trainers": THREE}, {}, "a is in trainers, but not in nomad_clients"),
    "delegate": (SERVERS, {"mlops_api_delegate": "a"}, "and mlops_api_delegate is a."),
    "secrets": (
        {"consul_servers": THREE, "grafana": hosts("d", mlops_secrets_dir="/elsewhere")},
        {},
        "and in /elsewhere, and agents with different ones never meet",
    ),
    "loopback": (
        {"consul_servers": hosts("a", mlops_address="127.0.0.1")},
        {},
        "mlops_address of a is 127.0.0.1",
    ),
    "twice": (
        {"consul_servers": hosts("a", "b", "c", mlops_address="192.0.2.9")},
        {},
        "192.0.2.9 is the mlops_address of several hosts",
    ),
}


@pytest.mark.parametrize(("groups", "variables", "sentence"), REFUSED.values(), ids=REFUSED)
def test_it_says_what_is_wrong(
    groups: Data, variables: Data, sentence: str, tmp_path: Path
) -> None:
    told = preflight(tmp_path, groups, **variables)
    assert "Nothing was changed: " in told
    assert sentence in told


def test_servers_are_in_a_run_together_or_not_at_all(tmp_path: Path) -> None:
    groups = {**SERVERS, "grafana": hosts("d")}
    told = preflight(tmp_path, groups, "--limit=a,b,localhost")
    assert "Nothing was changed: c is left out of this run, and other servers are not." in told
    elsewhere = preflight(tmp_path, groups, "--limit=d,localhost")
    assert "is left out of this run" not in elsewhere


def test_an_even_number_is_accepted_on_request(tmp_path: Path) -> None:
    told = preflight(tmp_path, {"consul_servers": hosts("a", "b")}, mlops_even_servers=True)
    assert "consul_servers has 2 hosts" not in told


def test_the_controller_is_not_asked_for_root_in_vain(tmp_path: Path) -> None:
    become = {
        "ansible_become": True,
        "ansible_become_exe": "/none",
        "ansible_become_user": "nobody",
    }
    told = preflight(tmp_path, SERVERS, **become)
    assert "Nothing was changed: on the controller no task can run" in told
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "localhost.yml").write_text("ansible_become: false\n")
    assert "on the controller no task can run" not in preflight(tmp_path, SERVERS, **become)
