"""What left the house, what came in, and what waits for the next merchant."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from billing.services.settle_invoice import settle_invoice
from control.console import selectors
from control.console.desk import console_context
from control.console.forms import SearchForm
from control.inbox.models import EventState, OutsideEvent
from control.people.doors import operator_only
from control.provisioning.services.fill_pool import LOW_WATER, TARGET
from kit import clock
from kit.web.answers import done
from kit.web.lists import Column, page_of, state_tabs

LETTER_COLUMNS = [
    Column(gettext_lazy("收件人")),
    Column(gettext_lazy("内容")),
    Column(gettext_lazy("方式")),
    Column(gettext_lazy("发送时间"), align="num"),
]
EVENT_COLUMNS = [
    Column(gettext_lazy("事件")),
    Column(gettext_lazy("来源")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("处理次数"), align="num"),
    Column(gettext_lazy("收到时间"), align="num"),
    Column(""),
]
CHANNELS = [("", gettext_lazy("全部")), ("sms", gettext_lazy("短信")), ("email", gettext_lazy("邮件"))]
EVENT_STATES = [("", gettext_lazy("全部")), *((state.value, state.label) for state in EventState)]
_RETRIED_HERE = "stripe"  # a store's own events are acted on inside the store


@require_safe
@operator_only
def letters(request: HttpRequest) -> HttpResponse:
    """List the letters and SMS that were sent, with their words."""
    filters = SearchForm(request.GET, says=_("手机、邮箱或内容"))
    query, channel = filters.query, request.GET.get("channel", "")
    counts = {code: selectors.letters_like(query=query, channel=code).count() for code, _label in CHANNELS}
    context = console_context(
        request,
        rows=page_of(selectors.letters_like(query=query, channel=channel), request.GET),
        columns=LETTER_COLUMNS,
        filters=filters,
        is_filtered=bool(query or channel),
        tabs=state_tabs(request.GET, states=CHANNELS, counts=counts, parameter="channel"),
    )
    return render(request, "console/letters.html", context)


@require_safe
@operator_only
def events(request: HttpRequest) -> HttpResponse:
    """List what the outside world told us and what became of it."""
    filters = SearchForm(request.GET, says=_("事件编号、类型或对象"))
    query, state = filters.query, request.GET.get("state", "")
    context = console_context(
        request,
        rows=page_of(selectors.events_like(query=query, state=state), request.GET),
        columns=EVENT_COLUMNS,
        filters=filters,
        is_filtered=bool(query or state),
        tabs=state_tabs(request.GET, states=EVENT_STATES, counts=selectors.count_events(query=query)),
        retried_here=_RETRIED_HERE,
    )
    return render(request, "console/events.html", context)


@require_POST
@operator_only
def retry(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """Act on an event again, now."""
    if not OutsideEvent.objects.filter(pk=event_id, provider=_RETRIED_HERE).exists():
        raise selectors.NotInConsole
    state = settle_invoice(event_id=event_id, now=clock.now())
    words = {
        EventState.DONE: _("已处理。"),
        EventState.IGNORED: _("和我们的账单无关，已忽略。"),
        EventState.FAILED: _("还是没有处理成功，原因见列表。"),
    }
    return done(request, to=reverse("console:events"), sentence=str(words.get(state, state.label)))


@require_safe
@operator_only
def pool(request: HttpRequest) -> HttpResponse:
    """Show how many stores could open this second."""
    said = _("目标 %(n)s 个") % {"n": TARGET}
    context = console_context(request, pool=selectors.pool(), low_water=LOW_WATER, target_said=said)
    return render(request, "console/pool.html", context)
