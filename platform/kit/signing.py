"""The one place that signs. A signature is worth nothing outside the scope it was made in.

The key itself is the store's own, drawn from the deployment's secret, so a signature copied to another store is as
wrong as an invented one, whatever its words say. In the control plane the key is the platform's.
"""

import hashlib
import hmac

from django.conf import settings

from kit.tenancy.scope import required_scope


def sign(words: bytes, *, purpose: str) -> str:
    """Sign words for one purpose in the open scope. :raises NoScope:"""
    return _signature(words, purpose, str(settings.SECRET_KEY))


def is_signed(words: bytes, signature: str, *, purpose: str) -> bool:
    """Say whether this scope signed these words for this purpose, with today's secret or one before it."""
    given = signature.encode()
    secrets = [str(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return any(hmac.compare_digest(_signature(words, purpose, secret).encode(), given) for secret in secrets)


def scope_salt(purpose: str) -> str:
    """Name a purpose in the open scope, for signers of Django's own that take a salt. :raises NoScope:"""
    scope = required_scope()
    # by the merchant, not by the schema: a restore gives the store another schema
    whose = str(scope.store.merchant_id) if scope.store else scope.schema
    return f"linli:{purpose}:{whose}"


def _signature(words: bytes, purpose: str, secret: str) -> str:
    key = hmac.digest(secret.encode(), scope_salt(purpose).encode(), "sha256")
    return hmac.new(key, words, hashlib.sha256).hexdigest()
