# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What Nomad's TLS options are called."""

from __future__ import annotations

from .. import _handshake

OPTIONS = _handshake.Options(ca="ca_path", prefix="NOMAD", example="server.global.nomad")
HUNG_UP = _handshake.hung_up(OPTIONS)


def remedy(cause: str) -> str:
    return _handshake.remedy(cause, OPTIONS)
