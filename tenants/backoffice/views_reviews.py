"""评价: what shoppers say, and what the shop answers."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.answers import again, done
from kit.web.lists import Column, page_of, state_tabs
from tenants.backoffice.exports import reviews_sheet, sheet_address, wants_sheet
from tenants.backoffice.forms_reviews import HideForm, ReplyForm, ReviewFilters
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.journal.services import Actor
from tenants.reviews.models import Review
from tenants.reviews.rating import average_of, count_of
from tenants.reviews.selectors import count_for_desk, rating_of, review_for_desk, reviews_for_desk
from tenants.reviews.services.answer_review import hide_review, reply_to_review, show_review

LIST = "/backoffice/reviews"
COLUMNS = [
    Column(gettext_lazy("评价")),
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("顾客")),
    Column(gettext_lazy("时间")),
    Column(gettext_lazy("状态")),
    Column(""),
]
STATES = [
    ("", gettext_lazy("全部")),
    ("waiting", gettext_lazy("待回复")),
    ("bad", gettext_lazy("差评")),
    ("pictures", gettext_lazy("有图")),
    ("hidden", gettext_lazy("已隐藏")),
]


@require_safe
@staff_only
def reviews(request: HttpRequest) -> HttpResponse:
    """List reviews, those without an answer under a tab of their own."""
    filters = ReviewFilters(request.GET)
    query = filters.cleaned_data["q"] if filters.is_valid() else ""
    state = request.GET.get("state", "")
    found = reviews_for_desk(state=state, query=query)
    if wants_sheet(request):
        return reviews_sheet(request, found)
    context = desk_context(
        request,
        columns=COLUMNS,
        rows=page_of(found, request.GET),
        filters=filters,
        is_filtered=bool(query),
        export=sheet_address(request),
        tabs=state_tabs(request.GET, states=STATES, counts=count_for_desk(query=query)),
    )
    return render(request, "backoffice/reviews/list.html", context)


@require_safe
@staff_only
def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Show one review whole."""
    return _page(request, review_for_desk(review_id))


@require_http_methods(["GET", "POST"])
@staff_only
def reply(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Answer a review."""
    found, form = review_for_desk(review_id), ReplyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reply_to_review(review_id=review_id, reply=form.cleaned_data["reply"], actor=_actor(request), now=clock.now())
        return done(request, to=f"{LIST}/{review_id}", sentence=_("已回复，顾客在商品页看得到。"))
    return _page(request, found, reply_form=form)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def hide(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Hide a review's words, for a reason."""
    found, form = review_for_desk(review_id), HideForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        hide_review(review_id=review_id, reason=form.cleaned_data["reason"], actor=_actor(request), now=clock.now())
        return done(
            request,
            to=f"{LIST}/{review_id}",
            sentence=_("已隐藏内容，评分仍然计入。"),
            undo=f"{LIST}/{review_id}/showing",
        )
    context = desk_context(request, review=found, form=form, page_title=_("隐藏评价"))
    template = "backoffice/reviews/hide.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_POST
@staff_only
@changers_only
def show(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Show a hidden review again."""
    show_review(review_id=review_id, actor=_actor(request), now=clock.now())
    return done(request, to=f"{LIST}/{review_id}", sentence=_("已恢复展示。"))


def _page(request: HttpRequest, found: Review, *, reply_form: ReplyForm | None = None) -> HttpResponse:
    by_stars = rating_of(found.product_id)
    context = desk_context(
        request,
        review=found,
        order=found.order_line.order,
        first_pictures=[one for one in found.pictures.all() if not one.is_added],
        added_pictures=[one for one in found.pictures.all() if one.is_added],
        form=reply_form or ReplyForm(initial={"reply": found.reply}),
        average=average_of(by_stars),
        count=count_of(by_stars),
        crumbs=[(_("评价"), LIST), (found.title, "")],
    )
    template = "backoffice/reviews/review.html"
    return again(request, template, context) if reply_form and reply_form.errors else render(request, template, context)


def _actor(request: HttpRequest) -> Actor:
    person = request.person  # type: ignore[attr-defined]
    return Actor(kind="person", id=str(person.pk), name=str(person))
