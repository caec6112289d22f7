"""A phone that speaks to a store's API, and holds every answer against the description."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.members.models import Member, MemberSession
from tenants.members.tokens import hash_of_token, new_token
from tests.api.description import PREFIX, refuse_undescribed


class Phone:
    """A shopper's or leader's phone at one store, signed in or not."""

    def __init__(self, ref: StoreRef, token: str = "") -> None:
        self.client = Client(headers={"host": f"{ref.slug}.linli.test"})
        self.token = token

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        """POST JSON; a key of its own unless one is given (an empty one sends none)."""
        key = str(uuid4()) if key is None else key
        if key:
            headers["idempotency-key"] = key
        return self.ask("POST", path, body, **headers)

    def delete(self, path: str) -> Any:
        return self.ask("DELETE", path)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if self.token:
            headers.setdefault("authorization", f"Bearer {self.token}")
        response = self.client.generic(
            method,
            PREFIX + path,
            data=b"" if body is None else _bytes(body),
            content_type="application/json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        refuse_undescribed(method, PREFIX + path, response)
        return response


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def signed_in(ref: StoreRef, member: Member) -> Phone:
    """Put a member's token into a phone."""
    token = new_token()
    now = clock.now()
    with in_store(ref):
        MemberSession.objects.create(
            member=member, token_hash=hash_of_token(token), created_at=now, expires_at=now + timedelta(days=30)
        )
        Member.objects.filter(pk=member.pk).update(last_seen_at=now)
    return Phone(ref, token)
