"""搜索热词: what shoppers search for in a week, and what the desk lets be shown of it."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column
from kit.web.refusals import tell_form
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.wishes.hot_words import DAYS, LEAST, SHOWN, counted_words
from tenants.wishes.services.decide_word import Decision, decide_word
from tenants.wishes.services.note_search import LONGEST

COLUMNS = [
    Column(gettext_lazy("热词")),
    Column(gettext_lazy("近 7 天搜索"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]


class HotWordForm(forms.Form):
    """One word to be shown first."""

    words = forms.CharField(
        label=gettext_lazy("热词"), max_length=LONGEST, help_text=gettext_lazy("现在搜得到商品时才显示给顾客。"),
        error_messages={"required": gettext_lazy("请填写 1 到 20 个字的热词。")},
    )  # fmt: skip


@require_safe
@staff_only
def words(request: HttpRequest) -> HttpResponse:
    """List the words of the week and those that were decided on."""
    rows = counted_words(now=clock.now())
    context = desk_context(request, columns=COLUMNS, rows=rows, least=LEAST, shown=SHOWN, days=DAYS)
    return render(request, "backoffice/goods/hot_words.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def pin(request: HttpRequest) -> HttpResponse:
    """Show a word first that nobody may have searched for yet."""
    form = HotWordForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            plain = decide_word(
                words=form.cleaned_data["words"], decision=Decision.PINNED, by_name=_by(request), now=clock.now()
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("backoffice:hot-words"), sentence=_("“%(name)s”已保存。") % {"name": plain})
    crumbs = [(_("搜索热词"), reverse("backoffice:hot-words")), (_("置顶一个热词"), "")]
    context = desk_context(request, form=form, page_title=_("置顶一个热词"), crumbs=crumbs)
    show = again if form.is_bound else render
    return show(request, "backoffice/goods/hot_word.html", context)


@require_POST
@staff_only
@changers_only
def decide(request: HttpRequest, decision: str) -> HttpResponse:
    """Pin a word of the list, ban it, or leave it to its count."""
    if decision not in Decision.values:
        raise Http404
    plain = decide_word(
        words=request.POST.get("words", ""), decision=Decision(decision), by_name=_by(request), now=clock.now()
    )
    return done(request, to=reverse("backoffice:hot-words"), sentence=_("“%(name)s”已保存。") % {"name": plain})


def _by(request: HttpRequest) -> str:
    return str(request.person)  # type: ignore[attr-defined]
