# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What every Consul module does once its options are read: connect, run, and say how it ended."""

from __future__ import annotations

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mlops.infra.plugins.module_utils._checks import password_in
from ansible_collections.mlops.infra.plugins.module_utils._consul.client import (
    IMPORT_ERROR,
    LIBRARY,
    Consul,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.options import connection
from ansible_collections.mlops.infra.plugins.module_utils._consul.report import sentence
from ansible_collections.mlops.infra.plugins.module_utils._errors import MlopsError

Client = t.TypeVar("Client", bound=Consul)
Json = t.Dict[str, t.Any]


def execute(
    module: AnsibleModule,
    run: t.Callable[[AnsibleModule, Client], Json],
    kind: type[Client],
    **always: t.Any,
) -> None:
    """Leave the module with what C(run) returns, and in any case C(always).

    This is the only place that calls C(fail_json).
    """
    if IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib(LIBRARY), exception=IMPORT_ERROR)
    module.no_log_values |= password_in(module.params["address"])
    address = ""
    try:
        place = connection(module.params, os.environ)
        address = place.address
        result = run(module, kind(place))
    except MlopsError as exc:
        details = {"changed": False, **exc.details}
        module.fail_json(msg=sentence(exc, address), **always, **details)
    module.exit_json(**always, **result)
