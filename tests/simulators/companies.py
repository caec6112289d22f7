"""The payment companies for tests: started once, with a clock the tests set."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kit.ports.payments.alipay import Alipay as AlipayAdapter
from kit.ports.payments.keys import AlipayKeys, WeChatKeys
from kit.ports.payments.wechat import WeChat
from tests.factories.times import NOW
from tests.simulators.alipay.server import Alipay, App
from tests.simulators.company import Company
from tests.simulators.wechatpay.server import Merchant, WeChatPay


@dataclass(frozen=True)
class Companies:
    """Both companies and the accounts the tests' stores have there."""

    wechat: WeChatPay
    merchant: Merchant
    alipay: Alipay
    app: App


@pytest.fixture(scope="session")
def _companies() -> Iterator[Companies]:
    wechat, alipay = WeChatPay(), Alipay()
    wechat.start()
    alipay.start()
    yield Companies(wechat, wechat.add_merchant(), alipay, alipay.add_app())
    wechat.stop()
    alipay.stop()


@pytest.fixture
def companies(_companies: Companies, settings: object) -> Companies:
    """The companies with empty books, at noon, and our settings pointing at them."""
    for company in (_companies.wechat, _companies.alipay):
        _emptied(company)
    settings.LINLI_PAYMENT_HOSTS = {  # type: ignore[attr-defined]
        "wechat": _companies.wechat.url,
        "wechat_login": _companies.wechat.url,
        "alipay": _companies.alipay.gateway,
        "stripe": "",
    }
    return _companies


def _emptied(company: Company) -> None:
    company.trades.clear()
    company.refunds.clear()
    company.letters.clear()
    company.faults.clear()
    company.calls.clear()
    company.is_holding_refunds = False
    company.told_time = NOW


def wechat_keys(companies: Companies, **changed: object) -> WeChatKeys:
    """The keys of the tests' merchant, as its store would hold them."""
    merchant = companies.merchant
    given = {
        "mchid": merchant.mchid,
        "appid": merchant.appid,
        "serial_no": merchant.serial_no,
        "private_key": merchant.private_key,
        "api_v3_key": merchant.api_v3_key,
        "app_secret": merchant.app_secret,
        "certificates": (companies.wechat.platform_certificate,),
    }
    return WeChatKeys(**(given | changed))  # type: ignore[arg-type]


def alipay_keys(companies: Companies, **changed: str) -> AlipayKeys:
    """The keys of the tests' application."""
    app = companies.app
    given = {
        "appid": app.appid,
        "seller_id": app.seller_id,
        "private_key": app.private_key,
        "alipay_public_key": app.alipay_public_key,
    }
    return AlipayKeys(**(given | changed))


def wechat_of(companies: Companies, **changed: object) -> WeChat:
    """Our adapter, speaking to the simulator."""
    return WeChat(wechat_keys(companies, **changed), host=companies.wechat.url, login_host=companies.wechat.url)


def alipay_of(companies: Companies, **changed: str) -> AlipayAdapter:
    """Our adapter, speaking to the simulator."""
    return AlipayAdapter(alipay_keys(companies, **changed), host=companies.alipay.gateway)


__all__ = ["Companies", "_companies", "alipay_keys", "alipay_of", "companies", "wechat_keys", "wechat_of"]
