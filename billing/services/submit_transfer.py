"""A merchant says that it paid by bank, and shows it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from billing.calendar import local_day
from billing.models.agreements import BillingAccount
from billing.models.transfers import BankTransfer
from billing.refusals import NoSubscription
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.ports.storage import delete_file, keep_file, read_file
from kit.tenancy import StoreRef, in_control, in_store
from tenants.catalog.services.encode_picture import encode_picture

MOST_BYTES = 5 * 1024 * 1024
OLDEST = timedelta(days=180)


class ProofUnreadable(Refused):
    """Neither a picture nor a PDF, or too large."""

    code, kind, sentence = "proof_unreadable", Kind.INVALID, _("凭证请上传 5 MB 以内的图片或 PDF。")


class NoSuchTransfer(Refused):
    """There is no such transfer, or it is another merchant's."""

    code, kind, sentence = "no_such_transfer", Kind.MISSING, _("没有找到这笔转账。")


class TransferKnown(Refused):
    """The same transfer was told before."""

    code, kind, sentence = "transfer_known", Kind.CONFLICT, _("这笔转账已经提交过了，不用重复提交。")


class WrongTransfer(Refused):
    """The amount or the day cannot be right."""

    code, kind, sentence = "wrong_transfer", Kind.INVALID, _("请核对转账金额和日期。")


def submit_transfer(
    *,
    store: StoreRef,
    amount_minor: int,
    reference: str,
    paid_on: date,
    proof: bytes,
    by: str,
    now: datetime,
) -> BankTransfer:
    """Keep what a merchant says it sent by bank, with a picture or PDF of it, for an operator to match.

    The proof lies in the merchant's own folder; it is written before the row, and removed again when that fails.

    :raises NoSubscription, ProofUnreadable, WrongTransfer, TransferKnown:
    """
    with in_control():
        billing_account = BillingAccount.objects.filter(merchant_id=store.merchant_id).first()
    if billing_account is None:
        raise NoSubscription
    today = local_day(now, billing_account.zone)
    if amount_minor <= 0 or not today - OLDEST <= paid_on <= today:
        raise WrongTransfer
    with in_store(store):
        key, suffix = _keep_proof(proof)
    try:
        with in_control():
            return _record(billing_account, amount_minor, reference.strip(), paid_on, (key, suffix), by, now)
    except BaseException:
        with in_store(store):
            delete_file(key)
        raise


def _keep_proof(proof: bytes) -> tuple[str, str]:
    if not proof or len(proof) > MOST_BYTES:
        raise ProofUnreadable
    if proof.startswith(b"%PDF-"):
        return keep_file(content=proof, room="transfers", suffix="pdf"), "pdf"
    try:
        encoded = encode_picture(proof)
    except Refused as no:
        raise ProofUnreadable from no
    return keep_file(content=encoded.large, room="transfers", suffix="webp"), "webp"


def _record(
    billing_account: BillingAccount,
    amount_minor: int,
    reference: str,
    paid_on: date,
    proof: tuple[str, str],
    by: str,
    now: datetime,
) -> BankTransfer:
    try:
        with transaction.atomic(durable=True):
            transfer = BankTransfer.objects.create(
                billing_account=billing_account,
                amount_minor=amount_minor,
                currency=billing_account.currency,
                reference=reference,
                paid_on=paid_on,
                proof_key=proof[0],
                proof_suffix=proof[1],
                submitted_by=by,
                submitted_at=now,
            )
            record_act(
                what="transfer.submitted",
                actor=by,
                now=now,
                merchant_id=billing_account.merchant_id,
                amount_minor=amount_minor,
                currency=billing_account.currency,
                reference=reference,
            )
    except IntegrityError as known:
        raise TransferKnown from known
    return transfer


def read_proof(*, store: StoreRef, transfer_id: UUID) -> tuple[bytes, str]:
    """Read the proof of one of a store's transfers, and its kind of file. :raises NoSuchTransfer:"""
    with in_control():
        transfer = BankTransfer.objects.filter(pk=transfer_id, billing_account__merchant_id=store.merchant_id).first()
    if transfer is None:
        raise NoSuchTransfer
    with in_store(store):
        return read_file(transfer.proof_key), transfer.proof_suffix
