"""A private key is proven once, when it is pasted: what is no key, or a bent one, never comes as far as a call."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from kit.ports.payments.keys import NotAKey, private_key_pem, proven_key
from tests.simulators.company import new_private_key, pem_of, public_pem_of


def as_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, form: str = "PKCS8", password: str = "") -> str:
    hidden = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, getattr(serialization.PrivateFormat, form), hidden).decode()


def bare(pem: str) -> str:
    return "".join(pem.splitlines()[1:-1])


def test_is_read_in_each_form_that_the_companies_tools_write() -> None:
    key = new_private_key()
    numbers = key.private_numbers()
    for text in (
        as_pem(key),
        as_pem(key, "TraditionalOpenSSL"),
        bare(as_pem(key)),
        bare(as_pem(key, "TraditionalOpenSSL")),
        f"  {as_pem(key)}\n\n",
        as_pem(key).replace("\n", "\r\n"),
    ):
        kept = private_key_pem(text)
        assert kept.startswith("-----BEGIN PRIVATE KEY-----")
        assert proven_key(kept).private_numbers() == numbers


def test_with_numbers_that_do_not_fit_is_refused_when_it_is_pasted() -> None:
    own, other = new_private_key().private_numbers(), new_private_key().private_numbers()
    bent = rsa.RSAPrivateNumbers(
        p=own.p,
        q=own.q,
        d=other.d,
        dmp1=own.dmp1,
        dmq1=own.dmq1,
        iqmp=own.iqmp,
        public_numbers=own.public_numbers,
    ).private_key(unsafe_skip_rsa_key_validation=True)
    with pytest.raises(NotAKey, match="not_pem"):
        private_key_pem(pem_of(bent))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not_pem"),
        ("hello", "not_pem"),
        ("密钥", "not_pem"),
        (as_pem(ec.generate_private_key(ec.SECP256R1())), "not_rsa"),
        (as_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "too_short"),
    ],
)
def test_says_what_else_it_is(text: str, why: str) -> None:
    with pytest.raises(NotAKey, match=why):
        private_key_pem(text)


def test_says_that_it_is_public_or_has_a_password() -> None:
    key = new_private_key()
    with pytest.raises(NotAKey, match="is_public"):
        private_key_pem(public_pem_of(key))
    with pytest.raises(NotAKey, match="is_encrypted"):
        private_key_pem(as_pem(key, password="secret"))
