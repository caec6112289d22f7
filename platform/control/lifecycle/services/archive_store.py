"""A store that is not needed now leaves the database; its export stays."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.lifecycle.manifest import Manifest, check_export
from control.lifecycle.models import ExportKind, StoreExport
from control.lifecycle.selectors import latest_archive
from control.lifecycle.services.export_store import Tell, folder_of, keep_export, silently
from control.merchants.models import Merchant, MerchantState
from control.merchants.services import MoveRefused, NoSuchMerchant, move_store
from control.provisioning.services.drop_schema import drop_schema
from kit.errors import Kind, Refused
from kit.ports.storage import empty_folder
from kit.tenancy import in_control, in_store

# Other processes may serve a suspended store for five seconds more (control.merchants.directory.KEEP): twice that
CLOSED_FOR = timedelta(seconds=10)


class StillClosing(Refused):
    """The store was suspended a moment ago; a request that came before may still be writing."""

    code, kind, sentence = "still_closing", Kind.CONFLICT, _("店铺刚刚停用，请过十秒再试。")


def archive_store(*, merchant_id: UUID, by: str, reason: str, now: datetime, tell: Tell = silently) -> StoreExport:
    """Export a suspended store, prove the export, then drop its schema and its files; safe to repeat.

    :raises NoSuchMerchant, MoveRefused, StillClosing: the store must have been suspended for ten seconds.
    """
    with in_control():
        merchant = Merchant.objects.filter(pk=merchant_id).first()
    if merchant is None:
        raise NoSuchMerchant
    if merchant.state != MerchantState.ARCHIVED:
        refuse_unless_closed(merchant, now)
        row = keep_export(merchant_id=merchant_id, kind=ExportKind.ARCHIVE, by=by, now=now, tell=tell)
        check_export(folder_of(row), manifest=Manifest.read(folder_of(row)))
        with in_control(), transaction.atomic(durable=True):
            move_store(merchant_id=merchant_id, to=MerchantState.ARCHIVED, now=now)
            drop_schema(name=merchant.schema_name)
            record_act(
                what="merchant.state",
                actor=by,
                now=now,
                merchant_id=merchant_id,
                reason=reason,
                state=MerchantState.ARCHIVED.value,
            )
    with in_store(merchant.ref):
        empty_folder()
    with in_control():
        return latest_archive(merchant_id)


def refuse_unless_closed(merchant: Merchant, now: datetime) -> None:
    """Let only a store through that has been suspended long enough for every process to know.

    :raises MoveRefused, StillClosing:
    """
    if merchant.state != MerchantState.SUSPENDED:
        raise MoveRefused(_("请先停用店铺。"), state=merchant.state, to=MerchantState.ARCHIVED.value)
    if now < merchant.state_since + CLOSED_FOR:
        raise StillClosing
