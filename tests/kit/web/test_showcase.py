"""The showcase renders every component; a real deployment does not have it."""

import pytest
from django.http import Http404
from django.test import Client, RequestFactory, override_settings

from kit.web import showcase


@pytest.mark.urls("tests.kit.web.urls")
class TestShowcase:
    @pytest.mark.parametrize(
        "path", ["/kit/", "/kit/?q=无&state=draft", "/kit/drawer", "/kit/auth", "/kit/progress?at=80"]
    )
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_renders(self, path: str, language: str, bare_client: Client) -> None:
        bare_client.cookies["lang"] = language

        assert bare_client.get(path).status_code == 200

    def test_the_drawer_is_a_fragment_for_htmx_and_a_page_otherwise(self, bare_client: Client) -> None:
        whole = bare_client.get("/kit/drawer").content.decode()
        part = bare_client.get("/kit/drawer", headers={"HX-Request": "true"}).content.decode()

        assert "<html" in whole
        assert "<html" not in part
        assert '<dialog class="drawer' in part

    def test_a_wrong_form_in_the_drawer_is_422_with_its_errors(self, bare_client: Client) -> None:
        answer = bare_client.post("/kit/drawer", {"title": "", "price": "x"}, headers={"HX-Request": "true"})

        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.content.decode()

    def test_the_language_switch_is_remembered(self, bare_client: Client) -> None:
        answer = bare_client.post("/kit/language", {"language": "en", "next": "/kit/"})

        assert answer.status_code == 302
        assert bare_client.get("/kit/").content.decode().count("Components") > 0


@override_settings(LINLI_DEMO=False, DEBUG=False)
def test_a_real_deployment_does_not_show_it() -> None:
    with pytest.raises(Http404):
        showcase.index(RequestFactory().get("/kit/"))
