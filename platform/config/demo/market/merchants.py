"""Signing the demo's merchants up, in the past."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from config.demo.environment import SMS_CODE
from config.demo.market.afterwards import live_on, set_up_service
from config.demo.market.cards import take_a_plan
from config.demo.market.chains import chain_today
from config.demo.market.channels import open_channels
from config.demo.market.days import ZONE, Neighbourhood, hand_out, trade_on
from config.demo.market.goods import all_goods, stock_the_shelves
from config.demo.market.people import OWNER_PASSWORD, leader_phone, owner_email, owner_phone, shopper_phone
from config.demo.market.plan import NICKNAMES, Store
from config.demo.market.promotions import give_things_away
from config.demo.market.supplies import buy_goods, find_suppliers
from config.demo.market.teams import teams_today
from control.merchants.models import Merchant
from control.signup.services.sign_up import SignUp, sign_up
from kit.tenancy import in_control, in_store
from tenants.catalog.models import Sku
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.content.services import ProfileDraft, edit_profile
from tenants.leaders.models import PickupPoint
from tenants.leaders.services import PointDraft, add_leader, add_point
from tenants.members.models import Member

LEADER_RATE_PPM = 80_000


def open_merchant(*, store: Store, now: datetime, say: Callable[[str], None]) -> Merchant:
    """Sign one merchant up and live its days until ``now``."""
    born = (now - timedelta(days=store.days)).astimezone(ZONE).replace(hour=9, minute=30, second=0, microsecond=0)
    with in_control():
        merchant = sign_up(
            asked=SignUp(
                phone=owner_phone(store.slug),
                code=SMS_CODE,
                email=owner_email(store.slug),
                password=OWNER_PASSWORD,
                store_name=store.name,
                slug=store.slug,
                city=store.city,
                owner_name=store.owner,
                accepted_terms=True,
            ),
            now=born,
        ).merchant
    if store.edition:
        take_a_plan(
            merchant=merchant,
            edition=store.edition,
            card=store.card,
            actor=owner_email(store.slug),
            now=born + timedelta(days=1),
        )
    luck = random.Random(store.slug)  # noqa: S311 - the same market at every start
    with in_store(merchant.ref):
        people = _settle_in(store, now=born + timedelta(hours=1), say=say)
        suppliers = find_suppliers(store=store, now=born + timedelta(hours=2))
        orders = 0
        for past in range(store.days - 1, -1, -1):
            day = (now - timedelta(days=past)).astimezone(ZONE).date()
            hand_out(day, people=people, now=now, luck=luck)
            buy_goods(store=store, suppliers=suppliers, skus=people.skus, day=day, now=now, luck=luck)
            orders += trade_on(day, people=people, now=now, luck=luck)
            if past % 4 == 0:
                say(f"{store.name}: {store.days - past} of {store.days} days, {orders} orders")
        live_on(people=people, now=now, luck=luck)
        chain_today(people=people, now=now, luck=luck)
        teams_today(people=people, now=now, luck=luck)
        if store.collects_money:
            open_channels(by_name=store.owner, by_email=owner_email(store.slug), now=now)
    return merchant


def _settle_in(store: Store, *, now: datetime, say: Callable[[str], None]) -> Neighbourhood:
    profile = ProfileDraft(
        name=store.name, notice=store.notice, service_phone=owner_phone(store.slug), brand_color="#0b7a3b"
    )
    edit_profile(draft=profile, now=now, by_name=store.owner)
    set_store_rate(rate_ppm=LEADER_RATE_PPM, by_name=store.owner, now=now)
    goods = all_goods()[store.goods]
    stock_the_shelves(
        goods=goods,
        now=now,
        by_name=store.owner,
        say=lambda count: say(f"{store.name}: {count} of {len(goods)} kinds of goods") if count % 20 == 0 else None,
    )
    for number, point in enumerate(store.points, 1):
        leader = add_leader(name=point.leader, phone=leader_phone(store.slug, number), now=now, by_name=store.owner)
        add_point(
            leader_id=leader.pk,
            draft=PointDraft(
                name=f"{point.estate}自提点",
                city=store.city,
                district=point.district,
                address=point.address,
                latitude=point.latitude,
                longitude=point.longitude,
                opening_hours=point.hours,
            ),
            now=now,
            by_name=store.owner,
        )
    Member.objects.bulk_create(
        Member(phone=shopper_phone(store.slug, number), nickname=NICKNAMES[number % len(NICKNAMES)], joined_at=now)
        for number in range(1, store.members + 1)
    )
    members = list(Member.objects.filter(leader__isnull=True).order_by("pk"))
    give_things_away(members=members, now=now, by_name=store.owner)
    set_up_service(points=list(PickupPoint.objects.order_by("pk")), members=members, now=now, by_name=store.owner)
    return Neighbourhood(
        store=store,
        skus=list(Sku.objects.filter(is_active=True).order_by("pk")),
        points=list(PickupPoint.objects.select_related("leader").order_by("pk")),
        members=members,
    )
