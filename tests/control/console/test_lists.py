"""Lists at the operator's desk ask the database no more for more rows."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models.addons import AddOnPrice
from billing.models.agreements import BillingAccount
from billing.models.coupons import Coupon
from billing.models.reconciling import Difference
from billing.models.transfers import BankTransfer
from billing.services.give_gift import give_gift
from kit.tenancy import in_control
from tests.billing.world import World


def more_coupons(world: World, numbers: range) -> None:
    for n in numbers:
        Coupon.objects.create(code=f"C{n}", percent_ppm=1, duration="once", made_by="op", made_at=world.now)


def more_add_on_prices(world: World, numbers: range) -> None:
    sold = AddOnPrice.objects.select_related("add_on").get(add_on__code="city", interval="month", valid_until=None)
    for n in numbers:
        began = sold.valid_from - timedelta(days=30 * (n + 1))
        AddOnPrice.objects.create(
            add_on=sold.add_on, currency="CNY", interval="month", amount_minor=n, tax_ppm=0, valid_from=began,
            valid_until=began + timedelta(days=30),
        )  # fmt: skip


def more_transfers(world: World, numbers: range) -> None:
    payer = BillingAccount.objects.get()
    for n in numbers:
        BankTransfer.objects.create(
            billing_account=payer, amount_minor=1, currency="CNY", reference=f"R{n}", paid_on=world.now.date(),
            proof_key="x", proof_suffix="pdf", submitted_by="x", submitted_at=world.now,
        )  # fmt: skip


def more_differences(world: World, numbers: range) -> None:
    payer = BillingAccount.objects.get()
    for n in numbers:
        Difference.objects.create(
            kind="missing_here", subject=f"txn_{n}", theirs_minor=1, currency="CNY", found_at=world.now,
            billing_account=payer,
        )  # fmt: skip


def more_gifts(world: World, numbers: range) -> None:
    for _n in numbers:
        give_gift(
            merchant_id=world.store.merchant_id, what="leaders", amount=1, ends_at=None, actor="op", reason="x",
            now=world.now,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("where", "more"),
    [
        ("coupons", more_coupons),
        ("prices", more_add_on_prices),
        ("transfers", more_transfers),
        ("reconciliation", more_differences),
        ("stores/{merchant}/subscription", more_gifts),
    ],
)
def test_for_nine_rows_as_for_one(
    world: World, at_console: Client, where: str, more: Callable[[World, range], None]
) -> None:
    address = f"/console/{where.format(merchant=world.store.merchant_id)}"
    with in_control():
        more(world, range(1))
    few = asked(at_console, address)
    with in_control():
        more(world, range(1, 9))
    assert asked(at_console, address) == few


def asked(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as made:
        assert browser.get(address).status_code == 200
    return len(made)
