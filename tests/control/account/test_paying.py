"""The merchant pays: by any of its cards, through the bank's page, or by bank transfer with proof."""

import io
import re
from datetime import timedelta

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from billing.models.agreements import SavedCard
from billing.models.collection import ChargeAttempt
from billing.models.transfers import BankTransfer
from billing.services.look_after_charges import look_after_charges
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.billing.world import PAYS_NEVER, World, at, hold_card
from tests.control.account.conftest import Desk


@pytest.fixture
def owing(world: World) -> World:
    world.save_card(PAYS_NEVER)
    world.choose("starter")
    world.hear()
    return world


@pytest.fixture
def wary(world: World) -> World:
    """The card in use wants its owner at the bank's page for every charge."""
    hold_card(world, "pm_card_authenticationRequired")
    world.choose("starter")
    world.hear()
    return world


def cards() -> list[SavedCard]:
    with in_control():
        return list(SavedCard.objects.filter(detached_at=None).order_by("-added_at", "-id"))


def a_picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (300, 300), "white").save(kept, "PNG")
    return kept.getvalue()


class TestTheBanner:
    def test_names_the_next_step_and_its_date_on_every_page(self, owing: World, owner: Desk) -> None:
        owing.move(at("2026-12-04 10:00"))
        owing.run()
        with clock.at(owing.now):
            page = owner.client.get("/backoffice/").content.decode()

        assert "2026-12-05 10:00 起后台将只能查看" in page
        assert "/backoffice/account/outstanding" in page

    def test_leads_to_what_is_owed(self, owing: World, owner: Desk) -> None:
        page = owner.get("outstanding")

        assert "¥298.00" in page
        assert "立即付款" in page

    def test_a_half_open_shop_sells_while_its_desk_is_only_read(self, owing: World, owner: Desk) -> None:
        owing.move(at("2026-12-05 10:00"))
        owing.run()
        with clock.at(owing.now):
            assert owner.client.get("/api/v1/store").status_code == 200
            assert owner.client.get("/backoffice/").status_code == 200
            assert owner.client.post("/backoffice/shop", {}).status_code == 402
        assert owner.ask("outstanding").status_code == 200


class TestTheBanksPage:
    def test_is_opened_and_the_webhook_says_it_is_paid(self, wary: World, owner: Desk) -> None:
        invoice = wary.invoices()[0]
        answer = owner.post(f"invoices/{invoice.pk}/payment")
        action = re.search(r'href="(http://127[^"]+)"', answer.content.decode())
        assert action is not None
        assert owner.post(f"invoices/{invoice.pk}/payment").status_code == 200  # there again, not charged twice

        with in_control():
            waiting = ChargeAttempt.objects.get(state="requires_action")
        assert httpx.get(action.group(1).replace("&amp;", "&")).status_code == 200
        wary.fake.pull("payments/authenticate", payment_intent=waiting.gateway_ref, outcome="approve")
        assert owner.ask(f"invoices/{invoice.pk}/payment/return").status_code == 303
        assert wary.invoices()[0].state == "open"  # coming back pays nothing
        wary.hear()

        assert wary.invoices()[0].state == "paid"
        assert wary.merchant().state == "active"

    def test_that_nobody_answers_is_closed_after_an_hour(self, wary: World, owner: Desk) -> None:
        owner.post(f"invoices/{wary.invoices()[0].pk}/payment")
        waiting = ChargeAttempt.objects.filter(state="requires_action")
        with in_control():
            look_after_charges(now=wary.now + timedelta(minutes=31))
            assert waiting.exists()
            look_after_charges(now=wary.now + timedelta(minutes=70))
            assert not waiting.exists()


class TestCards:
    def test_several_are_kept_and_any_may_be_the_default(self, world: World, owner: Desk) -> None:
        world.save_card()
        world.now += timedelta(minutes=1)
        world.save_card("5555555555554444")
        visa = cards()[1]
        assert "默认" in owner.get("card")

        owner.post(f"card/{visa.pk}/default")
        world.choose("starter")

        with in_control():
            assert ChargeAttempt.objects.get().card_id == visa.pk

    def test_the_last_one_stays_while_a_plan_runs(self, world: World, owner: Desk) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        assert owner.post(f"card/{cards()[0].pk}/removal").status_code == 409

        world.now += timedelta(minutes=1)
        world.save_card("5555555555554444")
        newest, oldest = cards()
        assert owner.post(f"card/{newest.pk}/removal").status_code == 303
        assert [(card.pk, card.replaced_at) for card in cards()] == [(oldest.pk, None)]

    def test_of_another_merchant_are_not_there(self, world: World, owner: Desk, rival: StoreRef) -> None:
        world.save_card()
        with in_control():
            theirs = cards()[0]
            SavedCard.objects.filter(pk=theirs.pk).update(billing_account=_account_of(rival, world))

        assert owner.post(f"card/{theirs.pk}/default").status_code == 404
        assert owner.post(f"card/{theirs.pk}/removal").status_code == 404


def _account_of(store: StoreRef, world: World) -> object:
    from billing.services.start_trial import start_trial

    return start_trial(
        merchant_id=store.merchant_id, name="隔壁", email="b@rival.test", phone="13800000002",
        timezone="Asia/Shanghai", currency="CNY", now=world.now,
    )  # fmt: skip


class TestBankTransfers:
    def send(self, owner: Desk, **changes: object) -> int:
        proof = SimpleUploadedFile("receipt.png", a_picture())
        given = {"amount": "298", "paid_on": "2026-11-20", "reference": "ICBC-001", "proof": proof, **changes}
        with clock.at(owner.world.now):
            return int(owner.client.post("/backoffice/account/transfers/new", given).status_code)

    def test_are_told_with_a_picture_that_only_this_shop_sees(self, owing: World, owner: Desk, rival: StoreRef) -> None:
        assert self.send(owner) == 303
        with in_control():
            told = BankTransfer.objects.get()
        assert (told.amount_minor, told.state) == (29_800, "submitted")
        assert "ICBC-001" in owner.get("transfers")
        assert owner.ask(f"transfers/{told.pk}/proof")["Content-Type"] == "image/webp"
        with in_control():
            BankTransfer.objects.update(billing_account=_account_of(rival, owing))
        assert owner.ask(f"transfers/{told.pk}/proof").status_code == 404

    def test_as_pdf_too_but_not_as_anything(self, owing: World, owner: Desk) -> None:
        assert self.send(owner, proof=SimpleUploadedFile("a.pdf", b"%PDF-1.7 x")) == 303
        assert self.send(owner, reference="2", proof=SimpleUploadedFile("a.pdf", b"<html>")) == 422

    def test_are_told_once(self, owing: World, owner: Desk) -> None:
        assert self.send(owner) == 303
        assert self.send(owner) == 422

    def test_of_tomorrow_or_of_nothing_are_refused(self, owing: World, owner: Desk) -> None:
        assert self.send(owner, paid_on="2026-11-22") == 422
        assert self.send(owner, amount="0") == 422

    def test_are_the_owners_to_tell(self, owing: World, clerk: Desk) -> None:
        assert self.send(clerk) == 403
