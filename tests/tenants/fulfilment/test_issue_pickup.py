"""Codes are drawn until one is free at that point and day."""

import pytest

from kit.tenancy import StoreRef
from tenants.fulfilment.services import issue_pickup as issuing
from tenants.fulfilment.services.issue_pickup import NoCodeFree
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_paid_order, the_visit_of


class TestIssuePickup:
    def test_draws_again_when_a_code_is_in_use(self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn = iter(["11111111", "11111111", "22222222", "11111111"])
        monkeypatch.setattr(issuing, "new_digits", lambda count: next(drawn))
        point, item = a_leader_with_point(), an_offer()

        first, second = a_paid_order(item, point=point), a_paid_order(item, point=point)
        elsewhere = a_paid_order(item)

        codes = [the_visit_of(order).code for order in (first, second, elsewhere)]
        assert codes == ["11111111", "22222222", "11111111"]

    def test_gives_up_when_every_code_is_in_use(self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(issuing, "new_digits", lambda count: "11111111")
        point, item = a_leader_with_point(), an_offer()
        a_paid_order(item, point=point)

        with pytest.raises(NoCodeFree):
            a_paid_order(item, point=point)
