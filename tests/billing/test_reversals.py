"""Refunds, disputes, payouts and the daily comparison, with Stripe's fake over real HTTP and signed webhooks."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from billing.books import check
from billing.models.collection import ChargeAttempt
from billing.models.reconciling import Difference, GatewayMovement, Payout, ReconciliationRun
from billing.models.reversals import CardRefund, Dispute
from billing.services.answer_dispute import NothingToAnswer, answer_dispute
from billing.services.keep_evidence import EvidenceUnreadable, read_evidence
from billing.services.note_differences import explain_difference
from billing.services.reconcile import reconcile
from billing.services.refund_card_payment import (
    NothingCaptured,
    RefundKeyReused,
    RefundTooLarge,
    look_after_refunds,
    refund_card_payment,
)
from kit.gateway.client import GatewayUnknown, gateway
from kit.ports.storage import NoSuchFile, read_file
from kit.tenancy import StoreRef, in_control, in_store
from tests.billing.world import World
from tests.factories.aftersales import a_jpeg


@pytest.fixture
def paid(world: World) -> World:
    """29,800 captured."""
    world.save_card()
    world.choose("starter")
    world.hear()
    return world


def attempt() -> ChargeAttempt:
    return ChargeAttempt.objects.get()


def give_back(world: World, amount: int, key: str = "cn:1") -> CardRefund:
    with in_control():
        return refund_card_payment(
            attempt_id=attempt().pk, amount_minor=amount, reason="多收了", key=key, now=world.now
        )


def compare(world: World) -> ReconciliationRun:
    with in_control():
        return reconcile(now=world.now)


def open_differences() -> list[str]:
    with in_control():
        return list(Difference.objects.filter(state="open").order_by("kind").values_list("kind", flat=True))


class TestRefunds:
    def test_go_back_once_a_key_and_are_posted_once(self, paid: World) -> None:
        first, again = give_back(paid, 9_800), give_back(paid, 9_800)
        paid.hear()

        assert (first.pk, first.state) == (again.pk, "succeeded")
        assert paid.balance("clearing_stripe") == 20_000
        assert paid.balance("refund_payable") == 9_800
        assert check(paid.now) == []

    def test_never_exceed_what_was_captured(self, paid: World) -> None:
        give_back(paid, 20_000)
        with pytest.raises(RefundTooLarge) as no:
            give_back(paid, 9_801, key="cn:2")

        assert no.value.facts == {"left_minor": 9_800}
        with pytest.raises(RefundKeyReused):
            give_back(paid, 9_800, key="cn:1")

    def test_of_a_charge_that_brought_nothing_are_refused(self, world: World) -> None:
        world.save_card("4000000000000341")
        world.choose("starter")
        with pytest.raises(NothingCaptured):
            give_back(world, 100)

    @pytest.mark.parametrize("kind", ["reset_after_effect", "500_after_effect", "reset", "502_html"])
    def test_whose_answer_was_lost_end_once(self, paid: World, kind: str) -> None:
        paid.fake.pull("faults", kind=kind, method="POST", path="/v1/refunds")
        assert give_back(paid, 5_000).state == "unknown"
        assert give_back(paid, 5_000).state == "unknown"  # not asked again beside the first
        paid.now += timedelta(seconds=31)
        with in_control():
            look_after_refunds(now=paid.now)
        paid.hear()

        with in_control():
            assert CardRefund.objects.get().state == "succeeded"
        assert paid.balance("clearing_stripe") == 24_800
        assert paid.fake.read("objects")["counts"]["refund"] == 1

    def test_that_the_bank_sends_back_days_later_are_taken_back(self, world: World) -> None:
        world.save_card("4000000000005126")
        world.choose("starter")
        world.hear()
        give_back(world, 5_000)
        world.move(world.now + timedelta(minutes=2))
        world.hear()

        with in_control():
            assert CardRefund.objects.get().state == "failed"
        assert world.balance("refund_payable") == 0
        assert world.balance("clearing_stripe") == 29_800
        assert check(world.now) == []

    def test_made_at_stripes_own_desk_are_kept_and_asked_about(self, paid: World) -> None:
        with in_control():
            CardRefund.objects.all().delete()
        give_back(paid, 1_000)
        with in_control():
            CardRefund.objects.update(is_ours=False)
        compare(paid)

        assert open_differences() == ["missing_here"]


class TestDisputes:
    def test_take_the_money_at_once_and_lose_it_when_lost(self, paid: World) -> None:
        told = paid.fake.pull("disputes", payment_intent=attempt_ref())
        paid.hear()
        assert paid.balance("dispute_receivable") == 29_800
        assert paid.balance("dispute_fee") == 1_500
        with pytest.raises(RefundTooLarge):
            give_back(paid, 1)

        paid.fake.pull("disputes/end", dispute=told["id"], outcome="lose")
        paid.hear()
        assert (paid.balance("dispute_receivable"), paid.balance("bad_debt")) == (0, 29_800)
        assert paid.invoices()[0].state == "uncollectible"
        assert check(paid.now) == []

    def test_are_answered_once_before_the_deadline(self, paid: World) -> None:
        paid.fake.pull("disputes", payment_intent=attempt_ref())
        paid.hear()
        with in_control():
            dispute = Dispute.objects.get()
            answered = answer_dispute(
                dispute_id=dispute.pk, explanation="合同和登录记录见附件", email="boss@acme.test", by="ops@x",
                now=paid.now,
            )  # fmt: skip
            assert (answered.state, answered.submitted_by) == ("under_review", "ops@x")
            with pytest.raises(NothingToAnswer):
                answer_dispute(dispute_id=dispute.pk, explanation="再来", email="", by="ops@x", now=paid.now)

    def test_are_answered_with_files_that_lie_in_the_merchants_own_folder(
        self, paid: World, rival: StoreRef, settings: Any, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        paid.fake.pull("disputes", payment_intent=attempt_ref())
        paid.hear()
        with in_control():
            answered = answer_dispute(
                dispute_id=Dispute.objects.get().pk, explanation="合同见附件", email="", by="ops@x", now=paid.now,
                files={"service_documentation": b"%PDF-1.7 contract", "uncategorized_file": a_jpeg()},
            )  # fmt: skip
        told = gateway().v1.disputes.retrieve(answered.gateway_ref).to_dict()["evidence"]
        files = {file.id: file for file in gateway().v1.files.list().data}

        assert files[told["service_documentation"]].size == len(b"%PDF-1.7 contract")
        assert files[told["uncategorized_file"]].type == "jpg"
        kept = answered.evidence["files"]["service_documentation"]
        assert read_evidence(dispute_id=answered.pk, box="service_documentation") == (b"%PDF-1.7 contract", "pdf")
        with in_store(rival), pytest.raises(NoSuchFile):
            read_file(kept["key"])
        with pytest.raises(NoSuchFile):
            read_evidence(dispute_id=answered.pk, box="customer_communication")

    @pytest.mark.parametrize("content", [b"", b"MZ not a picture", b"%PDF-" + b"0" * 5_000_000])
    def test_a_file_nobody_can_read_is_refused_and_nothing_is_kept(self, paid: World, content: bytes) -> None:
        paid.fake.pull("disputes", payment_intent=attempt_ref())
        paid.hear()
        with in_control():
            dispute = Dispute.objects.get()
            with pytest.raises(EvidenceUnreadable):
                answer_dispute(
                    dispute_id=dispute.pk, explanation="见附件", email="", by="ops@x", now=paid.now,
                    files={"uncategorized_file": content},
                )  # fmt: skip
            dispute.refresh_from_db()
            assert (dispute.evidence, dispute.submitted_at) == ({}, None)

    def test_a_silence_keeps_the_files_and_the_next_try_sends_each_once(
        self, paid: World, settings: Any, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        paid.fake.pull("disputes", payment_intent=attempt_ref())
        paid.hear()
        paid.fake.pull("faults", kind="500", path="/v1/disputes")
        with in_control():
            dispute = Dispute.objects.get()
            said = {"explanation": "见附件", "email": "", "by": "ops@x", "now": paid.now}
            with pytest.raises(GatewayUnknown):
                answer_dispute(dispute_id=dispute.pk, files={"uncategorized_file": b"%PDF-1.7"}, **said)
            answered = answer_dispute(dispute_id=dispute.pk, **said)

        assert answered.state == "under_review"
        assert len(gateway().v1.files.list().data) == 1
        assert list(answered.evidence["files"]) == ["uncategorized_file"]

    def test_won_with_the_banks_word_bring_the_money_back(self, paid: World) -> None:
        paid.fake.pull("disputes", payment_intent=attempt_ref())
        paid.hear()
        with in_control():
            answer_dispute(
                dispute_id=Dispute.objects.get().pk, explanation="winning_evidence", email="", by="ops@x", now=paid.now
            )
        paid.hear()

        with in_control():
            assert Dispute.objects.get().state == "won"
        assert paid.balance("clearing_stripe") == 29_800  # this bank returned its fee as well
        assert paid.balance("dispute_fee") == 0
        assert check(paid.now) == []

    def test_too_late_to_answer_are_refused(self, paid: World) -> None:
        paid.fake.pull("disputes", payment_intent=attempt_ref())
        paid.hear()
        with in_control(), pytest.raises(NothingToAnswer):
            answer_dispute(
                dispute_id=Dispute.objects.get().pk, explanation="迟了", email="", by="ops@x",
                now=paid.now + timedelta(days=10),
            )  # fmt: skip


def attempt_ref() -> str:
    with in_control():
        return attempt().gateway_ref or ""


class TestReconciliation:
    def test_posts_the_fees_and_finds_nothing_else(self, paid: World) -> None:
        run = compare(paid)

        assert (run.movements, run.fresh, run.differences) == (1, 1, 0)
        assert paid.balance("psp_fee") == 894  # 2.9 % of 29,800 and 30
        assert paid.balance("clearing_stripe") == 28_906
        assert check(paid.now) == []

    def test_clearing_is_empty_when_the_payout_has_arrived(self, paid: World) -> None:
        give_back(paid, 5_000)
        paid.hear()
        paid.move(paid.now + timedelta(days=3))
        paid.fake.pull("payouts", currency="cny")
        paid.move(paid.now + timedelta(days=3))
        for _again in range(2):
            compare(paid)

        assert paid.balance("clearing_stripe") == 0
        assert paid.balance("bank") == 23_906
        with in_control():
            assert Payout.objects.get().amount_minor == 23_906
        assert open_differences() == []
        assert check(paid.now) == []

    def test_run_again_repeats_nothing(self, paid: World) -> None:
        compare(paid)
        paid.now += timedelta(hours=1)
        again = compare(paid)

        assert again.fresh == 0
        assert paid.balance("psp_fee") == 894

    def test_that_died_is_taken_up_again(self, paid: World, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as broken:
            broken.setattr("billing.services.reconcile.payouts_since", _dies)
            with pytest.raises(RuntimeError):
                compare(paid)
        run = compare(paid)

        assert run.finished_at is not None
        assert paid.balance("psp_fee") == 894
        with in_control():
            assert GatewayMovement.objects.count() == 1

    def test_finds_each_kind_of_difference(self, paid: World, settings: Any) -> None:
        with in_control():
            ChargeAttempt.objects.update(amount_minor=29_801)
        compare(paid)
        assert "amount_mismatch" in open_differences()
        with in_control():
            ChargeAttempt.objects.update(amount_minor=29_800)
        paid.now += timedelta(hours=1)
        compare(paid)
        assert open_differences() == []  # gone: it resolved itself

        settings.LINLI_STRIPE = {**settings.LINLI_STRIPE, "fee": {"ppm": 10_000, "fixed_minor": 0}}
        compare(paid)
        assert open_differences() == ["fee_mismatch"]
        with in_control():
            row = Difference.objects.get(state="open")
            explain_difference(difference_id=row.pk, note="旧合同", by="ops@x", now=paid.now)
        paid.now += timedelta(hours=1)
        compare(paid)
        assert open_differences() == []

    def test_finds_a_charge_of_ours_that_stripe_never_had(self, paid: World) -> None:
        with in_control():
            ChargeAttempt.objects.update(gateway_ref="pi_nowhere")
        paid.now += timedelta(days=2)
        compare(paid)

        assert open_differences() == ["missing_here", "missing_there"]


def _dies(_moment: object) -> Any:
    raise RuntimeError("killed")
