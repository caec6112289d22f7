"""Taking back the last import."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import CatalogImport, ImportState, Product, ProductState
from tenants.catalog.services.import_goods.receive_sheet import import_of
from tenants.catalog.services.set_state import set_state
from tenants.inventory.models import MoveKind, StockMove
from tenants.journal.services import Actor, record


class NotTheLast(Refused):
    """Only the last finished import can be taken back."""

    code, kind, sentence = "not_the_last_import", Kind.CONFLICT, _("只能撤销最近一次导入。")


def undo_import(*, import_id: UUID, by_name: str, now: datetime) -> tuple[int, int]:
    """Take the goods an import made off the shelf, but for those somebody ordered; says how many of each.

    What it changed in older goods stays as it is.

    :raises ImportMissing, NotTheLast:
    """
    import_of(import_id)
    with transaction.atomic(durable=True):
        ended = CatalogImport.objects.filter(finished_at__isnull=False).order_by("-finished_at", "-id")
        last = ended.select_for_update().first()
        if last is None or last.pk != import_id or last.state != ImportState.DONE:
            raise NotTheLast
        orders = StockMove.objects.filter(sku__product=OuterRef("pk"), kind__in=[MoveKind.RESERVE, MoveKind.TAKE])
        made = Product.objects.filter(made_by_import=last).exclude(state=ProductState.OFF_SHELF)
        is_sold = dict(made.annotate(is_sold=Exists(orders)).values_list("pk", "is_sold"))
        unsold = [product_id for product_id, sold in is_sold.items() if not sold]
        set_state(product_ids=unsold, state=ProductState.OFF_SHELF, now=now, by_name=by_name)
        last.state = ImportState.UNDONE
        last.save(update_fields=["state"])
        counts = {"taken_off": len(unsold), "kept": len(is_sold) - len(unsold)}
        actor = Actor(kind="person", id="", name=by_name)
        record(what="goods.import_undone", subject=last, at=now, actor=actor, counts=counts)
    return counts["taken_off"], counts["kept"]
