# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How plugins that run on the controller reach Consul: by the modules' options and their client."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible.errors import AnsibleError

from ..module_utils._consul.client import IMPORT_ERROR, LIBRARY, Consul
from ..module_utils._consul.options import CONNECTION_SPEC, connection
from ..module_utils._consul.report import sentence
from ..module_utils._errors import MlopsError

Client = t.TypeVar("Client", bound=Consul)


@contextlib.contextmanager
def connected(
    plugin: t.Any,
    kind: type[Client],
    error: type[AnsibleError] = AnsibleError,
    environ: t.Mapping[str, str] | None = None,
) -> t.Iterator[Client]:
    """What the plugin's options lead to. Our own errors become C(error), all else is a bug."""
    if IMPORT_ERROR:
        raise AnsibleError(
            f"{plugin.ansible_name} needs the Python library {LIBRARY} where ansible-core is"
            " installed: pip install py-consul."
        )
    address = ""
    try:
        params = {name: plugin.get_option(name) for name in CONNECTION_SPEC}
        place = connection(params, os.environ if environ is None else environ)
        address = place.address
        yield kind(place)
    except MlopsError as exc:
        # ansible-core would repeat the text of each cause behind the sentence.
        raise error(sentence(exc, address)) from None
