"""How HTML doors answer: refusals, forms again, messages, errors, the language."""

import json
from typing import Any

import pytest
from django import forms
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import RequestFactory

from kit.errors import Kind, Refused
from kit.web import errors
from kit.web.answers import after_login, again, done, say
from kit.web.closed import closed_page
from kit.web.language import ChosenLanguageMiddleware
from kit.web.messages import MessagesToHtmxMiddleware
from kit.web.refusals import RefusedMiddleware, tell_form

HTMX = {"HTTP_HX_REQUEST": "true"}


class SoldOut(Refused):
    """There is none left."""

    code, kind, sentence = "sold_out", Kind.CONFLICT, "最后一份刚被买走。"


def asked(path: str = "/goods", **headers: Any) -> HttpRequest:
    request: HttpRequest = RequestFactory().get(path, **headers)
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    return request


def refuse(request: HttpRequest, refusal: Exception) -> HttpResponse | None:
    return RefusedMiddleware(lambda request: HttpResponse()).process_exception(request, refusal)


class TestRefusals:
    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            (Kind.MISSING, 404), (Kind.CONFLICT, 409), (Kind.INVALID, 422), (Kind.FORBIDDEN, 403),
            (Kind.PAYMENT, 402), (Kind.TOO_MANY, 429),
        ],
    )  # fmt: skip
    def test_each_kind_has_its_status(self, kind: Kind, status: int) -> None:
        refusal = type("Any", (Refused,), {"kind": kind})("不行。")

        answer = refuse(asked(), refusal)

        assert answer is not None
        assert answer.status_code == status
        assert "不行。" in answer.content.decode()

    def test_htmx_gets_a_message_and_leaves_the_page_alone(self) -> None:
        answer = refuse(asked(**HTMX), SoldOut())

        assert answer is not None
        assert answer.status_code == 409
        assert answer["HX-Reswap"] == "none"
        assert json.loads(answer["HX-Trigger"]) == {"toast": {"text": str(SoldOut.sentence), "tone": "error"}}

    def test_a_fault_is_not_hidden_as_a_refusal(self) -> None:
        assert refuse(asked(), KeyError("x")) is None

    def test_the_sentence_is_escaped(self) -> None:
        answer = refuse(asked(), SoldOut("<b>没了</b>"))

        assert answer is not None
        assert "<b>" not in answer.content.decode()

    def test_a_form_gets_the_sentence_beside_its_field(self) -> None:
        form = forms.Form({})
        form.fields["price"] = forms.CharField(required=False)

        tell_form(form, SoldOut(fields={"price_minor": ["太低。"]}), names={"price_minor": "price"})

        assert form.errors == {"price": ["太低。"]}

    def test_a_form_without_that_field_gets_it_above(self) -> None:
        form = forms.Form({})

        tell_form(form, SoldOut())

        assert form.non_field_errors() == [SoldOut.sentence]


class TestAnswers:
    def test_a_wrong_form_comes_back_as_422(self) -> None:
        assert again(asked(), "kit/_found.html", {"groups": []}).status_code == 422

    def test_done_moves_the_browser_on_either_way(self) -> None:
        plain, scripted = done(asked(), to="/goods"), done(asked(**HTMX), to="/goods")

        assert (plain.status_code, plain["Location"]) == (303, "/goods")
        assert (scripted.status_code, scripted["HX-Redirect"]) == (200, "/goods")

    @pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
    def test_next_never_leaves_the_host(self, wanted: str) -> None:
        assert after_login(RequestFactory().get("/login", {"next": wanted}), usual="/backoffice/") == "/backoffice/"

    def test_next_goes_back_on_the_same_host(self) -> None:
        assert after_login(RequestFactory().get("/login", {"next": "/goods?page=2"}), usual="/") == "/goods?page=2"


class TestMessages:
    def test_an_htmx_answer_takes_the_message_along(self) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            say(request, "已下架", undo="/undo")
            return HttpResponse("")

        answer = MessagesToHtmxMiddleware(view)(asked(**HTMX))

        assert json.loads(answer["HX-Trigger"]) == {"toast": {"text": "已下架", "tone": "success", "undo": "/undo"}}

    def test_a_redirect_leaves_it_for_the_next_page(self) -> None:
        answer = MessagesToHtmxMiddleware(lambda request: done(request, to="/goods", sentence="已保存"))(asked(**HTMX))

        assert "HX-Trigger" not in answer


class TestErrorPages:
    @pytest.mark.parametrize(
        ("page", "status"),
        [
            (errors.bad_request, 400), (errors.forbidden, 403), (errors.csrf_failure, 403), (errors.not_found, 404),
            (errors.too_many, 429), (errors.server_error, 500), (errors.unavailable, 503),
        ],
    )  # fmt: skip
    def test_render_without_a_database(self, page: Any, status: int) -> None:
        # no db fixture: a query would raise
        answer = page(asked())

        assert answer.status_code == status
        assert "回到首页" in answer.content.decode()

    def test_say_nothing_of_the_fault(self) -> None:
        assert "secret" not in errors.not_found(asked("/secret"), Exception("secret")).content.decode()

    def test_a_closed_store_answers_the_api_in_json(self) -> None:
        answer = closed_page(asked("/api/v1/store"), state="suspended")

        assert answer.status_code == 503
        assert json.loads(answer.content)["code"] == "store_closed"

    def test_a_closed_store_answers_people_with_a_page(self) -> None:
        assert "店铺已打烊" in closed_page(asked("/"), state="suspended").content.decode()


class TestLanguage:
    @pytest.mark.parametrize(
        ("cookie", "accepts", "word"),
        [("", "en-US,en", "保存"), ("en", "zh-CN", "Save"), ("xx", "en", "保存"), ("zh-hans", "en", "保存")],
    )
    def test_obeys_the_switch_and_not_the_browser(self, cookie: str, accepts: str, word: str) -> None:
        request = asked(HTTP_ACCEPT_LANGUAGE=accepts)
        request.COOKIES["lang"] = cookie
        page = Template("{% load i18n %}{% translate '保存' %}")

        answer = ChosenLanguageMiddleware(lambda request: HttpResponse(page.render(Context())))(request)

        assert answer.content.decode() == word
