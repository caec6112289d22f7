"""A plan's limits, as a store asks for them."""

import pytest

from control.merchants.limits import PlanLimitReached, keep_within_limit
from control.merchants.models import Merchant
from kit.tenancy import StoreRef, in_control


class TestKeepWithinLimit:
    def test_lets_everything_through_where_the_plan_names_no_limit(self, acme: StoreRef) -> None:
        keep_within_limit(merchant_id=acme.merchant_id, what="leaders", used=10_000)

    def test_lets_the_last_one_through_and_refuses_the_next(self, acme: StoreRef) -> None:
        with in_control():
            Merchant.objects.filter(pk=acme.merchant_id).update(limits={"leaders": 3})

        keep_within_limit(merchant_id=acme.merchant_id, what="leaders", used=2)
        with pytest.raises(PlanLimitReached) as no:
            keep_within_limit(merchant_id=acme.merchant_id, what="leaders", used=3)

        assert no.value.facts == {"what": "leaders", "limit": 3, "used": 3}
