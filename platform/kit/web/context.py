"""What every template may use."""

from typing import Any

from django.http import HttpRequest


def kit(request: HttpRequest) -> dict[str, Any]:
    """Give templates the store of this request (None on the platform's host)."""
    return {"store": getattr(request, "store", None)}
