# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What every Nomad module does once its options are read: connect, run, and say how it ended."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._checks import password_in
from .._errors import MlopsError
from . import options
from .transport import IMPORT_ERROR, Json, Transport, requester

Client = t.TypeVar("Client", bound=Transport)


def execute(
    module: AnsibleModule, run: t.Callable[[AnsibleModule, Client], Json], kind: type[Client]
) -> None:
    """Leave the module with what C(run) returns; the only place that calls C(fail_json)."""
    module.no_log_values |= password_in(module.params["address"])
    if IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("python-nomad"), exception=IMPORT_ERROR)
    try:
        connection = options.connection(module.params)
        result = run(module, kind(requester(connection), connection.timeout))
    except MlopsError as error:
        module.fail_json(msg=str(error), **error.details)
    module.exit_json(**result)
