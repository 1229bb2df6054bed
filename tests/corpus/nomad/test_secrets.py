# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret of a job is printed, however much is asked for: -vvv --diff, and failures too."""

from __future__ import annotations

import base64
import pathlib
import re
import typing as t

import pytest

from ..shared import play
from ..shared.canaries import canaries, shown
from . import stage

CANARIES = canaries("token", "env", "meta", "template", "config", "variable", "changed", "payload")
SPEC = """
variable "db_password" { type = string }

job "np-secrets" {
  type = "batch"

  parameterized {
    payload       = "optional"
    meta_optional = ["api_token"]
  }

  meta {
    api_token = "%(meta)s"
  }

  group "g" {
    task "t" {
      driver = "docker"

      config {
        image   = "mlops-lab/debian:bookworm"
        command = "true"

        labels {
          client_secret = "%(config)s"
        }
      }

      env {
        DB_PASSWORD = "%(env)s"
        PGPASSWORD  = var.db_password
      }

      template {
        data        = "password = %(template)s"
        destination = "secrets/app.conf"
      }
    }
  }
}
"""
# What the simulator does not do.
WITHOUT_TEMPLATE = re.sub(r"\n *template \{.*?\}\n", "\n", SPEC, flags=re.DOTALL)
JOBS = """
    - mlops.infra.nomad_job: &job
        jobspec: "{{ given }}"
        variables: {db_password: "{{ canaries.variable }}"}
      vars: {given: "{{ spec }}"}
      register: created
    - mlops.infra.nomad_job: *job
      vars: {given: "{{ spec }}"}
    - mlops.infra.nomad_job: *job
      vars: {given: "{{ spec | replace(canaries.env, canaries.changed) }}"}
    - mlops.infra.nomad_job: *job
      vars: {given: "{{ spec | replace('env {', 'env [') }}"}
      ignore_errors: true
      register: unreadable
    - mlops.infra.nomad_job: *job
      vars: {given: "{{ spec | replace('batch', canaries.env ~ ' {') }}"}
      ignore_errors: true
      register: misread
    - mlops.infra.nomad_job: *job
      vars: {given: "{{ spec | replace('batch', 'nonsense') }}"}
      ignore_errors: true
      register: refused
    - mlops.infra.nomad_job:
        jobspec: "{{ spec }}"
        variables: {db_passwords: "{{ canaries.variable }}"}
      ignore_errors: true
      register: undeclared
    - mlops.infra.nomad_job:
        jobspec: "{{ spec }}"
        variables: {db_password: "{{ canaries.variable }}"}
        token: "{{ canaries.token }}"
      ignore_errors: true
    - ansible.builtin.assert:
        that: unreadable is failed and misread is failed and refused is failed and undeclared is failed
"""
DISPATCH = """
    - mlops.infra.nomad_job:
        jobspec: "{{ spec }}"
        variables: {db_password: "{{ canaries.variable }}"}
    - mlops.infra.nomad_job_dispatch:
        job_id: np-secrets
        payload: "password: {{ canaries.payload }}"
        meta: {api_token: "{{ canaries.meta }}"}
        wait: false
    - mlops.infra.nomad_job_dispatch:
        job_id: np-secrets
        payload: {rows: 3, to: [{secret: "{{ canaries.payload }}"}]}
        wait: false
    - mlops.infra.nomad_job_dispatch:
        job_id: np-secrets
        payload_base64: "{{ ('password: ' ~ canaries.payload) | b64encode }}"
        wait: false
"""


def played(server: str, folder: pathlib.Path, tasks: str) -> str:
    spec = (SPEC if stage.address() else WITHOUT_TEMPLATE) % CANARIES
    return play.played(folder, tasks, "nomad", server, canaries=CANARIES, spec=spec)


@pytest.fixture(autouse=True)
def nothing_left(server: stage.Stage) -> t.Iterator[None]:
    yield
    for job in server.get("jobs?prefix=np-secrets")[::-1]:
        stage.purge(server.server, job["ID"].replace("/", "%2F"))


def test_no_canary_of_a_job_is_printed(server: stage.Stage, tmp_path: pathlib.Path) -> None:
    output = played(server.server, tmp_path, JOBS)
    assert shown(output, CANARIES) == []
    assert output.count("\nchanged: [localhost]") >= 2
    assert output.count("\nfatal: [localhost]") >= 4
    assert "sha256" in output, "what is hidden can still be compared"


def test_no_canary_of_a_dispatch_is_printed(server: stage.Stage, tmp_path: pathlib.Path) -> None:
    assert shown(played(server.server, tmp_path, DISPATCH), CANARIES) == []


def test_canaries_would_be_found() -> None:
    text = base64.b64encode(b"and so " + CANARIES["payload"].encode() + b" on").decode()
    assert shown(text, CANARIES) == ["payload"]
