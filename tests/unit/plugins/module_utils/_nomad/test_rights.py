# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import rights


@pytest.mark.parametrize(
    ("request_", "needed"),
    [
        ("POST jobs parse", "the capability parse-job in namespace ns"),
        ("GET acl tokens", "the type management"),
        ("PUT acl policy readers", "the type management"),
        ("GET jobs", "the capability list-jobs in namespace ns"),
        ("GET jobs statuses", "the capability read-job in namespace ns"),
        ("POST jobs", "the capability submit-job in namespace ns"),
        ("GET job x", "the capability read-job in namespace ns"),
        ("GET allocations", "the capability read-job in namespace ns"),
        ("GET evaluation e", "the capability read-job in namespace ns"),
        ("POST job x plan", "the capability submit-job in namespace ns"),
        ("DELETE job x", "the capability submit-job in namespace ns"),
        ("POST job dispatch dispatch", "the capability dispatch-job in namespace ns"),
        ("POST job x scale", "the capability scale-job in namespace ns"),
        ("POST deployment promote d", "the capability submit-job in namespace ns"),
        ("GET client fs logs a", "the capability read-logs in namespace ns"),
        ("GET client allocation a checks", "the capability read-job in namespace ns"),
        ("POST client allocation a restart", "the capability alloc-lifecycle in namespace ns"),
        ("GET vars", "the capability list for variables in namespace ns"),
        ("GET var app/db", "the capability read for variables at app/db in namespace ns"),
        ("PUT var app/db", "the capability write for variables at app/db in namespace ns"),
        ("DELETE var a", "the capability destroy for variables at a in namespace ns"),
        ("GET namespace x", "any capability in namespace x, or the type management"),
        ("PUT namespace x", "the type management"),
        ("POST namespace", "the type management"),
        ("GET nodes", 'policy = "read" for node'),
        ("GET node n allocations", 'policy = "read" for node'),
        ("PUT node n drain", 'policy = "write" for node'),
        ("GET client metadata", 'policy = "read" for node'),
        ("POST client metadata", 'policy = "write" for node'),
        ("GET agent members", 'policy = "read" for node'),
    ],
)
def test_what_a_request_needs(request_: str, needed: str) -> None:
    method, *path = request_.split()
    assert rights.needed(method, path, "ns") == needed


def test_an_id_with_slashes_is_one_segment() -> None:
    found = rights.needed("POST", ("job", "a/b/dispatch", "plan"), "ns")
    assert found == "the capability submit-job in namespace ns"


@pytest.mark.parametrize(
    ("with_token", "begin"), [(True, "Give a token (option token"), (False, "No token was given")]
)
def test_the_remedy_names_option_variable_and_right(with_token: bool, begin: str) -> None:
    sentence = rights.remedy("GET", ("jobs",), "", with_token)
    assert sentence.startswith(begin)
    assert "NOMAD_TOKEN" in sentence
    assert sentence.endswith("the capability list-jobs in namespace default.")
