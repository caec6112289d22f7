"""A month of group buys: each day has what opens, is cut off and is fetched on it."""

import re
from datetime import date, timedelta

from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import CampaignState
from tests.tenants.backoffice.conftest import SignIn, anonymous, statements_of
from tests.tenants.shelf import NOON, a_campaign

PAGE = "/backoffice/campaigns/calendar"


def days_of(desk: Client, query: str = "") -> dict[str, str]:
    """Read the page by day, as words."""
    page = desk.get(PAGE + query).content.decode()
    month = page.split('<ol class="month"')[1].split("</ol>")[0]
    found = re.findall(r'<time class="day" datetime="([\d-]+)">(.*?)(?=<time class="day"|\Z)', month, re.S)
    return {day: " ".join(re.sub(r"<[^>]+>", " ", words).split()) for day, words in found}


def test_shows_on_each_day_what_opens_is_cut_off_and_fetched(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        buy = a_campaign(name="周末团", cutoff_at=NOON + timedelta(days=1), pickup_date=date(2026, 11, 24))

    days = days_of(desk)

    assert "开团 08:00 周末团 进行中" in days["2026-11-22"]
    assert "今天" in days["2026-11-22"]
    assert "截单 12:00 周末团" in days["2026-11-23"]
    assert "提货 周末团" in days["2026-11-24"]
    page = desk.get(PAGE).content.decode()
    assert page.count(f'href="/backoffice/campaigns/{buy.pk}"') == 3
    assert page.count('aria-current="date"') == 1
    assert f'href="{PAGE}"' in desk.get("/backoffice/campaigns").content.decode()


def test_days_begin_at_the_stores_midnight_and_weeks_are_whole(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):  # half past midnight in Shanghai is yesterday in Greenwich
        a_campaign(name="跨夜团", opens_at=NOON.replace(day=21, hour=16, minute=30), pickup_date=date(2026, 12, 6))

    days = days_of(desk)

    assert "开团 00:30 跨夜团" in days["2026-11-22"]
    assert "跨夜团" not in days["2026-11-21"]
    assert "提货 跨夜团" in days["2026-12-06"]
    assert (min(days), max(days), len(days)) == ("2026-10-26", "2026-12-06", 42)


def test_goes_from_month_to_month_and_a_nonsense_month_is_this_one(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        a_campaign(name="年货节", opens_at=NOON + timedelta(days=60), cutoff_at=NOON + timedelta(days=61))

    page = desk.get(PAGE).content.decode()
    assert 'href="?month=2026-10"' in page
    assert 'href="?month=2026-12"' in page
    assert "年货节" in days_of(desk, "?month=2027-01")["2027-01-21"]
    assert 'href="?month=2027-02"' in desk.get(f"{PAGE}?month=2027-01").content.decode()
    assert "这个月没有团期" in desk.get(f"{PAGE}?month=2027-03").content.decode()
    for month in ("x", "2026-13", "1999-01", "2026-11-01", "2026-1"):
        assert "2026 年 11 月" in desk.get(PAGE, {"month": month}).content.decode()


def test_leaves_out_what_was_called_off_and_marks_drafts(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        a_campaign(name="不办了", state=CampaignState.CANCELLED)
        a_campaign(name="还没好", state=CampaignState.DRAFT)

    words = " ".join(days_of(desk).values())

    assert "不办了" not in words
    assert "还没好 草稿" in words


def test_asks_as_much_for_many_as_for_one_and_clerks_may_look(
    acme: StoreRef, desk: Client, sign_in: SignIn, clerk: Person
) -> None:
    with in_store(acme):
        a_campaign(skus=[])
    before = statements_of(desk, PAGE)
    with in_store(acme):
        for number in range(30):
            a_campaign(skus=[], name=f"团{number}")

    assert statements_of(desk, PAGE) == before
    assert sign_in(clerk).get(PAGE).status_code == 200
    assert anonymous().get(PAGE).status_code == 302
