"""团期日历: a month of group buys."""

import re
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.lists import address
from tenants.backoffice.shell import desk_context
from tenants.backoffice.views_campaigns import STATE_LABELS
from tenants.campaigns.selectors_calendar import month_of_campaigns
from tenants.inventory.selectors import store_day

_MONTH = re.compile(r"20\d{2}-(0[1-9]|1[0-2])")  # asked for any other way it is this month


@require_safe
@staff_only
def calendar(request: HttpRequest) -> HttpResponse:
    """Show a month: what opens, is cut off and is fetched on each day."""
    now = clock.now()
    today = store_day(now)
    asked = request.GET.get("month", "")
    first = date.fromisoformat(f"{asked}-01") if _MONTH.fullmatch(asked) else today.replace(day=1)
    days = month_of_campaigns(first=first, timezone=request.store.timezone)  # type: ignore[attr-defined]
    context = desk_context(
        request,
        first=first,
        today=today,
        days=[(one, [(event, STATE_LABELS[event.campaign.shown_state(now)]) for event in one.events]) for one in days],
        is_empty=not any(one.events for one in days),
        before=address(request.GET, month=f"{first - timedelta(days=1):%Y-%m}"),
        after=address(request.GET, month=f"{first + timedelta(days=31):%Y-%m}"),
        weekdays=[_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")],
        month_words=_("%(year)s 年 %(month)s 月") % {"year": first.year, "month": first.month},
        crumbs=[(_("团期"), "/backoffice/campaigns"), (_("团期日历"), "")],
    )
    return render(request, "backoffice/campaign_calendar.html", context)
