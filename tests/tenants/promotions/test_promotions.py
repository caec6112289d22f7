"""满减 and the cheaper next piece: made, running, stopped."""

import pytest

from kit.ids import new_id
from tenants.promotions.drafts import NotAnOffer, PromotionDraft
from tenants.promotions.models import Promotion, PromotionKind
from tenants.promotions.selectors import PromotionMissing, overlapping, promotions_now
from tenants.promotions.services.edit_promotion import save_promotion, stop_promotion
from tests.factories.times import NOW, later

pytestmark = pytest.mark.usefixtures("in_acme")


def _draft(**changes: object) -> PromotionDraft:
    usual = {
        "name": "满减",
        "kind": PromotionKind.SPEND_AND_SAVE,
        "starts_at": NOW,
        "ends_at": later(days=3),
        "tiers": ((5000, 500), (3000, 200)),
    }
    return PromotionDraft(**(usual | changes))  # type: ignore[arg-type]


def test_it_runs_between_its_moments_and_until_it_is_stopped() -> None:
    promotion = save_promotion(draft=_draft(), now=NOW, by_name="老板", publish=True)
    assert promotions_now(later(seconds=-1)) == ((), ())
    _pieces, (save,) = promotions_now(NOW)
    assert [(tier.from_minor, tier.off_minor) for tier in save.tiers] == [(3000, 200), (5000, 500)]
    assert promotions_now(later(days=3)) == ((), ())
    stop_promotion(promotion_id=promotion.id, now=NOW, by_name="老板")
    stop_promotion(promotion_id=promotion.id, now=NOW, by_name="老板")
    assert promotions_now(NOW) == ((), ())
    with pytest.raises(PromotionMissing):
        stop_promotion(promotion_id=new_id(), now=NOW, by_name="老板")


def test_a_draft_takes_nothing_off() -> None:
    save_promotion(draft=_draft(), now=NOW, by_name="老板", publish=False)
    assert promotions_now(NOW) == ((), ())


def test_the_next_piece() -> None:
    half = _draft(kind=PromotionKind.NEXT_PIECE, every=2, off_ppm=500_000, tiers=())
    save_promotion(draft=half, now=NOW, by_name="老板", publish=True)
    ((piece,), _saves) = promotions_now(NOW)
    assert (piece.every, piece.off_ppm) == (2, 500_000)


def test_overlaps_are_found() -> None:
    first = save_promotion(draft=_draft(), now=NOW, by_name="老板", publish=True)
    kind = PromotionKind.SPEND_AND_SAVE
    assert overlapping(kind=kind, starts_at=later(days=2), ends_at=later(days=9), but=None) == [first]
    assert overlapping(kind=kind, starts_at=later(days=2), ends_at=later(days=9), but=first.id) == []
    assert overlapping(kind=kind, starts_at=later(days=3), ends_at=later(days=9), but=None) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"ends_at": NOW}, "ends_at"),
        ({"tiers": ()}, "tiers"),
        ({"tiers": ((100, 100),)}, "tiers"),
        ({"tiers": ((100, -1),)}, "tiers"),
        ({"tiers": ((100, 10), (100, 20))}, "tiers"),
        ({"tiers": ((100, 20), (200, 20))}, "tiers"),
        ({"tiers": tuple((n * 100, n) for n in range(1, 7))}, "tiers"),
        ({"kind": PromotionKind.NEXT_PIECE, "every": 1, "off_ppm": 5}, "every"),
        ({"kind": PromotionKind.NEXT_PIECE, "every": 2, "off_ppm": 0}, "every"),
    ],
)
def test_a_promotion_that_makes_no_sense_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(NotAnOffer) as refused:
        save_promotion(draft=_draft(**changes), now=NOW, by_name="老板", publish=True)
    assert list(refused.value.fields) == [field]
    assert not Promotion.objects.exists()
