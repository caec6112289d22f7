"""Those who deliver."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.purchasing.models import Supplier, SupplierState
from tenants.purchasing.selectors import SupplierMissing


class SupplierKnown(Refused):
    """Another supplier has this name."""

    code, kind, sentence = "supplier_known", Kind.CONFLICT, _("已经有一个供应商叫这个名字。")


@dataclass(frozen=True, slots=True)
class SupplierDraft:
    """What was typed of a supplier."""

    name: str
    contact: str = ""
    phone: str = ""
    terms: str = ""
    licence_no: str = ""
    licence_expires_on: date | None = None
    state: SupplierState = SupplierState.ACTIVE


def save_supplier(*, draft: SupplierDraft, by_name: str, now: datetime, supplier_id: UUID | None = None) -> Supplier:
    """Write down a supplier, or change one. :raises SupplierMissing, SupplierKnown:"""
    try:
        with transaction.atomic(durable=True):
            supplier = Supplier(created_at=now)
            if supplier_id is not None:
                known = Supplier.objects.select_for_update().filter(pk=supplier_id).first()
                if known is None:
                    raise SupplierMissing
                supplier = known
            for name, value in asdict(draft).items():
                setattr(supplier, name, value)
            supplier.save()
            record(what="supplier.saved", subject=supplier, at=now, actor=Actor(kind="person", name=by_name))
    except IntegrityError:
        raise SupplierKnown(fields={"name": [SupplierKnown.sentence]}) from None
    return supplier
