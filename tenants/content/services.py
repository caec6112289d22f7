"""Writing the store's own words."""

from tenants.content.models import StoreProfile


def write_first_words(*, name: str) -> StoreProfile:
    """Give a new store its profile; a store that has one keeps it."""
    profile, _ = StoreProfile.objects.get_or_create(only=True, defaults={"name": name})
    return profile


def store_profile() -> StoreProfile:
    """Return this store's profile."""
    return StoreProfile.objects.get(only=True)
