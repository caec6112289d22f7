"""How money, times and pictures are written in every answer."""

from datetime import datetime
from typing import Any, overload
from zoneinfo import ZoneInfo

from kit.ports.storage import public_url
from kit.tenancy import current_store


def money(amount_minor: int, currency: str) -> dict[str, Any]:
    """Write an amount in minor units."""
    return {"amount": amount_minor, "currency": currency}


@overload
def moment(at: datetime) -> str: ...
@overload
def moment(at: None) -> None: ...
def moment(at: datetime | None) -> str | None:
    """Write a time as the store's clock on the wall shows it, with its offset."""
    if at is None:
        return None
    return at.astimezone(ZoneInfo(current_store().timezone)).isoformat(timespec="seconds")


def picture(file_key: str, variant: str = "") -> str | None:
    """Write the address of a picture on this host; None when there is none."""
    return public_url(file_key, variant) if file_key else None
