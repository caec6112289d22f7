"""Merchants prepay by WeChat Pay and Alipay: opened once, believed only signed, in the wallet once."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from billing.models.ledger import Book
from billing.models.prepay import CompanyCharge, PrepayWay
from billing.models.wallet import TopUp, TopUpState
from billing.services.prepay import WayMissing, look_after_prepay, prepay
from billing.services.settle_prepay import settle_prepay
from control.inbox.models import EventState, OutsideEvent
from kit import clock
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.documents import Desk as Papers
from tests.billing.world import World
from tests.control.account.conftest import Desk, clerk, owner
from tests.simulators.companies import Companies, _companies, alipay_keys, companies, wechat_keys

__all__ = ["_companies", "clerk", "companies", "owner"]
WECHAT, ALIPAY = PrepayWay.WECHAT_NATIVE, PrepayWay.ALIPAY_QR


@pytest.fixture
def till(world: World, companies: Companies, settings: Any) -> "Till":
    settings.LINLI_COLLECT = {"wechat": asdict(wechat_keys(companies)), "alipay": asdict(alipay_keys(companies))}
    return Till(world, companies)


class Till:
    """The merchant's hands and the companies' letters."""

    def __init__(self, world: World, companies: Companies) -> None:
        self.world, self.companies = world, companies
        self.tell_time(world.now)

    def tell_time(self, now: datetime) -> None:
        self.world.move(now)
        self.companies.wechat.told_time = self.companies.alipay.told_time = now

    def prepay(self, way: PrepayWay = WECHAT, amount: int = 50_000, **given: Any) -> CompanyCharge:
        with in_control():
            return prepay(
                **{
                    "merchant_id": self.world.store.merchant_id,
                    "amount_minor": amount,
                    "way": way,
                    "key": new_id(),
                    "return_url": "http://acme.linli.test/backoffice/account/wallet",
                    "payer_ip": "127.0.0.1",
                    "actor": "boss@acme.test",
                    "now": self.world.now,
                    **given,
                }
            )

    def company(self, charge: CompanyCharge) -> Any:
        return getattr(self.companies, charge.provider)

    def letter(self, charge: CompanyCharge, *, times: int = 1) -> list[int]:
        """Deliver the company's letters about a charge through the door."""
        company = self.company(charge)
        letter = company.letters[-1]
        answers = []
        for _time in range(times):
            body, headers = letter.pack()
            kind = headers.pop("Content-Type", "application/json")
            with clock.at(self.world.now), self.world.committing(execute=True):
                answer = Client(headers={"host": "linli.test"}).post(
                    f"/api/v1/webhooks/pay/{charge.provider}", body, content_type=kind, headers=headers
                )
            answers.append(answer.status_code)
        return answers

    def act(self) -> list[EventState]:
        with in_control():
            events = OutsideEvent.objects.filter(provider__startswith="billing_", account="platform")
            return [settle_prepay(event_id=event.pk, now=self.world.now) for event in events]

    def state(self) -> str:
        with in_control():
            return TopUp.objects.latest("created_at", "id").state


@pytest.mark.parametrize("way", [WECHAT, ALIPAY])
class TestBothCompanies:
    def test_money_is_in_the_wallet_once_however_often_it_is_told(self, till: Till, way: PrepayWay) -> None:
        charge = till.prepay(way)
        assert charge.qr
        till.company(charge).pay(charge.key)

        assert till.letter(charge, times=3) == [200, 200, 200]
        till.act()
        till.act()

        papers = Papers(till.world)
        assert till.state() == TopUpState.SETTLED
        assert papers.lots() == [("paid", 50_000)]
        book = Book.CLEARING_WECHAT if way == WECHAT else Book.CLEARING_ALIPAY
        assert till.world.balance(book) == 50_000
        assert papers.broken() == []

    def test_the_same_form_is_the_same_trade(self, till: Till, way: PrepayWay) -> None:
        key = new_id()

        assert till.prepay(way, key=key).pk == till.prepay(way, key=key).pk
        with in_control():
            assert TopUp.objects.count() == 1

    def test_without_a_letter_the_janitor_finds_out(self, till: Till, way: PrepayWay) -> None:
        charge = till.prepay(way)
        till.company(charge).pay(charge.key)
        till.tell_time(till.world.now + timedelta(minutes=1))

        with in_control():
            assert look_after_prepay(now=till.world.now) == 1

        assert till.state() == TopUpState.SETTLED

    def test_nobody_pays_and_it_is_closed_when_its_time_is_over(self, till: Till, way: PrepayWay) -> None:
        till.prepay(way)
        till.tell_time(till.world.now + timedelta(minutes=31))

        with in_control():
            look_after_prepay(now=till.world.now)

        assert till.state() == TopUpState.FAILED

    def test_a_silent_company_is_asked_again_by_the_same_form(self, till: Till, way: PrepayWay) -> None:
        key = new_id()
        company = till.companies.wechat if way == WECHAT else till.companies.alipay
        company.fail_next("cut_after")
        first = till.prepay(way, key=key)
        assert not first.qr

        assert till.prepay(way, key=key).qr
        assert till.state() == TopUpState.PENDING


class TestWhatIsBelieved:
    def test_a_forged_letter_keeps_nothing(self, till: Till) -> None:
        answer = Client(headers={"host": "linli.test"}).post(
            "/api/v1/webhooks/pay/wechat", b"{}", content_type="application/json"
        )

        assert answer.status_code == 403
        with in_control():
            assert not OutsideEvent.objects.exists()

    def test_another_account_s_letter_is_refused(self, till: Till, settings: Any) -> None:
        charge = till.prepay()
        till.companies.wechat.pay(charge.key)
        other = till.companies.wechat.add_merchant("1699999999")
        keys = asdict(wechat_keys(till.companies, mchid=other.mchid, api_v3_key=other.api_v3_key))
        settings.LINLI_COLLECT = {"wechat": keys, "alipay": {}}

        assert till.letter(charge) == [403]

    def test_another_amount_is_kept_for_a_person(self, till: Till) -> None:
        charge = till.prepay()
        till.companies.wechat.pay(charge.key, amount=49_999)
        till.letter(charge)

        assert till.act() == [EventState.FAILED]
        assert till.state() == TopUpState.PENDING
        assert Papers(till.world).lots() == []

    def test_late_money_after_a_no_is_money_all_the_same(self, till: Till) -> None:
        charge = till.prepay()
        with in_control():
            TopUp.objects.update(state=TopUpState.FAILED)
        till.companies.wechat.pay(charge.key)
        till.letter(charge)
        till.act()

        assert till.state() == TopUpState.SETTLED

    def test_a_way_without_keys_is_not_offered(self, till: Till, settings: Any) -> None:
        settings.LINLI_COLLECT = {"wechat": {}, "alipay": {}}

        with pytest.raises(WayMissing):
            till.prepay()


class TestThePages:
    def test_the_owner_scans_and_the_page_follows(self, till: Till, owner: Desk) -> None:
        assert "prepay" in owner.get("wallet")
        form = owner.get("wallet/prepay")
        assert "微信扫码" in form
        assert "支付宝扫码" in form

        answer = owner.post("wallet/prepay", amount="500", way="wechat_native", key=str(new_id()))

        assert answer.status_code == 303
        page = answer.headers["Location"].removeprefix("/backoffice/account/")
        assert "data:image/svg+xml" in owner.get(page)
        with in_control():
            charge = CompanyCharge.objects.get()
        till.companies.wechat.pay(charge.key)
        till.letter(charge)
        till.act()
        assert "已到账" in owner.get(page)
        assert "¥500.00" in owner.get("wallet")

    def test_what_is_owed_is_paid_with_it(self, till: Till, owner: Desk) -> None:
        papers = Papers(till.world)
        invoice = papers.invoice(12_000)
        assert "¥120.00" in owner.get("wallet/prepay")
        charge = till.prepay(ALIPAY, 12_000)
        till.companies.alipay.pay(charge.key)
        till.letter(charge)
        till.act()

        with in_control():
            invoice.refresh_from_db()
        assert (invoice.state, invoice.due_minor) == ("paid", 0)
        assert papers.broken() == []

    def test_too_little_is_refused_beside_the_field(self, till: Till, owner: Desk) -> None:
        answer = owner.post("wallet/prepay", amount="5", way="wechat_native", key=str(new_id()))

        assert answer.status_code == 422

    def test_only_the_owner_may(self, till: Till, clerk: Desk) -> None:
        assert clerk.ask("wallet/prepay").status_code == 403
