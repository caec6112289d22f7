"""商品编辑: what is typed is kept before it is saved, and who else is there is said."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from control.people.doors import staff_only
from kit import clock
from kit.web.answers import done
from tenants.backoffice.roles import changers_only
from tenants.catalog.editing import draft_of, others_editing
from tenants.catalog.services.editor_drafts import Editor, drop_draft, keep_draft, note_presence

_NOT_WORDS = frozenset({"csrfmiddlewaretoken", "typed", "take_version", "do"})


@require_POST
@staff_only
@changers_only
def keep(request: HttpRequest, product_id: UUID | None = None) -> HttpResponse:
    """Keep what was typed, or only the sign that somebody is there; answer with who else is."""
    now, editor = clock.now(), editor_of(request)
    if "typed" in request.POST:
        words = {name: values for name, values in request.POST.lists() if name not in _NOT_WORDS}
        keep_draft(editor=editor, product_id=product_id, words=words, now=now)
    else:
        note_presence(editor=editor, product_id=product_id, now=now)
    draft = draft_of(person_id=editor.person_id, product_id=product_id) if "typed" in request.POST else None
    context = {
        "others": others_editing(person_id=editor.person_id, product_id=product_id, now=now) if product_id else [],
        "saved_at": draft and draft.saved_at,
    }
    return render(request, "backoffice/products/_draft_state.html", context)


@require_POST
@staff_only
@changers_only
def drop(request: HttpRequest, product_id: UUID | None = None) -> HttpResponse:
    """Forget what was typed."""
    drop_draft(editor=editor_of(request), product_id=product_id)
    to = reverse("backoffice:product", args=[product_id]) if product_id else reverse("backoffice:product-new")
    return done(request, to=to, sentence=_("已丢掉没保存的内容。"))


def editor_of(request: HttpRequest) -> Editor:
    """Say who is at the editor."""
    person = request.person  # type: ignore[attr-defined]
    return Editor(person_id=person.pk, name=str(person))
