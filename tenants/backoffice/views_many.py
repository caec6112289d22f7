"""商品 · 批量改: category, tags and limits of the picked products, seen before it is done."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import done
from kit.web.refusals import STATUS, tell_form
from tenants.backoffice.forms_many import ManyForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.catalog.models import Product
from tenants.catalog.selectors import category_paths, tags_to_choose
from tenants.catalog.services.change_many import ProductChange, ProductsMoved, Standing, change_many, changes_wished

UNDO = "products_undo"  # the last batch, in the session, until the next one
MOST = 200


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def many(request: HttpRequest) -> HttpResponse:
    """Show what the wish does to the picked products, then do it."""
    asked = request.POST if request.method == "POST" else request.GET
    ids = ids_in(asked.getlist("ids"))
    form = ManyForm(asked if "category" in asked else None)
    changes: list[ProductChange] = []
    status = 200
    if form.is_bound and form.is_valid():
        try:
            changes = changes_wished(product_ids=ids, wish=form.wish())
            if request.method == "POST":
                return _change(request, changes)
        except Refused as refusal:
            tell_form(form, refusal)
            status = STATUS[refusal.kind]
    context = desk_context(
        request,
        form=form,
        ids=ids,
        lines=_lines(changes),
        seen=_seal(changes),
        chosen=Product.objects.filter(pk__in=ids).count(),
        crumbs=[(_("商品"), reverse("backoffice:products")), (_("批量改"), "")],
    )
    return render(request, "backoffice/products/many.html", context, status=status)


def undone(stored: Sequence[Any]) -> list[ProductChange]:
    """Read the way back of the last batch out of the session."""
    return [ProductChange(UUID(key), title, _standing(was), _standing(then)).back() for key, title, was, then in stored]


def ids_in(texts: Sequence[str]) -> list[UUID]:
    """Read the picked products' ids; what is none is passed over."""
    found = []
    for text in texts[:MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _change(request: HttpRequest, changes: Sequence[ProductChange]) -> HttpResponse:
    # What is written is what was seen: the seal covers every product's before and after
    if not changes or request.POST.get("seen") != _seal(changes):
        raise ProductsMoved
    changed = change_many(changes=changes, now=clock.now(), by_name=str(request.person))  # type: ignore[attr-defined]
    request.session[UNDO] = {
        "many": [[str(one.product_id), one.title, _stored(one.was), _stored(one.becomes)] for one in changes]
    }
    sentence = ngettext("已改 %(n)d 个商品。", "已改 %(n)d 个商品。", changed) % {"n": changed}
    return done(request, to=reverse("backoffice:products"), sentence=sentence, undo=reverse("backoffice:products-undo"))


def _stored(one: Standing) -> list[Any]:
    return [one.category_id and str(one.category_id), [str(tag) for tag in one.tag_ids], list(one.limits)]


def _standing(stored: Sequence[Any]) -> Standing:
    category, tags, limits = stored
    return Standing(category and UUID(category), tuple(UUID(tag) for tag in tags), tuple(limits))


def _seal(changes: Sequence[ProductChange]) -> str:
    lines = sorted(f"{one.product_id}:{_stored(one.was)}:{_stored(one.becomes)}" for one in changes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _lines(changes: Sequence[ProductChange]) -> list[dict[str, Any]]:
    if not changes:
        return []
    paths, tags = category_paths(), dict(tags_to_choose())

    def told(one: Standing) -> list[str]:
        names = "、".join(tags.get(str(tag), "") for tag in one.tag_ids)
        limits = " / ".join("–" if limit is None else str(limit) for limit in one.limits)
        return [paths.get(one.category_id, "–") if one.category_id else "–", names or "–", limits]

    return [{"title": one.title, "cells": list(zip(told(one.was), told(one.becomes), strict=True))} for one in changes]
