# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module in this process from its arguments to its result, and counts what it asks for."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import time
import types
import typing as t
from unittest import mock

import requests
from ansible.module_utils.common import warnings
from ansible.module_utils.testing import patch_module_args

Json = dict[str, t.Any]
OURS = "ansible_collections.mlops.infra.plugins.modules."
THEIRS = "ansible_collections.community.general.plugins.modules."


class Result(dict[str, t.Any]):
    """What the module returned, the methods and paths that it asked for, and how long it took."""

    requests: list[str]
    seconds: float


def run(module: str | types.ModuleType, check: bool = False, **params: t.Any) -> Result:
    """The result of C(main), which ends the process: any other exception is the module's bug."""
    code = importlib.import_module(module) if isinstance(module, str) else module
    for name in ("_global_warnings", "_global_deprecations"):
        getattr(warnings, name, {}).clear()
    args = {"_ansible_check_mode": check, "_ansible_diff": True, **params}
    output, begun = io.StringIO(), time.monotonic()
    with patch_module_args(args), counted() as asked, contextlib.redirect_stdout(output):
        try:
            code.main()
        except SystemExit:
            pass
        else:
            raise AssertionError("the module ended without a result")
    result = Result(json.loads(output.getvalue()))
    result.requests, result.seconds = asked, time.monotonic() - begun
    return result


@contextlib.contextmanager
def counted() -> t.Iterator[list[str]]:
    """The requests that go through requests' sessions meanwhile."""
    asked: list[str] = []
    send = requests.Session.send

    def noted(self: requests.Session, request: t.Any, **kwargs: t.Any) -> requests.Response:
        asked.append(f"{request.method} {request.path_url.partition('?')[0]}")
        return send(self, request, **kwargs)

    with mock.patch.object(requests.Session, "send", noted):
        yield asked
