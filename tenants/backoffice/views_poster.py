"""接龙海报: the list as a picture for the group."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from control.people.doors import staff_only
from kit import clock
from kit.ports.storage import NoSuchFile, read_file
from kit.tenancy import current_store
from kit.web.downloads import sent
from kit.web.format import long_day, moment, money
from tenants.campaigns.poster import MOST_GOODS, Poster, PosterGoods, draw_poster
from tenants.campaigns.selectors import items_shown
from tenants.sales.selectors_joins import chain_at_desk


@require_safe
@staff_only
def poster(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Give the poster of a chain, with a code that leads to it."""
    campaign = chain_at_desk(campaign_id)
    items = items_shown(now=clock.now(), campaign_ids=[campaign.pk])
    left = len(items) - MOST_GOODS
    words = Poster(
        shop=request.store.name,  # type: ignore[attr-defined]
        name=campaign.name,
        facts=[
            _("%(at)s 截单") % {"at": moment(campaign.cutoff_at)},
            _("%(day)s 提货") % {"day": long_day(campaign.pickup_date)},
        ],
        goods=[_goods(one) for one in items[:MOST_GOODS]],
        more=ngettext("还有 %(n)d 种商品", "还有 %(n)d 种商品", left) % {"n": left} if left > 0 else "",
        hint=_("长按识别二维码，来接龙"),
        link=request.build_absolute_uri(f"/m/#/sub/goods/joins?id={campaign.pk}"),
    )
    return sent(iter([draw_poster(words)]), name=f"{_('接龙海报')}.png", content_type="image/png")


def _goods(item: dict[str, Any]) -> PosterGoods:
    name = f"{item['title']} {item['label']}".strip()
    key = item["picture_key"]
    try:
        picture = read_file(key) if key else None
    except NoSuchFile:
        picture = None
    return PosterGoods(name, money(item["price_minor"], current_store().currency), picture)
