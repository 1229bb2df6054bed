# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What every Grafana module does once its options are read: connect, run, and say how it ended."""

from __future__ import annotations

import base64
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mlops.infra.plugins.module_utils._checks import password_in
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, MlopsError
from ansible_collections.mlops.infra.plugins.module_utils._grafana.client import GrafanaClient, Json
from ansible_collections.mlops.infra.plugins.module_utils._grafana.explain import explained
from ansible_collections.mlops.infra.plugins.module_utils._grafana.options import connection
from ansible_collections.mlops.infra.plugins.module_utils._grafana.transport import REQUESTS_ERROR


def execute(module: AnsibleModule, run: t.Callable[[AnsibleModule, GrafanaClient], Json]) -> None:
    """Leave the module with what C(run) returns; the only place that calls C(fail_json)."""
    module.no_log_values |= password_in(module.params["url"]) | _signature(module.params)
    if REQUESTS_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_ERROR)
    try:
        client = GrafanaClient(connection(module.params))
        result = run(module, client)
        client.close()
    except ApiError as error:
        module.fail_json(msg=explained(error), **error.details)
    except MlopsError as error:
        module.fail_json(msg=str(error), **error.details)
    module.exit_json(**result)


def _signature(params: t.Mapping[str, t.Any]) -> set[str]:
    """The password as it is sent; anybody can read it from that."""
    if not params["username"] or not params["password"]:
        return set()
    pair = f"{params['username']}:{params['password']}"
    return {base64.b64encode(pair.encode("utf-8", "surrogateescape")).decode()}
