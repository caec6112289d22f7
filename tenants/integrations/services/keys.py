"""Making a key, knowing it again, taking it back."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.merchants.limits import has_feature
from kit.errors import Kind, Refused
from kit.tenancy import current_store
from tenants.integrations.models import ApiKey
from tenants.integrations.scopes import SCOPES
from tenants.journal.services import Actor, record

BEGIN = "lk_"
_SHOWN = 9  # letters of the key that people recognise it by
_MOST_KEYS = 20
_NOTE_USE_EVERY = timedelta(minutes=1)


class NotInPlan(Refused):
    """The plan opens less to other programs, or nothing."""

    code, kind, sentence = "api_not_in_plan", Kind.PAYMENT, _("当前套餐不含这项接口权限，升级后即可使用。")


class NoScopes(Refused):
    """A key was asked for that opens nothing, or something there is not."""

    code, kind, sentence = "no_scopes", Kind.INVALID, _("请至少选一项权限。")


class TooManyKeys(Refused):
    """There are twenty keys in use."""

    code, kind, sentence = "too_many_keys", Kind.CONFLICT, _("最多 20 个使用中的密钥，请先停用不用的。")


class KeyMissing(Refused):
    """There is no such key in this store."""

    code, kind, sentence = "key_missing", Kind.MISSING, _("没有找到这个密钥。")


def make_key(
    *, name: str, scopes: Collection[str], expires_at: datetime | None, by: str, by_name: str, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key and return it with its text, which is shown once and never kept. Says nothing of the store.

    :raises NotInPlan, NoScopes, TooManyKeys:
    """
    known = [scope for scope in SCOPES if scope in scopes]
    for scope in known:
        refuse_without_plan(scope=scope)
    if not known or len(known) != len(set(scopes)):
        raise NoScopes(fields={"scopes": [NoScopes.sentence]})
    text = BEGIN + secrets.token_urlsafe(32)
    with transaction.atomic():
        if ApiKey.objects.filter(revoked_at=None).count() >= _MOST_KEYS:
            raise TooManyKeys
        key = ApiKey.objects.create(
            name=name.strip(),
            prefix=text[:_SHOWN],
            key_hash=hash_of(text),
            scopes=known,
            created_at=now,
            created_by=by,
            expires_at=expires_at,
        )
        record(what="key.made", subject=key, at=now, actor=Actor(kind="person", id=by, name=by_name), scopes=known)
    return key, text


def revoke_key(*, key_id: UUID, by: str, by_name: str, now: datetime) -> ApiKey:
    """Take a key back; from the next request on it opens nothing. Safe to repeat. :raises KeyMissing:"""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
        if key is None:
            raise KeyMissing
        if key.revoked_at is None:
            key.revoked_at, key.revoked_by = now, by
            key.save(update_fields=["revoked_at", "revoked_by"])
            record(what="key.revoked", subject=key, at=now, actor=Actor(kind="person", id=by, name=by_name))
    return key


def key_of(*, text: str, now: datetime) -> ApiKey | None:
    """Find the living key of this text in this store, in one statement; its use is noted once a minute."""
    if not text.startswith(BEGIN):
        return None
    key: ApiKey | None = ApiKey.objects.filter(key_hash=hash_of(text)).first()
    if key is None or key.state_at(now) != "active":
        return None
    if key.last_used_at is None or key.last_used_at < now - _NOTE_USE_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def refuse_without_plan(*, scope: str) -> None:
    """Let only stores through whose plan has what a scope needs; who may write may read.

    :raises NotInPlan:
    """
    enough = ("api_read", "api_write") if scope.endswith(":read") else ("api_write",)
    if not any(has_feature(merchant_id=current_store().merchant_id, what=one) for one in enough):
        raise NotInPlan


def may_have_keys() -> bool:
    """Say whether the plan opens anything to other programs."""
    store = current_store().merchant_id
    return any(has_feature(merchant_id=store, what=one) for one in ("api_read", "api_write"))


def hash_of(text: str) -> str:
    """Hash a key. It is random enough that a plain hash cannot be turned back."""
    return hashlib.sha256(text.encode()).hexdigest()
