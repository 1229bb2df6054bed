# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import handshake


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("certificate verify failed: unable to get local issuer certificate", "NOMAD_CACERT"),
        ("certificate verify failed: self-signed certificate", "NOMAD_CACERT"),
        ("certificate verify failed: certificate has expired", "Renew the server's certificate."),
        ("certificate verify failed: IP address mismatch, certificate is not valid for '::1'.",
         "NOMAD_TLS_SERVER_NAME"),
        ("hostname 'a' doesn't match either of 'b', 'c'", "NOMAD_TLS_SERVER_NAME"),
        ("tlsv13 alert certificate required", "NOMAD_CLIENT_KEY"),
        ("sslv3 alert bad certificate", "NOMAD_CLIENT_CERT"),
        ("tlsv1 alert unknown ca", "NOMAD_CLIENT_CERT"),
        ("sslv3 alert certificate expired", "Renew client_cert"),
        ("key values mismatch", "the key of client_cert"),
        ("[SSL] PEM lib", "PEM encoded files"),
        ("no certificate or crl found", "Make ca_path"),
        ("EOF occurred in violation of protocol", "hangs up on clients without a certificate"),
        ("wrong version number", "http://"),
        ("something else", "ca_path, client_cert and tls_server_name"),
    ],
)  # fmt: skip
def test_the_remedy(cause: str, words: str) -> None:
    assert words in handshake.remedy(cause)
