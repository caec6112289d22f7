"""Certificates as WeChat Pay makes them, and the form of its refusals."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


def error(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}


def certificate_of(key: RSAPrivateKey, name: str, *, days: int = 1825) -> str:
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name or "merchant")])
    begins = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()
