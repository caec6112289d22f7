"""支付设置, 支付异常, 对账 and 顾客余额: what an owner sees and does, and what is never shown."""

from typing import Any

import pytest
from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.payments.balances import balance_minor
from tenants.payments.models import Channel, Difference, Payment, PaymentState, Refund, RefundState
from tests.factories.channels import an_alipay_channel
from tests.factories.members import a_member
from tests.factories.times import NOW
from tests.simulators.companies import Companies
from tests.simulators.company import new_private_key, pem_of, public_pem_of
from tests.tenants.backoffice.conftest import SignIn, statements_of
from tests.tenants.shelf import a_campaign, an_order

HOME = "/backoffice/payments"


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def typed_alipay(companies: Companies, **changed: Any) -> dict[str, Any]:
    app = companies.app
    given = {"appid": app.appid, "seller_id": app.seller_id, "private_key": app.private_key}
    return {**given, "alipay_public_key": app.alipay_public_key, "ways": ["alipay_wap"], **changed}


def typed_wechat(companies: Companies, **changed: Any) -> dict[str, Any]:
    merchant = companies.merchant
    given = {"mchid": merchant.mchid, "appid": merchant.appid, "private_key": merchant.private_key}
    given |= {"certificate": merchant.certificate, "api_v3_key": merchant.api_v3_key}
    return {**given, "ways": ["wechat_h5", "wechat_native"], **changed}


class TestSettings:
    @pytest.mark.parametrize("provider", ["wechat", "alipay"])
    def test_connects_tries_and_switches_on(
        self, acme: StoreRef, desk: Client, companies: Companies, provider: str
    ) -> None:
        typed = typed_wechat(companies) if provider == "wechat" else typed_alipay(companies)
        answer = desk.post(f"{HOME}/channels/{provider}", typed)
        assert answer.status_code == 303, page_of(answer)
        assert desk.post(f"{HOME}/channels/{provider}/on").status_code == 303

        with in_store(acme):
            channel = Channel.objects.get(provider=provider)
        assert (channel.is_good, channel.is_enabled) == (True, True)
        for page in (HOME, f"{HOME}/channels/{provider}"):
            text = page_of(desk.get(page))
            assert companies.merchant.api_v3_key not in text
            assert "PRIVATE KEY" not in text
            assert channel.sealed not in text

    def test_says_what_is_wrong_beside_the_field_and_repeats_no_secret(
        self, desk: Client, companies: Companies
    ) -> None:
        other, private = new_private_key(), companies.merchant.private_key
        wrong = [
            (typed_wechat(companies, mchid="abc"), "商户号是 8 到 10 位数字"),
            (typed_wechat(companies, private_key="hello"), "这不是密钥"),
            (typed_wechat(companies, private_key=public_pem_of(other)), "这是公钥或证书"),
            (typed_wechat(companies, private_key=pem_of(other)), "证书和私钥不是一对"),
            (typed_wechat(companies, certificate="x"), "这不是证书"),
            (typed_wechat(companies, api_v3_key="short"), "32 位字母和数字"),
            (typed_wechat(companies, ways=["wechat_jsapi"]), "要填 AppSecret"),
            (typed_wechat(companies, ways=[]), "至少选一种"),
        ]
        for typed, sentence in wrong:
            answer = desk.post(f"{HOME}/channels/wechat", typed)
            assert answer.status_code == 422
            assert sentence in page_of(answer)
            assert private.splitlines()[3] not in page_of(answer)
        own = public_pem_of(new_private_key())
        answer = desk.post(
            f"{HOME}/channels/alipay", typed_alipay(companies, alipay_public_key=own.replace("PUBLIC", "PRIVATE"))
        )
        assert "这是私钥" in page_of(answer)

    def test_keys_that_fail_their_trial_cannot_be_switched_on(self, desk: Client, companies: Companies) -> None:
        desk.post(f"{HOME}/channels/wechat", typed_wechat(companies, api_v3_key="0" * 32))
        assert "测试未通过" in page_of(desk.get(HOME))
        assert desk.post(f"{HOME}/channels/wechat/on").status_code == 409

    def test_another_account_waits_for_the_payments_to_the_one_before(
        self, acme: StoreRef, desk: Client, companies: Companies
    ) -> None:
        desk.post(f"{HOME}/channels/wechat", typed_wechat(companies))
        with in_store(acme):
            order = an_order(item=a_campaign().items.get(), is_paid=False)
            given: dict[str, Any] = {"order": order, "attempt": 1, "method": "wechat_h5", "amount_minor": 1980}
            open_one = Payment.objects.create(
                **given, currency="CNY", key="k1", state=PaymentState.UNKNOWN, created_at=NOW, next_look_at=NOW
            )
        other = companies.wechat.add_merchant("1600000077")
        typed = typed_wechat(companies, mchid=other.mchid, appid=other.appid, api_v3_key=other.api_v3_key)
        typed |= {"private_key": other.private_key, "certificate": other.certificate}

        refused = desk.post(f"{HOME}/channels/wechat", typed)
        assert refused.status_code == 422
        assert "原来的账号还有付款没有结果" in page_of(refused)
        assert other.api_v3_key not in page_of(refused)
        # the same account's new keys are welcome at any time
        assert desk.post(f"{HOME}/channels/wechat", typed_wechat(companies)).status_code == 303

        with in_store(acme):
            Payment.objects.filter(pk=open_one.pk).update(state=PaymentState.CANCELLED, next_look_at=None)
        assert desk.post(f"{HOME}/channels/wechat", typed).status_code == 303
        with in_store(acme):
            assert Channel.objects.get(provider="wechat").facts["mchid"] == other.mchid

    def test_is_the_owners_alone(self, sign_in: SignIn, clerk: Person) -> None:
        client = sign_in(clerk)
        assert client.get(HOME).status_code == 403
        assert client.get(f"{HOME}/channels/wechat").status_code == 403
        for what in ("check", "on", "off", "first"):
            assert client.post(f"{HOME}/channels/wechat/{what}").status_code == 403


class TestStuck:
    @pytest.fixture
    def payment(self, acme: StoreRef) -> Payment:
        with in_store(acme):
            order = an_order(item=a_campaign().items.get(), is_paid=False)
            return Payment.objects.create(
                order=order,
                attempt=1,
                method="alipay_qr",
                amount_minor=1980,
                currency="CNY",
                key="26112-stuck",
                state=PaymentState.UNKNOWN,
                created_at=NOW,
            )

    def test_shows_and_asks_again(self, acme: StoreRef, desk: Client, payment: Payment, companies: Companies) -> None:
        with in_store(acme):
            an_alipay_channel(companies)
        page = page_of(desk.get(f"{HOME}/stuck"))
        assert payment.order is not None
        assert payment.order.number in page
        assert desk.post(f"{HOME}/{payment.pk}/look").status_code == 303
        assert desk.post(f"{HOME}/{payment.pk}/close").status_code == 303
        assert payment.order.number not in page_of(desk.get(f"{HOME}/stuck"))

    def test_a_failed_refund_can_be_sent_again(self, acme: StoreRef, desk: Client, payment: Payment) -> None:
        with in_store(acme):
            refund = Refund.objects.create(
                payment=payment,
                amount_minor=1,
                currency="CNY",
                key="r",
                state=RefundState.FAILED,
                failure="NOT_ENOUGH",
                reason="",
                created_at=NOW,
            )
        assert "NOT_ENOUGH" in page_of(desk.get(f"{HOME}/stuck"))
        assert desk.post(f"/backoffice/refunds/{refund.pk}/retry").status_code == 303
        with in_store(acme):
            assert Refund.objects.get().state == RefundState.REQUESTED

    def test_clerks_look_but_do_not_touch(self, sign_in: SignIn, clerk: Person, payment: Payment) -> None:
        client = sign_in(clerk)
        assert client.get(f"{HOME}/stuck").status_code == 200
        assert client.post(f"{HOME}/{payment.pk}/look").status_code == 403

    def test_asks_a_fixed_number_of_times(self, acme: StoreRef, desk: Client, payment: Payment) -> None:
        before = statements_of(desk, f"{HOME}/stuck")
        with in_store(acme):
            for number in range(5):
                payment.pk, payment.key, payment.attempt = None, f"k{number}", number + 2
                Payment.objects.bulk_create(
                    [
                        payment.__class__(
                            order=payment.order,
                            attempt=number + 2,
                            key=f"k{number}",
                            method="stripe",
                            amount_minor=1,
                            currency="CNY",
                            state="unknown",
                            created_at=NOW,
                        )
                    ]
                )
        assert statements_of(desk, f"{HOME}/stuck") == before


class TestBooks:
    def test_shows_explains_and_exports(self, acme: StoreRef, desk: Client) -> None:
        assert "账都对得上" in page_of(desk.get(f"{HOME}/books"))
        with in_store(acme):
            one = Difference.objects.create(
                provider="wechat",
                day=NOW.date(),
                kind="missing_here",
                subject="charge",
                key="k-1",
                theirs_minor=1290,
                currency="CNY",
                found_at=NOW,
            )
        assert "渠道有，本店没有" in page_of(desk.get(f"{HOME}/books"))
        assert desk.post(f"{HOME}/books/{one.pk}", {"note": ""}).status_code == 422
        assert desk.post(f"{HOME}/books/{one.pk}", {"note": "线下核对过"}).status_code == 303
        assert "线下核对过" in page_of(desk.get(f"{HOME}/books?state=all"))
        assert desk.get(f"{HOME}/books/export").content[:2] == b"PK"


class TestBalances:
    def test_tops_up_once_and_says_why_not(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            member = a_member()
        typed = {"phone": member.phone, "amount": "50", "reason": "线下收款", "key": "once"}
        for _twice in range(2):
            assert desk.post("/backoffice/balances", typed).status_code == 303
        with in_store(acme):
            assert balance_minor(member.pk) == 5000
        assert "线下收款" in page_of(desk.get("/backoffice/balances"))
        for wrong in ({"phone": "13000000000"}, {"reason": ""}, {"amount": "-51", "key": "b"}, {"amount": "200000"}):
            assert desk.post("/backoffice/balances", {**typed, **wrong}).status_code == 422
