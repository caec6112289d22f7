"""每天自动开团: a list that opens again by itself."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from control.people.doors import staff_only
from kit import clock
from kit.web.answers import done
from kit.web.format import moment
from tenants.backoffice.forms_repeat import RepeatForm
from tenants.backoffice.listing import Drawer, by, fill_in
from tenants.backoffice.roles import changers_only
from tenants.campaigns.selectors_desk import campaign_with_id, repetition_of
from tenants.campaigns.services.repeat_campaign import repeat_campaign, stop_repeating

_EVERY_DAY = (1 << 7) - 1


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def repeat(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Say on which weekdays a list opens again."""
    campaign = campaign_with_id(campaign_id)
    known = repetition_of(campaign)
    days = RepeatForm.days_of(known.weekdays if known else _EVERY_DAY)
    form = RepeatForm(request.POST or None, initial={"weekdays": days, **({"name": known.name} if known else {})})
    back = reverse("backoffice:campaign", args=[campaign_id])

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        repeat_campaign(
            campaign_id=campaign_id, name=typed["name"], weekdays=form.bits(), now=clock.now(), by_name=by(request)
        )
        return back, _("已设好，会提前 12 小时发布下一期。")

    about = _("到点照这一期的商品、价格、限量和销售范围开下一期，下架的商品自动去掉。发布后照样可以改。")
    facts = [(_("开团"), moment(campaign.opens_at)), (_("截单"), moment(campaign.cutoff_at))]
    return fill_in(request, Drawer(_("自动开团"), _("保存"), back, about, facts), form, save)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def stop(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Let it open no more by itself."""
    back = reverse("backoffice:campaign", args=[campaign_id])
    if request.method == "GET":
        return redirect(back)  # someone came back here after logging in again
    stop_repeating(campaign_id=campaign_id, now=clock.now(), by_name=by(request))
    return done(request, to=back, sentence=_("已停止自动开团。"))
