# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why a TLS connection did not come about, and which option to correct."""

from __future__ import annotations

import re

# A client that goes on at once may see the end of the connection before it reads why.
HUNG_UP = (
    "A server hangs up on clients without a certificate that it trusts: check client_cert and"
    " client_key (NOMAD_CLIENT_CERT, NOMAD_CLIENT_KEY)."
)
# What OpenSSL or urllib3 say, and the remedy; the first that fits. Ours come before the server's.
_REMEDIES = (
    (
        r"doesn't match|mismatch, certificate is not valid",
        "Correct the address, or set tls_server_name (NOMAD_TLS_SERVER_NAME) to a name that the"
        " server's certificate has, as in server.global.nomad.",
    ),
    (
        r"key values mismatch",
        "Make client_key (NOMAD_CLIENT_KEY) the key of client_cert (NOMAD_CLIENT_CERT).",
    ),
    (
        r"no certificate or crl found",
        "Make ca_path (NOMAD_CACERT) a file of PEM encoded certificates.",
    ),
    (
        r"PEM|no start line|bad base64|ASN1",
        "Make client_cert (NOMAD_CLIENT_CERT) and client_key (NOMAD_CLIENT_KEY) PEM encoded files.",
    ),
    (
        r"alert (?:certificate required|handshake failure|bad certificate)",
        "The server wants the client's certificate: give client_cert and client_key"
        " (NOMAD_CLIENT_CERT, NOMAD_CLIENT_KEY).",
    ),
    (
        r"alert unknown ca",
        "Give a client_cert (NOMAD_CLIENT_CERT) that is signed by an authority of the server.",
    ),
    (r"EOF occurred in violation of protocol", HUNG_UP),
    (r"alert certificate expired", "Renew client_cert (NOMAD_CLIENT_CERT)."),
    (r"certificate has expired", "Renew the server's certificate."),
    (
        r"certificate verify failed",
        "Set ca_path (NOMAD_CACERT) to the authority that signed the server's certificate.",
    ),
    (
        r"wrong version number|record layer failure|unknown protocol",
        "Nothing there speaks TLS: write http:// in the address, or correct its port.",
    ),
)
_OTHERWISE = (
    "Check that the address has the right scheme, and check ca_path, client_cert and"
    " tls_server_name."
)


def remedy(cause: str) -> str:
    for pattern, sentence in _REMEDIES:
        if re.search(pattern, cause):
            return sentence
    return _OTHERWISE
