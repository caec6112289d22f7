"""T4: whatever is signed or kept secret works at home and nowhere else. A new issuer without a case fails here."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.test import RequestFactory

from control.domains.models import CustomDomain, Heard
from control.domains.services.check_domain import check_domain
from control.domains.services.claim_domain import claim_domain
from control.people.services import PassRefused, issue_pass, redeem_pass
from kit import clock, signing
from kit.ports.storage import NoSuchFile, keep_file, read_file
from kit.sealing import Place, SealBroken, seal, unseal
from kit.tenancy import NoScope, StoreRef, in_control, in_store
from kit.web.messages import HomeCookieStorage
from tenants.aftersales.models import AfterSalePhoto
from tenants.aftersales.photos import add_photo, link_of, photo_by_link
from tenants.aftersales.selectors import PhotoMissing
from tenants.campaigns import selectors_drafts
from tenants.fulfilment.models import Pickup
from tenants.members.models import Member, MemberSession, SmsCode
from tenants.members.services.member_of_token import member_of_token
from tenants.members.services.open_session import WrongCode, open_session
from tenants.members.tokens import hash_of_code, hash_of_token, new_token
from tenants.payments.channels import ChannelMissing, channel_at
from tenants.payments.methods.sandbox import BadSignature, sign_notice, verify_notice
from tenants.payments.models import Channel
from tenants.payments.setup import switch_channel
from tenants.purchasing.selectors import PurchaseMissing, purchase_by_link, signature_of
from tests.factories.aftersales import a_jpeg
from tests.factories.members import a_member
from tests.isolation.door_tokens import api_key, export_link, password_link, support_pass
from tests.isolation.issuers import issuers, issuers_in
from tests.isolation.planting import ONE_ID, plant
from tests.isolation.visitors import staff_of
from tests.simulators.dns.server import NameServer
from tests.simulators.dns.zone import Zone

# Each takes (where it is made, where it is tried) and says whether it was accepted there.
Case = Callable[[StoreRef, StoreRef], bool]
PHONE, CODE = "13812345678", "482913"


def accepted(act: Callable[[], object], *refusals: type[Exception]) -> bool:
    try:
        act()
    except refusals:
        return False
    return True


def entry_pass(home: StoreRef, there: StoreRef) -> bool:
    person, now = staff_of(home), clock.now()
    with in_control():
        token = issue_pass(person=person, merchant_id=home.merchant_id, now=now)
        return accepted(lambda: redeem_pass(token=token, merchant_id=there.merchant_id, now=now), PassRefused)


def member_token(home: StoreRef, there: StoreRef) -> bool:
    now, token = clock.now(), new_token()
    with in_store(home):
        member = Member.objects.create(phone=PHONE, nickname="home", joined_at=now)
        MemberSession.objects.create(
            member=member, token_hash=hash_of_token(token), created_at=now, expires_at=now + timedelta(days=1)
        )
    with in_store(there):
        return member_of_token(token=token, now=now) is not None


def supplier_link(home: StoreRef, there: StoreRef) -> bool:
    """Even when the neighbour has an order of the same id, as a restored table would bring it."""
    with in_store(home):
        link = signature_of(ONE_ID)
    plant(there, mark="MARKB")
    with in_store(there):
        return accepted(lambda: purchase_by_link(purchase_id=ONE_ID, signature=link), PurchaseMissing)


def draft_link(home: StoreRef, there: StoreRef) -> bool:
    """Even when the neighbour has a draft of the same id."""
    with in_store(home):
        link = selectors_drafts.signature_of(ONE_ID)
    plant(there, mark="MARKB")
    with in_store(there):
        return accepted(
            lambda: selectors_drafts.draft_by_link(draft_id=ONE_ID, signature=link), selectors_drafts.DraftMissing
        )


def sms_code(home: StoreRef, there: StoreRef) -> bool:
    """Even with the row copied, as a restored table would bring it."""
    now = clock.now()
    with in_store(home):
        row = {"phone": PHONE, "code_hash": hash_of_code(PHONE, CODE), "sent_at": now}
    with in_store(there):
        SmsCode.objects.create(**row, expires_at=now + timedelta(minutes=5))
        return accepted(lambda: open_session(phone=PHONE, code=CODE, now=now), WrongCode)


def sandbox_notice(home: StoreRef, there: StoreRef) -> bool:
    body = b'{"amount_minor": 1290}'
    with in_store(home):
        signature = sign_notice(body=body)
    with in_store(there):
        return accepted(lambda: verify_notice(body=body, signature=signature), BadSignature)


def signature(home: StoreRef, there: StoreRef) -> bool:
    with in_store(home):
        signed = signing.sign(b"words", purpose="test")
    with in_store(there):
        return signing.is_signed(b"words", signed, purpose="test")


def kept_in_cookie() -> Any:
    return HomeCookieStorage(RequestFactory().get("/"))


def message(home: StoreRef, there: StoreRef) -> bool:
    with in_store(home):
        words = kept_in_cookie()._encode([Message(constants.INFO, "hello")])
    with in_store(there):
        return bool(kept_in_cookie()._decode(words))


def stored_file(home: StoreRef, there: StoreRef) -> bool:
    with in_store(home):
        key = keep_file(content=b"private", room="imports", suffix="csv")
    with in_store(there):
        return accepted(lambda: read_file(key), NoSuchFile)


def domain_token(home: StoreRef, there: StoreRef) -> bool:
    now = clock.now()
    staff_of(home)
    made = claim_domain(merchant_id=home.merchant_id, domain="shop.example.com", by="a", now=now)
    tried = made
    if home != there:
        tried = claim_domain(merchant_id=there.merchant_id, domain="shop.example.com", by="b", now=now)
    _ZONE.records.clear()
    _ZONE.put(made.record_name, "TXT", made.record_value)
    found: CustomDomain = check_domain(claim_id=tried.pk, now=now)
    return found.heard == Heard.FOUND


def pickup_code(home: StoreRef, there: StoreRef) -> bool:
    plant(home, mark="MARKA")
    if home != there:
        plant(there, mark="MARKB")
    with in_store(home):
        code = Pickup.objects.get(pk=ONE_ID).code
    with in_store(there):
        return Pickup.objects.filter(code=code).exists()


def sealed_key(home: StoreRef, there: StoreRef) -> bool:
    """The same row of the same table, in another store."""
    sealed = seal("secret", place=Place(home.merchant_id, "payments_channel", "sealed", ONE_ID))
    tried = Place(there.merchant_id, "payments_channel", "sealed", ONE_ID)
    return accepted(lambda: unseal(sealed, place=tried), SealBroken)


def callback_address(home: StoreRef, there: StoreRef) -> bool:
    with in_store(home):
        switch_channel(provider="balance", on=True, by_name="a", by_email="a@acme.test", now=clock.now())
        endpoint = Channel.objects.get().endpoint
    with in_store(there):
        return accepted(lambda: channel_at(endpoint), ChannelMissing)


def after_sale_photo(home: StoreRef, there: StoreRef) -> bool:
    """Even when the neighbour has a picture of the same id, as a restored table would bring it."""
    now = clock.now()
    with in_store(home):
        photo = add_photo(member=a_member(), upload=a_jpeg(), now=now)
        link = link_of(photo, now=now)
    with in_store(there):
        if home != there:
            key = keep_file(content=b"theirs", room="aftersales", suffix="webp")
            AfterSalePhoto.objects.create(pk=photo.pk, file_key=key, created_at=now)
        return accepted(lambda: photo_by_link(link, now=now), PhotoMissing)


CASES: dict[str, Case] = {
    "tenants.aftersales.photos:link_of": after_sale_photo,
    "kit.sealing:seal": sealed_key,
    "tenants.payments.setup:_channel": callback_address,
    "control.people.services:issue_pass": entry_pass,
    "tenants.members.tokens:new_token": member_token,
    "tenants.members.tokens:hash_of_code": sms_code,
    "tenants.members.services.send_code:send_code": sms_code,
    "tenants.payments.methods.sandbox:sign_notice": sandbox_notice,
    "kit.signing:_signature": signature,
    "kit.web.messages:HomeCookieStorage.__init__": message,
    "kit.ports.storage:keep_file": stored_file,
    "control.domains.services.claim_domain:claim_domain": domain_token,
    "tenants.fulfilment.services.issue_pickup:issue_pickup": pickup_code,
    "tenants.integrations.services.keys:make_key": api_key,
    "tenants.integrations.signing:new_secret": sealed_key,
    "tenants.integrations.signing:_signature": sealed_key,
    "control.support.services.start_visit:start_visit": support_pass,
    "control.lifecycle.services.links:make_link": export_link,
    "tenants.campaigns.selectors_drafts:signature_of": draft_link,
    "tenants.purchasing.selectors:signature_of": supplier_link,
    "control.people.password_links:_sign": password_link,
}
# These open nothing in any store, each for its reason.
NO_CREDENTIAL = {
    "kit.ids:new_digits": "draws the digits of codes that have their own lines here",
    "kit.tenancy.kept:_strange": "values that stand for others while a query is written down; none of them is asked",
    "kit.ids:new_schema_name": "a name, kept from everybody by the scopes",
    "kit.web.requests:RequestIdMiddleware.__call__": "names a request in the log",
    "tenants.purchasing.services.order_goods:draft_purchase": "a number on paper; the supplier's link is signed",
    "tenants.orders.services:_draw_number": "an order's number; who may see the order is asked each time",
    "control.signup.services.prove_phone:send_phone_code": "the platform's own; signed by prove_phone:_hash",
    "control.signup.services.prove_phone:_hash": "the platform's own: a store's key is another (TestSigning)",
    "billing.papers:_code_of": "on paper, of a number of the platform's own; its page shows what the paper says",
    "control.lifecycle.manifest:signature_of": "made to travel: an export is restored under any name (decision 0035)",
}
_ZONE = Zone()


@pytest.fixture(autouse=True)
def _outside(settings: Any, tmp_path: Any) -> Any:
    settings.MEDIA_ROOT = tmp_path
    server = NameServer(lambda: _ZONE)
    server.start()
    settings.LINLI_DNS = {"servers": [server.address], "timeout": 1}
    yield
    server.stop()


class TestEveryIssuer:
    def test_has_a_case_or_a_reason(self) -> None:
        found = issuers()

        assert found - CASES.keys() - NO_CREDENTIAL.keys() == set(), "a new issuer: add a case that tries it elsewhere"
        assert (CASES.keys() | NO_CREDENTIAL.keys()) - found == set(), "no longer there: take it out"

    @pytest.mark.parametrize("issuer", CASES)
    def test_is_refused_by_the_neighbour(self, acme: StoreRef, rival: StoreRef, issuer: str) -> None:
        assert not CASES[issuer](acme, rival)

    @pytest.mark.parametrize("issuer", CASES)
    def test_is_taken_at_home(self, acme: StoreRef, rival: StoreRef, issuer: str) -> None:
        assert CASES[issuer](acme, acme)

    @pytest.mark.parametrize(
        "planted",
        [
            "from django.core import signing\ndef link(): return signing.dumps({})",
            "from django.core.signing import TimestampSigner as T\ndef link(): return T().sign('x')",
            "import secrets as s\ndef token(): return s.token_urlsafe(8)",
            "from secrets import token_hex\nclass A:\n  def token(self): return token_hex(8)",
            "from hmac import new\ndef signed(): return new(b'', b'', 'sha256')",
            "import os\ndef key(): return os.urandom(8)",
        ],
    )
    def test_would_be_found(self, planted: str) -> None:
        assert issuers_in(planted)


class TestSigning:
    def test_one_salt_for_all_would_let_them_travel(
        self, acme: StoreRef, rival: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mutant: a key that does not know whose it is."""
        monkeypatch.setattr(signing, "scope_salt", lambda purpose: f"linli:{purpose}")

        assert signature(acme, rival)
        assert sandbox_notice(acme, rival)
        assert sms_code(acme, rival)

    def test_one_purpose_is_not_another(self, in_acme: StoreRef) -> None:
        signed = signing.sign(b"words", purpose="one")

        assert not signing.is_signed(b"words", signed, purpose="two")
        assert not signing.is_signed(b"Words", signed, purpose="one")
        assert not signing.is_signed(b"words", "签名", purpose="one")

    def test_a_store_is_not_the_platform(self, acme: StoreRef) -> None:
        with in_store(acme):
            signed = signing.sign(b"words", purpose="one")
        with in_control():
            assert not signing.is_signed(b"words", signed, purpose="one")
        with pytest.raises(NoScope):
            signing.sign(b"words", purpose="one")

    def test_the_secret_before_this_one_is_still_believed(self, in_acme: StoreRef, settings: Any) -> None:
        signed = signing.sign(b"words", purpose="one")
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10

        assert signing.is_signed(b"words", signed, purpose="one")
        assert signing.sign(b"words", purpose="one") != signed
        settings.SECRET_KEY_FALLBACKS = []
        assert not signing.is_signed(b"words", signed, purpose="one")
