"""What every template may use. Asks no database: error pages and closed stores use it too."""

from typing import Any

from django.http import HttpRequest

from kit import clock
from kit.web.words import script_words


def kit(request: HttpRequest) -> dict[str, Any]:
    """Give templates the store of this request (None on the platform's host), the hour, and the scripts' words."""
    return {
        "store": getattr(request, "store", None),
        "now": clock.now(),
        "kit_words": script_words(),
    }
