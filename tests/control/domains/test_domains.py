"""T16 and T17: a merchant's own domain, from the claim to the quarantine."""

from datetime import timedelta

import pytest

from control.audit.models import AuditEntry
from control.domains import selectors
from control.domains.models import CustomDomain, DomainState, Heard, Points
from control.domains.services import check_domain as checking
from control.domains.services import claim_domain as claiming
from control.domains.services.check_domain import TooSoon
from control.domains.services.claim_domain import (
    MOST,
    AlreadyClaimed,
    DomainQuarantined,
    DomainTaken,
    StoreClosed,
    TooManyDomains,
)
from control.domains.services.lift_quarantine import lift_quarantine
from control.domains.services.release_domain import release_all, release_domain
from control.merchants.directory import forget, home_of
from control.merchants.limits import PlanLimitReached
from control.merchants.models import Domain, Merchant, MerchantState
from control.post.models import Letter
from kit.tenancy import StoreRef, in_control
from tests.control.domains.conftest import BY, DAY, NOW, SHOP, checked, claimed, proven, rechecked, reloaded, slug_at
from tests.simulators.dns.zone import Fault, Zone


class TestProof:
    def test_a_claim_alone_is_served_to_nobody(self, acme: StoreRef, zone: Zone) -> None:
        claim = claimed(acme)

        assert checked(claim).heard == Heard.ABSENT
        assert slug_at(SHOP) == ""

    def test_the_record_opens_the_domain(self, acme: StoreRef, zone: Zone) -> None:
        claim = claimed(acme)
        proven(zone, claim)

        assert checked(claim).state == DomainState.SERVING
        assert slug_at(SHOP) == "acme"
        assert slug_at("SHOP.example.com.") == "acme"
        assert slug_at("www.shop.example.com") == ""

    def test_one_right_record_among_several_is_enough(self, acme: StoreRef, zone: Zone) -> None:
        claim = claimed(acme)
        zone.put(claim.record_name, "TXT", "v=spf1 -all", "linli-verify=" + "0" * 32, f" {claim.record_value} ")

        assert checked(claim).is_served

    def test_the_wrong_token_is_named_as_wrong(self, acme: StoreRef, zone: Zone) -> None:
        claim = claimed(acme)
        zone.put(claim.record_name, "TXT", "linli-verify=" + "0" * 32)

        assert checked(claim).heard == Heard.WRONG
        assert slug_at(SHOP) == ""

    @pytest.mark.parametrize("fault", ["servfail", "silence"])
    def test_a_broken_server_proves_nothing(self, acme: StoreRef, zone: Zone, fault: Fault) -> None:
        claim = claimed(acme)
        proven(zone, claim)
        zone.faults[claim.record_name] = fault

        assert (checked(claim).state, reloaded(claim).heard) == (DomainState.WAITING, Heard.UNSURE)
        assert slug_at(SHOP) == ""

    def test_says_whether_the_domain_leads_here(self, acme: StoreRef, zone: Zone) -> None:
        claim = claimed(acme)
        zone.put("linli.test", "A", "192.0.2.10")
        zone.put(SHOP, "A", "198.51.100.1")
        assert checked(claim).points == Points.ELSEWHERE

        zone.put(SHOP, "A", "192.0.2.10")
        assert checked(claim).points == Points.HERE

        zone.put(SHOP, "A")
        zone.put(SHOP, "CNAME", "acme.linli.test")
        zone.put("acme.linli.test", "A", "203.0.113.9")
        assert checked(claim).points == Points.HERE

    def test_the_owner_hears_of_it_and_the_audit_remembers(self, serving: CustomDomain) -> None:
        with in_control():
            letter = Letter.objects.get()
            acts = list(AuditEntry.objects.order_by("at", "id").values_list("what", flat=True))

        assert (letter.sent_to, SHOP in letter.text) == ("owner@acme.example", True)
        assert acts == ["domain.claimed", "domain.verified"]

    def test_the_button_asks_the_dns_at_most_every_five_seconds(self, acme: StoreRef, zone: Zone) -> None:
        claim = claimed(acme)
        checked(claim, by=BY)

        with pytest.raises(TooSoon):
            checked(claim, by=BY, now=NOW + timedelta(seconds=4))
        checked(claim, by=BY, now=NOW + timedelta(seconds=5))


class TestTwoClaimOneName:
    def test_only_the_one_who_can_write_the_record_gets_it(self, acme: StoreRef, rival: StoreRef, zone: Zone) -> None:
        squatter, holder = claimed(acme), claimed(rival)
        assert squatter.record_value != holder.record_value
        proven(zone, holder)

        assert checked(squatter).heard == Heard.WRONG
        assert checked(holder).is_served
        assert slug_at(SHOP) == "rival"

    def test_the_first_proof_wins(self, acme: StoreRef, rival: StoreRef, zone: Zone) -> None:
        first, second = claimed(acme), claimed(rival)
        proven(zone, first)
        proven(zone, second)
        checked(first)

        with pytest.raises(DomainTaken):
            checked(second)
        assert slug_at(SHOP) == "acme"

    def test_the_database_holds_when_both_are_first(
        self, acme: StoreRef, rival: StoreRef, zone: Zone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = claimed(acme), claimed(rival)
        proven(zone, first)
        proven(zone, second)
        checked(first)
        monkeypatch.setattr(checking, "refuse_foreign", lambda *_args, **_named: None)  # both looked, nobody was there

        with pytest.raises(DomainTaken):
            checked(second)
        assert slug_at(SHOP) == "acme"

    def test_a_name_in_use_cannot_be_claimed(self, serving: CustomDomain, rival: StoreRef) -> None:
        with pytest.raises(DomainTaken):
            claimed(rival)

    def test_without_the_proof_the_squatter_would_have_it(
        self, acme: StoreRef, zone: Zone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mutant: a check that believes the claim."""
        claim = claimed(acme)
        monkeypatch.setattr(checking, "_heard", lambda _claim: Heard.FOUND)

        checked(claim)

        assert slug_at(SHOP) == "acme"


class TestTheDailyCheck:
    def test_without_the_record_the_domain_is_off_within_one_run(self, serving: CustomDomain, zone: Zone) -> None:
        zone.put(serving.record_name, "TXT")

        rechecked(NOW + DAY)

        assert slug_at(SHOP) == ""
        assert reloaded(serving).state == DomainState.LOST
        with in_control():
            assert "已停止使用" in Letter.objects.latest("sent_at").subject

    def test_with_it_nothing_happens(self, serving: CustomDomain) -> None:
        rechecked(NOW + DAY)

        assert slug_at(SHOP) == "acme"
        with in_control():
            assert Letter.objects.count() == 1

    @pytest.mark.parametrize("fault", ["servfail", "refused"])
    def test_a_broken_server_is_borne_for_three_days(self, serving: CustomDomain, zone: Zone, fault: Fault) -> None:
        zone.faults["*"] = fault
        for day in (1, 2):
            rechecked(NOW + day * DAY)
            assert slug_at(SHOP) == "acme"
            assert reloaded(serving).state == DomainState.FAILING
        rechecked(NOW + 3 * DAY)

        assert slug_at(SHOP) == ""
        with in_control():
            subjects = list(Letter.objects.order_by("sent_at").values_list("subject", flat=True))
        assert [subject.partition(SHOP)[2].strip() for subject in subjects] == [
            "已启用",
            "的解析没有回应",
            "已停止使用",
        ]

    def test_two_beats_or_an_impatient_owner_count_one_day_once(self, serving: CustomDomain, zone: Zone) -> None:
        zone.faults["*"] = "servfail"
        for hour in range(4):
            rechecked(NOW + DAY + timedelta(hours=hour))
            checked(serving, by=BY, now=NOW + DAY + timedelta(hours=hour, minutes=30))

        assert reloaded(serving).failures == 1
        assert slug_at(SHOP) == "acme"

    def test_a_server_that_answers_again_is_forgiven(self, serving: CustomDomain, zone: Zone) -> None:
        zone.faults["*"] = "servfail"
        rechecked(NOW + DAY)
        rechecked(NOW + 2 * DAY)
        zone.faults.clear()
        rechecked(NOW + 3 * DAY)

        assert (reloaded(serving).state, reloaded(serving).failures) == (DomainState.SERVING, 0)

    def test_never_asked_again_it_would_be_served_for_ever(
        self, serving: CustomDomain, zone: Zone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mutant: a daily task that finds nothing to do."""
        zone.put(serving.record_name, "TXT")
        monkeypatch.setattr("control.domains.tasks.due_claims", list)

        rechecked(NOW + 7 * DAY)

        assert slug_at(SHOP) == "acme"


class TestQuarantine:
    def test_a_released_name_is_nobody_elses_for_half_a_year(
        self, serving: CustomDomain, acme: StoreRef, rival: StoreRef
    ) -> None:
        release_domain(merchant_id=acme.merchant_id, claim_id=serving.pk, by=BY, now=NOW)
        forget()
        assert slug_at(SHOP) == ""

        with pytest.raises(DomainQuarantined):
            claimed(rival, now=NOW + timedelta(days=179))
        assert claimed(rival, now=NOW + timedelta(days=181)).state == DomainState.WAITING

    def test_nor_can_an_old_claim_of_theirs_be_proven_meanwhile(
        self, acme: StoreRef, rival: StoreRef, zone: Zone
    ) -> None:
        theirs, ours = claimed(rival), claimed(acme)
        proven(zone, ours)
        proven(zone, theirs)
        checked(ours)
        release_domain(merchant_id=acme.merchant_id, claim_id=ours.pk, by=BY, now=NOW)

        with pytest.raises(DomainQuarantined):
            checked(theirs, now=NOW + DAY)
        assert checked(theirs, now=NOW + timedelta(days=181)).is_served

    def test_the_same_merchant_takes_it_back_at_once_with_a_new_proof(
        self, serving: CustomDomain, acme: StoreRef, zone: Zone
    ) -> None:
        release_domain(merchant_id=acme.merchant_id, claim_id=serving.pk, by=BY, now=NOW)
        back = claimed(acme)

        assert checked(back).heard == Heard.WRONG  # the old record is still there, and proves nothing any more
        proven(zone, back)
        assert checked(back).is_served
        assert slug_at(SHOP) == "acme"

    def test_an_unproven_claim_leaves_no_quarantine(self, acme: StoreRef, rival: StoreRef) -> None:
        claim = claimed(acme)
        release_domain(merchant_id=acme.merchant_id, claim_id=claim.pk, by=BY, now=NOW)

        assert claimed(rival).state == DomainState.WAITING

    def test_an_operator_may_end_it(self, serving: CustomDomain, acme: StoreRef, rival: StoreRef) -> None:
        release_domain(merchant_id=acme.merchant_id, claim_id=serving.pk, by=BY, now=NOW)
        lift_quarantine(claim_id=serving.pk, by="ops@linli.test", reason="sold, seen the contract", now=NOW)

        assert claimed(rival).state == DomainState.WAITING
        with in_control():
            assert AuditEntry.objects.get(what="domain.quarantine_lifted").reason

    def test_an_erased_stores_names_are_kept_from_others(self, serving: CustomDomain, rival: StoreRef) -> None:
        with in_control():
            release_all(merchant_id=serving.merchant_id, now=NOW)

        with pytest.raises(DomainQuarantined):
            claimed(rival)

    def test_without_it_the_next_one_would_have_the_name(
        self, serving: CustomDomain, acme: StoreRef, rival: StoreRef, zone: Zone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mutant: nothing is quarantined."""
        release_domain(merchant_id=acme.merchant_id, claim_id=serving.pk, by=BY, now=NOW)
        monkeypatch.setattr(claiming, "is_quarantined", lambda *_args, **_named: False)
        taken = claimed(rival)
        proven(zone, taken)

        checked(taken)

        assert slug_at(SHOP) == "rival"


class TestClaims:
    def test_one_is_made_once(self, acme: StoreRef) -> None:
        claimed(acme)

        with pytest.raises(AlreadyClaimed):
            claimed(acme, "SHOP.example.com.")

    def test_no_more_than_the_plan_allows(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_control():
            Merchant.objects.filter(pk=acme.merchant_id).update(limits={"domains": 1})
        claimed(acme)

        with pytest.raises(PlanLimitReached):
            claimed(acme, "second.example.com")
        claimed(rival, "second.example.com")

    def test_and_never_more_than_ten(self, acme: StoreRef) -> None:
        for number in range(MOST):
            claimed(acme, f"s{number}.example.com")

        with pytest.raises(TooManyDomains):
            claimed(acme, "one-more.example.com")

    def test_another_merchants_cannot_be_released(self, serving: CustomDomain, rival: StoreRef) -> None:
        with pytest.raises(selectors.NoSuchDomain):
            release_domain(merchant_id=rival.merchant_id, claim_id=serving.pk, by=BY, now=NOW)
        assert slug_at(SHOP) == "acme"

    def test_a_closed_store_brings_none_and_proves_none(self, acme: StoreRef, zone: Zone) -> None:
        claim = claimed(acme)
        proven(zone, claim)
        with in_control():
            Merchant.objects.filter(pk=acme.merchant_id).update(state=MerchantState.SUSPENDED)

        with pytest.raises(StoreClosed):
            checked(claim)
        with pytest.raises(StoreClosed):
            claimed(acme, "second.example.com")
        assert slug_at(SHOP) == ""


class TestHome:
    def test_the_longest_proven_domain_is_the_stores_home(
        self, serving: CustomDomain, acme: StoreRef, zone: Zone
    ) -> None:
        assert home_of(acme) == SHOP
        second = claimed(acme, "second.example.com")
        proven(zone, second)
        checked(second, now=NOW + DAY)
        assert home_of(acme) == SHOP

        release_domain(merchant_id=acme.merchant_id, claim_id=serving.pk, by=BY, now=NOW + DAY)
        forget()
        assert home_of(acme) == "second.example.com"

        release_domain(merchant_id=acme.merchant_id, claim_id=second.pk, by=BY, now=NOW + DAY)
        forget()
        assert home_of(acme) == "acme.linli.test"
        with in_control():
            assert Domain.objects.filter(tenant_id=acme.merchant_id, is_primary=True).count() == 1
