"""Private keys are read once: whoever reads one proves it, which takes longer than all else in a call."""

from functools import cache

import alipay
import pytest
import wechatpayv3.utils
from cryptography.hazmat.primitives import serialization


def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test with thousands of calls to the companies read each private key once."""
    reading = cache(serialization.load_pem_private_key)
    monkeypatch.setattr(serialization, "load_pem_private_key", reading)
    monkeypatch.setattr(wechatpayv3.utils, "load_pem_private_key", reading)
    monkeypatch.setattr(alipay.RSA, "importKey", cache(alipay.RSA.importKey))
