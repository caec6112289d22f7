"""A way to one export, once, for one person at one store."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from control.lifecycle.models import ExportLink, StoreExport
from control.lifecycle.selectors import export_of
from kit.errors import Kind, Refused

LIVES = timedelta(minutes=10)


class LinkRefused(Refused):
    """The link is unknown, used, too old, or another person's."""

    code, kind, sentence = "link_refused", Kind.MISSING, _("下载链接已失效，请回到导出页重新点下载。")


def make_link(*, merchant_id: UUID, export_id: UUID, person_id: UUID, now: datetime) -> str:
    """Make a link to a finished export, in the caller's control scope; only its hash is kept. :raises NoSuchExport:"""
    export = export_of(merchant_id, export_id=export_id)
    token = secrets.token_urlsafe(32)
    ExportLink.objects.create(
        token_hash=_hash(token), export=export, person_id=person_id, merchant_id=merchant_id, expires_at=now + LIVES
    )
    return token


def use_link(*, token: str, merchant_id: UUID, person_id: UUID, now: datetime) -> StoreExport:
    """Use a link up and return its export, in the caller's control scope. :raises LinkRefused, NoSuchExport:"""
    unused = ExportLink.objects.filter(
        token_hash=_hash(token), merchant_id=merchant_id, person_id=person_id, used_at=None, expires_at__gt=now
    )
    if not unused.update(used_at=now):
        raise LinkRefused
    return export_of(merchant_id, export_id=ExportLink.objects.get(token_hash=_hash(token)).export_id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
