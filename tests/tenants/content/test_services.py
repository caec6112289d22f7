"""The store's words and colour."""

from dataclasses import replace

import pytest

from kit.colors import contrast_with_white, darkened_until_readable
from kit.tenancy import StoreRef
from tenants.content.models import StoreProfile
from tenants.content.services import HardToRead, NotAColor, NotAServicePhone, ProfileDraft, edit_profile
from tenants.journal.models import JournalEntry
from tests.tenants.shelf import NOON

DRAFT = ProfileDraft(name="绿家生鲜", notice="下雨照常送", service_phone="021-61234567", brand_color="#0B7A3B")


class TestEditProfile:
    def test_keeps_the_words_and_says_what_changed(self, in_acme: StoreRef) -> None:
        edit_profile(draft=DRAFT, now=NOON, by_name="老板")

        profile = StoreProfile.objects.get()
        assert (profile.notice, profile.brand_color) == ("下雨照常送", "#0b7a3b")
        assert sorted(JournalEntry.objects.get().detail["changed"]) == ["notice", "service_phone"]

    def test_writes_nothing_when_nothing_changed(self, in_acme: StoreRef) -> None:
        edit_profile(draft=DRAFT, now=NOON, by_name="老板")
        edit_profile(draft=DRAFT, now=NOON, by_name="老板")

        assert JournalEntry.objects.count() == 1

    def test_refuses_a_colour_white_cannot_be_read_on_and_offers_a_darker(self, in_acme: StoreRef) -> None:
        with pytest.raises(HardToRead) as no:
            edit_profile(draft=replace(DRAFT, brand_color="#ffcc00"), now=NOON, by_name="老板")

        assert contrast_with_white(no.value.facts["readable"]) >= 4.5
        edit_profile(draft=replace(DRAFT, brand_color=no.value.facts["readable"]), now=NOON, by_name="老板")

    @pytest.mark.parametrize("color", ["green", "#12", "#gggggg", "0b7a3b", "#0b7a3b\n;"])
    def test_refuses_what_is_no_colour(self, in_acme: StoreRef, color: str) -> None:
        with pytest.raises(NotAColor):
            edit_profile(draft=replace(DRAFT, brand_color=color), now=NOON, by_name="老板")

    @pytest.mark.parametrize("phone", ["", "4008001234", "021-61234567", "+86 13812345678"])
    def test_takes_mobiles_landlines_and_service_numbers(self, in_acme: StoreRef, phone: str) -> None:
        edit_profile(draft=replace(DRAFT, service_phone=phone), now=NOON, by_name="老板")

        assert StoreProfile.objects.get().service_phone == phone

    def test_refuses_words_for_a_phone(self, in_acme: StoreRef) -> None:
        with pytest.raises(NotAServicePhone):
            edit_profile(draft=replace(DRAFT, service_phone="加微信聊"), now=NOON, by_name="老板")


class TestColors:
    def test_knows_black_and_white(self) -> None:
        assert contrast_with_white("#000000") == pytest.approx(21)
        assert contrast_with_white("#ffffff") == pytest.approx(1)

    def test_leaves_a_readable_colour_alone(self) -> None:
        assert darkened_until_readable("#0b7a3b", 4.5) == "#0b7a3b"
