"""Prepaid money at the operator's desk: paid back by two people, its paper, and statements beside Stripe's."""

from datetime import timedelta
from typing import Any

from django.test import Client

from billing.models.prepay import PrepayRefund
from billing.services.reconcile_company import reconcile_companies
from control.people.services import register_person
from kit import clock
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.test_prepaid_back import fresh, paid
from tests.billing.test_prepay import Till, till
from tests.control.account.conftest import Desk, owner
from tests.control.console.conftest import PASSWORD
from tests.simulators.companies import _companies, companies

__all__ = ["_companies", "companies", "owner", "till"]


def second(till: Till) -> Client:
    with in_control():
        person = register_person(
            email="two@linli.test", phone="13900000002", password=PASSWORD, name="小二", now=till.world.now
        )
        person.is_operator = True
        person.save()
    client = Client(headers={"host": "linli.test"})
    client.post("/console/login", {"email": "two@linli.test", "password": PASSWORD})
    return client


def test_two_operators_pay_back_and_the_merchant_holds_the_paper(till: Till, at_console: Client, owner: Desk) -> None:
    charge = paid(till)
    wallet = f"/console/stores/{till.world.store.merchant_id}/wallet"
    form = f"/console/prepaid/{charge.pk}/refund"
    assert form in at_console.get(wallet).content.decode()
    assert "¥500.00" in at_console.get(form).content.decode()

    typed: dict[str, Any] = {"amount": "600", "reason": "多充了", "key": str(new_id())}
    assert at_console.post(form, typed).status_code == 409
    assert at_console.post(form, {**typed, "amount": "200", "reason": ""}).status_code == 422
    assert at_console.post(form, {**typed, "amount": "200"}).status_code == 303
    with in_control():
        refund = PrepayRefund.objects.get()
    approval = f"/console/prepaid/refunds/{refund.pk}/approval"
    paper = f"/console/prepaid/refunds/{refund.pk}/paper"
    assert at_console.get(paper).status_code == 404  # no paper before it is approved
    assert approval not in at_console.get(wallet).content.decode()
    assert at_console.post(approval).status_code == 403

    other = second(till)
    assert approval in other.get(wallet).content.decode()
    with till.world.committing(execute=True):
        assert other.post(approval).status_code == 303

    number = fresh(refund).number
    assert str(number) in at_console.get(wallet).content.decode()
    assert at_console.get(paper)["Content-Type"] == "application/pdf"
    assert str(number) in owner.get("wallet")
    assert owner.ask(f"wallet/refunds/{refund.pk}/paper").status_code == 200
    assert str(number) in b"".join(owner.ask("wallet/download").streaming_content).decode()
    stranger = Client(headers={"host": "rival.linli.test"})
    assert stranger.get(f"/backoffice/account/wallet/refunds/{refund.pk}/paper").status_code == 302


def test_the_page_of_differences_names_the_company(till: Till, at_console: Client) -> None:
    charge = paid(till)
    till.company(charge).trades.clear()
    till.tell_time(till.world.now + timedelta(days=1))
    with in_control():
        reconcile_companies(now=till.world.now)

    with clock.at(till.world.now):
        page = at_console.get("/console/reconciliation").content.decode()

    assert "微信支付" in page
    assert charge.key in page
    assert "支付公司没有" in page
    assert "微信支付和支付宝的账单" in page
