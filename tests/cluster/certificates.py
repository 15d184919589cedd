"""Throw-away certificates for one control plane: an authority, a server certificate, client certificates."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = datetime.timedelta(days=1)
_SERVER_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")


@dataclass(frozen=True, slots=True)
class Pair:
    """Files of a certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority that lives as long as the control plane."""

    def __init__(self, home: Path) -> None:
        self._home = home
        home.mkdir(parents=True, exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("meshplan-tests")
        basics = x509.BasicConstraints(ca=True, path_length=None)
        certificate = _builder(self._name, self._name, self._key).add_extension(basics, critical=True)
        self.file = home / "ca.crt"
        self.file.write_bytes(_pem(certificate.sign(self._key, hashes.SHA256())))

    def server(self) -> Pair:
        """Make the certificate of the API server, for loopback."""
        names = [*map(x509.DNSName, _SERVER_NAMES), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return self._issue("server", _named("kube-apiserver"), ExtendedKeyUsageOID.SERVER_AUTH, names)

    def client(self, user: str, groups: Sequence[str] = ()) -> Pair:
        """Make a client certificate; Kubernetes takes CN for the user and each O for a group."""
        file = f"client-{''.join(c if c.isalnum() else '-' for c in user)}"
        return self._issue(file, _named(user, groups), ExtendedKeyUsageOID.CLIENT_AUTH)

    def signing_key(self) -> Path:
        """Make the key that signs tokens of ServiceAccounts."""
        return self._save_key("service-accounts", ec.generate_private_key(ec.SECP256R1()))

    def _issue(
        self, file: str, subject: x509.Name, usage: x509.ObjectIdentifier, names: Sequence[x509.GeneralName] = ()
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(subject, self._name, key).add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = self._home / f"{file}.crt"
        certificate.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))
        return Pair(certificate, self._save_key(file, key))

    def _save_key(self, file: str, key: ec.EllipticCurvePrivateKey) -> Path:
        path = self._home / f"{file}.key"
        path.touch(mode=0o600)
        plain = serialization.NoEncryption()
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
        )
        return path


def _named(user: str, groups: Sequence[str] = ()) -> x509.Name:
    listed = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*listed, x509.NameAttribute(NameOID.COMMON_NAME, user)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    dated = builder.not_valid_before(now - _DAY).not_valid_after(now + 2 * _DAY)
    return dated.serial_number(x509.random_serial_number())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
