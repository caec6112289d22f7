"""The endpoints' secrets under a new key."""

from kit.sealing import current_key_id, key_id_of
from tenants.integrations.models import WebhookEndpoint
from tenants.integrations.signing import opened, sealed

_FIELDS = ("secret_sealed", "former_secret_sealed")


def reseal_endpoints() -> int:
    """Seal again, with the present key, what an older key sealed; return how many were. Safe to repeat.

    :raises SealBroken: a secret does not open with any key we have.
    """
    done = 0
    for endpoint in WebhookEndpoint.objects.all():
        old = {name: getattr(endpoint, name) for name in _FIELDS if getattr(endpoint, name)}
        stale = {name: words for name, words in old.items() if key_id_of(words) != current_key_id()}
        if stale:
            again = {name: sealed(opened(words, endpoint), endpoint) for name, words in stale.items()}
            # Only if nobody changed the secret meanwhile
            done += WebhookEndpoint.objects.filter(pk=endpoint.pk, **old).update(**again)
    return done
