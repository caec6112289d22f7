"""Every answer says what a browser may load for it; the policy is put together once."""

from csp.constants import HEADER
from csp.decorators import csp_exempt, csp_update
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from kit.web.policy import PolicyMiddleware


def _answer(view: object, path: str = "/") -> HttpResponse:
    return PolicyMiddleware(view)(RequestFactory().get(path))  # type: ignore[arg-type, return-value]


def _plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def test_an_answer_carries_the_policy_of_the_settings() -> None:
    policy = _answer(_plain)[HEADER]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert _answer(_plain)[HEADER] == policy


def test_a_view_may_ask_for_more() -> None:
    more = csp_update({"img-src": ["https://pictures.example"]})(_plain)
    assert "https://pictures.example" in _answer(more)[HEADER]
    assert "https://pictures.example" not in _answer(_plain)[HEADER]  # of its own answer alone
    assert HEADER not in _answer(csp_exempt()(_plain))


def test_what_a_view_wrote_itself_stays_and_the_storefront_has_its_own() -> None:
    def own(request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok", headers={HEADER: "default-src 'none'"})

    assert _answer(own)[HEADER] == "default-src 'none'"
    assert HEADER not in _answer(_plain, "/m/")
