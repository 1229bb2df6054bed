# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority that lives as long as a test, and what it signs."""

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Pair:
    """The files of a certificate and of its key."""

    cert: str
    key: str


def _written(path: pathlib.Path, content: bytes) -> str:
    path.write_bytes(content)
    path.chmod(0o600)
    return str(path)


class Authority:
    """Signs for servers and for clients alike, as C(nomad tls cert create) does."""

    def __init__(self, home: pathlib.Path, name: str) -> None:
        self._home, self._name = home, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        own = self._builder(self._name, self._key).add_extension(constraints, critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        self._identifier = identifier
        own = own.add_extension(identifier, critical=False)
        self.certificate = own.sign(self._key, hashes.SHA256())
        pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        self.path = _written(home / f"{name}.pem", pem)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
        )

    def signed(self, name: str, *names: str, addresses: tuple[str, ...] = ()) -> Pair:
        """A certificate of these names and addresses, in files called C(name)."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        known: list[x509.GeneralName] = [x509.DNSName(n) for n in names]
        known += [x509.IPAddress(ipaddress.ip_address(a)) for a in addresses]
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._identifier)
        certificate = (
            self._builder(subject, key)
            .add_extension(x509.SubjectAlternativeName(known), critical=False)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        return Pair(
            _written(self._home / f"{name}.pem", pem),
            _written(self._home / f"{name}-key.pem", secret),
        )
