"""A store's keys: sealed to their place, tried before they are used, never shown."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from control.audit.models import AuditEntry
from control.people.models import Role
from control.people.services import give_seat, register_person
from control.post.models import Letter
from kit.ports.payments.wechat import WeChat
from kit.sealing import Place, SealBroken, key_id_of, seal, unseal
from kit.tenancy import StoreRef, in_control, in_store
from tenants.payments.balances import BalanceShort, balance_minor, top_up
from tenants.payments.channels import ChannelMissing, keys_of, offered_ways
from tenants.payments.models import Channel
from tenants.payments.setup import (
    ChannelDraft,
    NotReady,
    check_channel,
    configure_channel,
    renew_certificates,
    switch_channel,
)
from tenants.sales.services.start_payment import start_payment
from tenants.sales.services.warn_expiring_keys import warn_expiring_keys
from tests.factories.channels import BY, a_wechat_channel, an_alipay_channel
from tests.factories.members import a_member
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW
from tests.simulators.companies import Companies, wechat_keys


class TestSealed:
    def test_secrets_are_unreadable_in_the_table(self, in_acme: StoreRef, companies: Companies) -> None:
        channel = a_wechat_channel(companies)
        kept = json.dumps({**channel.facts, "sealed": channel.sealed, "said": channel.check_said})
        for secret in (companies.merchant.api_v3_key, companies.merchant.app_secret, "PRIVATE KEY"):
            assert secret not in kept
        assert keys_of(channel).api_v3_key == companies.merchant.api_v3_key  # type: ignore[union-attr]

    def test_copied_to_another_row_or_store_they_do_not_open(
        self, acme: StoreRef, rival: StoreRef, companies: Companies
    ) -> None:
        with in_store(acme):
            channel = a_wechat_channel(companies)
            other = Channel(provider="alipay", endpoint="x", sealed=channel.sealed, changed_at=NOW)
            with pytest.raises(ChannelMissing):
                keys_of(other)
        with in_store(rival):
            stolen = Channel(pk=channel.pk, provider="wechat", endpoint="y", sealed=channel.sealed, changed_at=NOW)
            with pytest.raises(ChannelMissing):
                keys_of(stolen)

    def test_rows_and_keys_that_change_places_do_not_open(
        self, in_acme: StoreRef, companies: Companies, settings: Any
    ) -> None:
        wechat, alipay = a_wechat_channel(companies), an_alipay_channel(companies)
        wechat.sealed, alipay.sealed = alipay.sealed, wechat.sealed
        for swapped in (wechat, alipay):
            with pytest.raises(ChannelMissing):
                keys_of(swapped)
        wechat.refresh_from_db()
        # the same name for another key, and another name for the same key
        key = settings.LINLI_SEALING_KEYS["k0"]
        for keys in ({"k0": b"x" * 32}, {"k1": key}, {"k1": b"x" * 32, "k0": b"y" * 32}):
            settings.LINLI_SEALING_KEYS = keys
            with pytest.raises(ChannelMissing):
                keys_of(wechat)
        settings.LINLI_SEALING_KEYS = {"k1": key}
        renamed = Channel(pk=wechat.pk, provider="wechat", endpoint="z", sealed=wechat.sealed.replace("k0", "k1"))
        with pytest.raises(ChannelMissing):
            keys_of(renamed)

    def test_changed_by_a_bit_they_do_not_open(self, acme: StoreRef) -> None:
        place = Place(acme.merchant_id, "t", "c", acme.merchant_id)
        sealed = seal("secret", place=place)
        assert unseal(sealed, place=place) == "secret"
        for bent in (sealed[:-2] + "AA", sealed.replace("k0", "k9"), "", "s1.k0", "s2" + sealed[2:]):
            with pytest.raises(SealBroken):
                unseal(bent, place=place)

    def test_are_rotated_to_a_new_key(self, acme: StoreRef, companies: Companies, settings: Any) -> None:
        with in_store(acme):
            channel = a_wechat_channel(companies)
        settings.LINLI_SEALING_KEYS = {"k2": b"n" * 32, **settings.LINLI_SEALING_KEYS}
        told = StringIO()
        call_command("secrets", "rotate", stdout=told)
        assert "1 secrets" in told.getvalue()
        settings.LINLI_SEALING_KEYS = {"k2": b"n" * 32}
        with in_store(acme):
            channel.refresh_from_db()
            assert key_id_of(channel.sealed) == "k2"
            assert keys_of(channel).mchid == companies.merchant.mchid  # type: ignore[union-attr]


class TestSwitching:
    def test_needs_a_good_trial(self, in_acme: StoreRef, companies: Companies) -> None:
        wrong = ChannelDraft(provider="wechat", keys=wechat_keys(companies, api_v3_key="0" * 32), ways=["wechat_h5"])
        configure_channel(draft=wrong, **BY)  # type: ignore[arg-type]
        assert check_channel(provider="wechat", now=NOW).code == "API_V3_KEY"
        with pytest.raises(NotReady):
            switch_channel(provider="wechat", on=True, **BY)  # type: ignore[arg-type]
        assert [way.code for way in offered_ways()] == ["sandbox"]

    def test_closes_the_sandbox_and_is_audited_without_a_secret(self, in_acme: StoreRef, companies: Companies) -> None:
        a_wechat_channel(companies)
        assert [way.code for way in offered_ways()] == ["wechat_jsapi", "wechat_h5", "wechat_native"]
        with in_control():
            acts = list(AuditEntry.objects.filter(what__startswith="payments.").order_by("at", "pk"))
        assert {act.what for act in acts} == {"payments.keys_changed", "payments.switched_on"}
        assert all(companies.merchant.api_v3_key not in str(act.detail) for act in acts)


class TestExpiry:
    def test_the_owner_is_told_once_a_week(self, in_acme: StoreRef, companies: Companies) -> None:
        channel = an_alipay_channel(companies)
        with in_control():
            owner = register_person(
                email="boss@acme.test", phone="13812345678", password="青菜-豆腐-88", name="老板", now=NOW
            )
            give_seat(person=owner, merchant_id=in_acme.merchant_id, role=Role.OWNER, now=NOW)
        assert warn_expiring_keys(now=NOW) == 0
        Channel.objects.filter(pk=channel.pk).update(expires_at=NOW + timedelta(days=29))

        told = [warn_expiring_keys(now=NOW + timedelta(days=day)) for day in (0, 1, 6, 7)]

        assert told == [1, 0, 0, 1]
        with in_control():
            assert Letter.objects.filter(sent_to="boss@acme.test").count() == 2


class TestRenewal:
    """WeChat changes its certificate; the shop must not stop believing it because nobody pressed a button."""

    @pytest.fixture
    def rotated(self, companies: Companies) -> Iterator[Companies]:
        company = companies.wechat
        kept = company.platform_key, company.platform_certificate
        yield companies
        company.platform_key, company.platform_certificate = kept
        company.older_certificates.clear()

    def test_believes_the_new_certificate_without_anybody_looking(self, in_acme: StoreRef, rotated: Companies) -> None:
        a_wechat_channel(rotated)
        assert renew_certificates(now=NOW + timedelta(hours=1)) == 0
        rotated.wechat.change_certificate()
        order = a_pending_order()
        started = start_payment(order_id=order.pk, member=order.member, method="wechat_native", key="a", now=NOW)
        assert started.payment.state == "unknown"  # its answer is signed by a key we do not hold yet

        assert renew_certificates(now=NOW + timedelta(hours=12)) == 1
        assert renew_certificates(now=NOW + timedelta(hours=13)) == 0

        again = start_payment(order_id=order.pk, member=order.member, method="wechat_native", key="a", now=NOW)
        assert again.payment.opened
        assert len(Channel.objects.get(provider="wechat").facts["certificates"]) == 2

    def test_the_alert_ends_when_the_new_one_is_there(self, in_acme: StoreRef, rotated: Companies) -> None:
        channel = a_wechat_channel(rotated)
        first_end, later_on = channel.expires_at, NOW + timedelta(days=1)
        rotated.wechat.change_certificate(days=4000)
        renew_certificates(now=later_on)
        channel.refresh_from_db()
        assert first_end
        assert channel.expires_at
        assert channel.expires_at > first_end

    def test_the_owners_own_certificate_still_counts(self, in_acme: StoreRef, rotated: Companies) -> None:
        own_end = NOW + timedelta(days=20)
        draft = ChannelDraft(
            provider="wechat", keys=wechat_keys(rotated, certificates=()), ways=["wechat_h5"], expires_at=own_end
        )
        configure_channel(draft=draft, **BY)  # type: ignore[arg-type]
        for at in (NOW, NOW + timedelta(days=1)):
            assert check_channel(provider="wechat", now=at).is_good
            assert Channel.objects.get().expires_at == own_end
        renew_certificates(now=NOW + timedelta(days=2))
        assert Channel.objects.get().expires_at == own_end

    def test_a_company_that_does_not_answer_changes_nothing(self, in_acme: StoreRef, rotated: Companies) -> None:
        before = a_wechat_channel(rotated)
        rotated.wechat.fail_next("cut", "certificates")
        assert renew_certificates(now=NOW + timedelta(days=1)) == 0
        after = Channel.objects.get(provider="wechat")
        assert (after.facts, after.is_good, after.expires_at) == (before.facts, True, before.expires_at)

    def test_a_trial_of_keys_that_were_changed_meanwhile_says_nothing_of_the_new_ones(
        self, in_acme: StoreRef, companies: Companies, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        draft = ChannelDraft(provider="wechat", keys=wechat_keys(companies), ways=["wechat_h5"])
        configure_channel(draft=draft, **BY)  # type: ignore[arg-type]
        new = ChannelDraft(provider="wechat", keys=wechat_keys(companies, mchid="1600000009"), ways=["wechat_h5"])
        asked = WeChat.check

        def changed_meanwhile(self: WeChat) -> Any:
            configure_channel(draft=new, **BY)  # type: ignore[arg-type]
            return asked(self)

        monkeypatch.setattr(WeChat, "check", changed_meanwhile)
        assert check_channel(provider="wechat", now=NOW).is_good

        channel = Channel.objects.get()
        assert (channel.is_good, channel.facts["mchid"]) == (None, "1600000009")
        with pytest.raises(NotReady):
            switch_channel(provider="wechat", on=True, **BY)  # type: ignore[arg-type]


class TestBalance:
    def test_pays_an_order_and_never_goes_below_nothing(self, in_acme: StoreRef) -> None:
        switch_channel(provider="balance", on=True, **BY)  # type: ignore[arg-type]
        member = a_member()
        for _twice in range(2):
            top_up(member_id=member.pk, amount_minor=2000, reason="线下收款", by_name="老板", key="t1", now=NOW)
        first, second = a_pending_order(member=member), a_pending_order(member=member)

        for _twice in range(2):
            start_payment(order_id=first.pk, member=member, method="balance", key="a", now=NOW)
        with pytest.raises(BalanceShort):
            start_payment(order_id=second.pk, member=member, method="balance", key="b", now=NOW)

        first.refresh_from_db()
        assert (first.state, balance_minor(member.pk)) == ("paid", 710)
        with pytest.raises(BalanceShort):
            top_up(member_id=member.pk, amount_minor=-711, reason="扣回", by_name="老板", key="t2", now=NOW)
