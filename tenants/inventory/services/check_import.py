"""Checking an upload of goods row by row, before anything is written."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.merchants.limits import keep_within_limit
from kit.ports.storage import delete_file, keep_file, read_file
from kit.tenancy import current_store
from tenants.catalog.models import CatalogImport, ImportState
from tenants.catalog.selectors import skus_counted
from tenants.catalog.services.import_goods.columns import rules_from
from tenants.catalog.services.import_goods.more_columns import Place
from tenants.catalog.services.import_goods.plan import plan_goods, plan_stock
from tenants.catalog.services.import_goods.planned import CHANGED, NEW, UNCHANGED, Plan
from tenants.catalog.services.import_goods.problems import problems_file
from tenants.catalog.services.import_goods.receive_sheet import OPEN_STATES, ImportClosed, import_of, sheet_of
from tenants.catalog.services.import_goods.rows import read_rows
from tenants.catalog.services.import_goods.sheet import Sheet
from tenants.inventory.selectors import stock_of

MOST_REMARKS = 200


def check_import(*, import_id: UUID, now: datetime) -> CatalogImport:
    """Compare every row with the catalogue and count what is new, changed, unchanged and wrong; writes no goods.

    With wrong rows the import is refused, and the merchant's own file is kept with the reasons in it.

    :raises ImportMissing, ImportClosed, PlanLimitReached:
    """
    source = import_of(import_id)
    sheet = sheet_of(source)
    plan = planned_import(source=source, sheet=sheet)
    if not plan.wrong:
        keep_within_limit(
            merchant_id=current_store().merchant_id, what="skus", used=skus_counted(), adding=plan.count(NEW)
        )
    write_findings(source=source, sheet=sheet, plan=plan)
    source.refresh_from_db()
    return source


def planned_import(*, source: CatalogImport, sheet: Sheet, lock: bool = False) -> Plan:
    """Read an import's rows and plan them against the catalogue and the stock of this moment."""
    rules = rules_from(source.rules)
    place = Place(current_store().currency, current_store().timezone)
    rows = read_rows(sheet=sheet, columns=source.columns, rules=rules, place=place)
    plan = plan_goods(
        rows=rows, last_row_wins=rules.last_row_wins, opening_stock=rules.opening_stock, place=place, lock=lock
    )
    plan_stock(plan, stock_of(plan.sku_ids()))
    return plan


def write_findings(*, source: CatalogImport, sheet: Sheet, plan: Plan) -> None:
    """Write down what a check found. :raises ImportClosed: the import ended meanwhile."""
    problems_key = ""
    if plan.wrong:
        file = problems_file(content=read_file(source.file_key), sheet=sheet, wrong=plan.wrong)
        problems_key = keep_file(content=file, room="imports", suffix="csv" if sheet.is_csv else "xlsx")
    with transaction.atomic(durable=True):
        found = CatalogImport.objects.filter(pk=source.pk, state__in=[*OPEN_STATES, ImportState.RUNNING]).update(
            state=ImportState.REFUSED if plan.wrong else ImportState.CHECKED,
            rows_total=len(sheet.rows),
            rows_wrong=len(plan.wrong),
            made=plan.count(NEW),
            changed=plan.count(CHANGED),
            unchanged=plan.count(UNCHANGED),
            remarks=[list(remark) for remark in _said(plan)[:MOST_REMARKS]],
            changes=[list(change) for change in plan.changes[:MOST_REMARKS]],
            changes_total=len(plan.changes),
            problems_key=problems_key,
        )
    if not found:
        raise ImportClosed
    if source.problems_key:
        delete_file(source.problems_key)


def _said(plan: Plan) -> list[tuple[int, str]]:
    if plan.wrong:
        return sorted((number, " ".join(reasons)) for number, reasons in plan.wrong.items())
    return plan.remarks
