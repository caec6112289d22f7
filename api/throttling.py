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


class PointWishes(_PerAddress):
    scope, rate = "point-wishes", "20/hour"
