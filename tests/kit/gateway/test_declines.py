"""What a decline means to dunning and to the merchant."""

import pytest

from kit.gateway.declines import HARD, PLAIN, explain_decline, is_hard_decline


@pytest.mark.parametrize(
    ("decline_code", "hard"),
    [("stolen_card", True), ("expired_card", True), ("insufficient_funds", False), ("generic_decline", False),
     ("something_new", False), (None, False)],
)  # fmt: skip
def test_only_final_declines_stop_the_retries(decline_code: str | None, hard: bool) -> None:
    assert is_hard_decline(decline_code=decline_code) is hard


@pytest.mark.parametrize("decline_code", ["lost_card", "stolen_card", "fraudulent", "unheard_of", None])
def test_a_merchant_never_reads_that_a_card_is_stolen(decline_code: str | None) -> None:
    assert explain_decline(decline_code=decline_code) is PLAIN


def test_an_expired_card_has_its_own_sentence() -> None:
    assert "expired_card" in HARD
    assert explain_decline(decline_code="expired_card") is not PLAIN
