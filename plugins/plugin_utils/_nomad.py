# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How plugins that run on the controller reach Nomad: by the modules' options and their client."""

from __future__ import annotations

import contextlib
import typing as t

from ansible.errors import AnsibleError

from ..module_utils._errors import MlopsError
from ..module_utils._nomad.objects import ObjectsClient
from ..module_utils._nomad.options import CONNECTION_OPTIONS, connection
from ..module_utils._nomad.transport import IMPORT_ERROR, requester


def client(plugin: t.Any) -> ObjectsClient:
    """What the plugin's options lead to; nothing is sent yet."""
    if IMPORT_ERROR:
        raise AnsibleError(
            f"{plugin.ansible_name} needs the Python libraries python-nomad and requests where"
            " ansible-core is installed: pip install python-nomad."
        )
    params = {name: plugin.get_option(name) for name in CONNECTION_OPTIONS}
    place = connection(params)
    return ObjectsClient(requester(place), place.timeout)


@contextlib.contextmanager
def in_words(kind: type[AnsibleError] = AnsibleError) -> t.Iterator[None]:
    """Turn our own errors into what ansible-core shows as a sentence; all else is a bug."""
    try:
        yield
    except MlopsError as error:
        # ansible-core would repeat the text of each cause behind the sentence.
        raise kind(str(error)) from None
