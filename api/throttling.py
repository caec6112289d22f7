"""Slowing down an address that signs in too often.

Counted in each process and therefore not exact. What protects a phone from a flood of SMS, and a code from
guessing, is counted in the database (tenants.members.services).
"""

from typing import Any

from rest_framework.throttling import SimpleRateThrottle

from kit.tenancy import current_store


class _PerAddress(SimpleRateThrottle):
    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"throttle:{self.scope}:{current_store().schema}:{self.get_ident(request)}"


class SmsCodes(_PerAddress):
    """A whole office or a mobile carrier may stand behind one address, so this is generous."""

    scope, rate = "sms-codes", "30/min"


class Sessions(_PerAddress):
    scope, rate = "sessions", "60/min"


class Searches(_PerAddress):
    scope, rate = "searches", "120/min"


class SearchesOfWords(_PerAddress):
    """The same words count once a day from one address. What is remembered of it ends with the day."""

    scope, rate = "words", "1/day"

    def __init__(self, mark: str) -> None:
        super().__init__()
        self._mark = mark

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"{super().get_cache_key(request, view)}:{self._mark}"


class PointWishes(_PerAddress):
    scope, rate = "point-wishes", "20/hour"
