"""The credentials an owner pastes, and what can be said of them without asking anybody."""

import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

MCHID = re.compile(r"[0-9]{8,10}\Z")
WECHAT_APPID = re.compile(r"wx[0-9a-f]{16}\Z")
SERIAL = re.compile(r"[0-9A-F]{8,40}\Z")
PUBLIC_KEY_ID = re.compile(r"PUB_KEY_ID_[0-9A-Za-z]{8,60}\Z")
API_V3_KEY = re.compile(r"[0-9A-Za-z]{32}\Z")
ALIPAY_APPID = re.compile(r"[0-9]{16}\Z")
ALIPAY_SELLER = re.compile(r"2088[0-9]{12}\Z")
STRIPE_SECRET = re.compile(r"(sk|rk)_(test|live)_[0-9A-Za-z]{8,200}\Z")
STRIPE_HOOK = re.compile(r"whsec_[0-9A-Za-z+/=]{8,200}\Z")
_FEWEST_BITS = 2048


class NotAKey(ValueError):
    """The text is not the key it should be; the message is a code for the form to translate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatKeys:
    """A merchant's account at WeChat Pay. ``certificates`` are the platform's, public, as PEM."""

    mchid: str
    appid: str
    serial_no: str
    private_key: str
    api_v3_key: str
    public_key: str = ""
    public_key_id: str = ""
    app_secret: str = ""
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayKeys:
    """An application at Alipay and the seller it collects for."""

    appid: str
    seller_id: str
    private_key: str
    alipay_public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeKeys:
    """An account at Stripe."""

    api_key: str
    webhook_secret: str


def private_key_pem(text: str) -> str:
    """Read an RSA private key, PEM or the bare base64 that Alipay's tool writes, and return it as PKCS#8 PEM.

    :raises NotAKey: "not_pem", "is_public", "is_encrypted", "not_rsa", "too_short".
    """
    text = text.strip()
    if "PUBLIC KEY" in text or "BEGIN CERTIFICATE" in text:
        raise NotAKey("is_public")
    if "ENCRYPTED" in text:
        raise NotAKey("is_encrypted")
    key = None
    for kind in ("PRIVATE KEY", "RSA PRIVATE KEY"):
        try:
            key = serialization.load_pem_private_key(_as_pem(text, kind), password=None)
            break
        except (ValueError, TypeError):
            continue
    if key is None:
        raise NotAKey("not_pem")
    if not isinstance(key, RSAPrivateKey):
        raise NotAKey("not_rsa")
    if key.key_size < _FEWEST_BITS:
        raise NotAKey("too_short")
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def proven_key(pem: str) -> RSAPrivateKey:
    """Read a private key that ``private_key_pem`` returned: proven when it was pasted, sealed since (decision 0096)."""
    key = serialization.load_pem_private_key(
        _as_pem(pem.strip(), "PRIVATE KEY"), password=None, unsafe_skip_rsa_key_validation=True
    )
    assert isinstance(key, RSAPrivateKey)
    return key


def public_key_pem(text: str) -> str:
    """Read an RSA public key, PEM or bare base64, and return it as PEM. :raises NotAKey: as above, "is_private"."""
    text = text.strip()
    if "PRIVATE KEY" in text:
        raise NotAKey("is_private")
    try:
        key = serialization.load_pem_public_key(_as_pem(text, "PUBLIC KEY"))
    except (ValueError, TypeError):
        raise NotAKey("not_pem") from None
    if not isinstance(key, RSAPublicKey):
        raise NotAKey("not_rsa")
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def is_pair(*, private_key: str, public_key: str) -> bool:
    """Say whether two PEM texts are halves of one key: pasting one's own public key for Alipay's is a classic."""
    own = serialization.load_pem_private_key(private_key.encode(), password=None).public_key()
    other = serialization.load_pem_public_key(public_key.encode())
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return own.public_bytes(*form) == other.public_bytes(*form)


def fingerprint(private_key: str) -> str:
    """Name a key without telling it: the first bytes of its public half's hash."""
    own = serialization.load_pem_private_key(private_key.encode(), password=None).public_key()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(own.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))
    return digest.finalize().hex()[:16]


def merchant_certificate(text: str, *, private_key: str) -> tuple[str, datetime]:
    """Read the serial number and the end of a merchant's own certificate (apiclient_cert.pem).

    :raises NotAKey: "not_certificate", or "other_key" when it was not made for this private key.
    """
    try:
        certificate = x509.load_pem_x509_certificate(text.strip().encode())
    except ValueError:
        raise NotAKey("not_certificate") from None
    public = certificate.public_key()
    if not isinstance(public, RSAPublicKey):
        raise NotAKey("not_rsa")
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    if not is_pair(private_key=private_key, public_key=public.public_bytes(*form).decode()):
        raise NotAKey("other_key")
    return f"{certificate.serial_number:X}", certificate.not_valid_after_utc


def _as_pem(text: str, kind: str) -> bytes:
    if text.startswith("-----BEGIN"):
        return text.encode()
    body = "".join(text.split())
    lines = "\n".join(body[place : place + 64] for place in range(0, len(body), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n".encode()
