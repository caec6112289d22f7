"""The two stores every test database has."""

from control.merchants.models import Merchant
from kit.tenancy import StoreRef, in_control


def store_ref(slug: str) -> StoreRef:
    """Find a store of the test database."""
    with in_control():
        return Merchant.objects.get(slug=slug).ref
