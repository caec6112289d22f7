"""The worked examples, each to the fen."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from billing.calendar import first_whole_day, local_day, period_holding, period_number
from billing.discounts import discount_of
from billing.dunning import retry_at
from billing.proration import change_price, part_of
from billing.rating import FeeTerms, Tier, Volume, rate_order, reversal
from billing.tax import included_in
from kit.money import allocate

CASES: dict[str, Any] = json.loads(Path(__file__).with_name("cases.json").read_text())


def cases(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", CASES[kind], ids=[case["id"] for case in CASES[kind]])


@cases("change")
def test_an_immediate_change_gives_back_and_charges(case: Any) -> None:
    change = change_price(old_minor=case["old"], new_minor=case["new"], day=case["day"], days=case["days"])

    assert (change.credit_minor, change.charge_minor, change.total_minor) == (
        case["credit"],
        case["charge"],
        case["total"],
    )


@cases("part")
def test_a_part_of_a_period_costs(case: Any) -> None:
    assert part_of(case["price"], first=case["first"], until=case["until"], days=case["days"]) == case["amount"]


@cases("periods")
def test_periods_start(case: Any) -> None:
    anchor = date.fromisoformat(case["anchor"])

    starts = [period_number(anchor, k, months=case["months"]).starts_on for k in range(len(case["starts"]))]

    assert [start.isoformat() for start in starts] == case["starts"]


@cases("first_whole_day")
def test_a_trial_is_rounded_up_to_midnight(case: Any) -> None:
    moment = datetime.fromisoformat(case["moment"])

    assert first_whole_day(moment, ZoneInfo(case["zone"])).isoformat() == case["day"]


@cases("month_of_order")
def test_an_order_belongs_to_the_month_of_the_payers_clock(case: Any) -> None:
    day = local_day(datetime.fromisoformat(case["moment"]), ZoneInfo(case["zone"]))

    assert period_holding(date(2026, 1, 1), day, months=1).starts_on.isoformat() == case["month"]


@cases("order")
def test_an_orders_fee(case: Any) -> None:
    before = Volume(case.get("gmv", 0), case.get("orders", 0), case.get("charged", 0))

    rated = rate_order(terms_of(case["terms"]), before, case["amount"])

    assert (rated.variable_minor, rated.fixed_minor) == (case["variable"], case["fixed"])
    assert list(rated.rules) == case.get("rules", [])
    assert sum(part.amount_minor for part in rated.parts) + rated.included_minor == case["amount"]


@cases("tax_included")
def test_tax_is_taken_out_by_the_line(case: Any) -> None:
    taxed = included_in(case["gross"], ppm=case["ppm"])

    assert (taxed.net_minor, taxed.tax_minor) == (case["net"], case["tax"])


@cases("split")
def test_splits_lose_nothing(case: Any) -> None:
    assert allocate(case["amount"], case["weights"]) == case["parts"]


@cases("reversal")
def test_refunds_take_back(case: Any) -> None:
    backs, before = [], 0
    for refund in case["refunds"]:
        backs.append(
            reversal(
                variable_minor=case["variable"],
                order_minor=case["order"],
                refunded_before_minor=before,
                refund_minor=refund,
            )
        )
        before += refund

    assert backs == case["back"]


@cases("coupon")
def test_a_coupon_takes_off(case: Any) -> None:
    off = discount_of(
        case["price"],
        percent_ppm=case.get("percent_ppm"),
        amount_minor=case.get("amount"),
        months=case["months"],
        of=case["of"],
    )

    assert off == case["off"]


@cases("retry")
def test_a_charge_is_tried_again(case: Any) -> None:
    at = retry_at(
        date.fromisoformat(case["first"]),
        tries=case["tries"],
        shift_days=case.get("shift", 0),
        zone=ZoneInfo(case["zone"]),
    )

    assert at == (datetime.fromisoformat(case["at"]) if case["at"] else None)


def terms_of(given: dict[str, Any]) -> FeeTerms:
    tiers = tuple(Tier(up_to, ppm) for up_to, ppm in CASES["tiers"][given["tiers"]])
    return FeeTerms(**{**given, "tiers": tiers})
