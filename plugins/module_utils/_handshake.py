# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why a TLS connection did not come about, and which option to correct."""

from __future__ import annotations

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Options:
    """What one server's options are called, and its environment variables; C(example) is a name."""

    ca: str
    prefix: str
    example: str

    def words(self) -> dict[str, str]:
        variable = self.prefix
        return {
            "ca": f"{self.ca} ({variable}_CACERT)",
            "cert": f"client_cert ({variable}_CLIENT_CERT)",
            "key": f"client_key ({variable}_CLIENT_KEY)",
            "both": f"client_cert and client_key ({variable}_CLIENT_CERT, {variable}_CLIENT_KEY)",
            "name": f"tls_server_name ({variable}_TLS_SERVER_NAME)",
            "example": self.example,
            "option": self.ca,
        }


# A client that goes on at once may see the end of the connection before it reads why.
_HUNG_UP = "A server hangs up on clients without a certificate that it trusts: check {both}."
# What OpenSSL or urllib3 say, and the remedy; the first that fits. Ours come before the server's.
_REMEDIES = (
    (
        r"doesn't match|mismatch, certificate is not valid",
        "Correct the address, or set {name} to a name that the server's certificate has, as in"
        " {example}.",
    ),
    (r"key values mismatch", "Make {key} the key of {cert}."),
    (r"no certificate or crl found", "Make {ca} a file of PEM encoded certificates."),
    (r"PEM|no start line|bad base64|ASN1", "Make {cert} and {key} PEM encoded files."),
    (
        r"alert (?:certificate required|handshake failure|bad certificate)",
        "The server wants a client's certificate that its own authority signed: give {both}.",
    ),
    (r"alert unknown ca", "Give a {cert} that is signed by an authority of the server."),
    (r"EOF occurred in violation of protocol", _HUNG_UP),
    (r"alert certificate expired", "Renew {cert}."),
    (r"certificate has expired", "Renew the server's certificate."),
    (
        r"certificate verify failed",
        "Set {ca} to the authority that signed the server's certificate.",
    ),
    (
        r"wrong version number|record layer failure|unknown protocol",
        "Nothing there speaks TLS: write http:// in the address, or correct its port.",
    ),
)
_OTHERWISE = (
    "Check that the address has the right scheme, and check {option}, client_cert and"
    " tls_server_name."
)


def remedy(cause: str, options: Options) -> str:
    sentence = next((words for found, words in _REMEDIES if re.search(found, cause)), _OTHERWISE)
    return sentence.format(**options.words())


def hung_up(options: Options) -> str:
    return _HUNG_UP.format(**options.words())
