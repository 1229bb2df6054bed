# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad.client import NomadClient
from ansible_collections.mlops.infra.plugins.module_utils._nomad.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._nomad.transport import requester
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils.scripted import (
    Scripted,
    serving,
)


class ScriptedNomad(Scripted):
    def client(self, kind: t.Any = NomadClient, **fields: t.Any) -> t.Any:
        given: dict[str, t.Any] = {
            "address": self.address,
            "token": "",
            "namespace": "",
            "region": "",
            "verify": True,
            "cert": (),
            "tls_server_name": "",
            "timeout": 5.0,
        }
        connection = Connection(**{**given, **fields})
        client = kind(requester(connection), connection.timeout)
        client._sleep = lambda seconds: None
        return client


@pytest.fixture
def script() -> t.Iterator[ScriptedNomad]:
    with serving("Nomad", ScriptedNomad()) as script:
        yield script
