"""The editor keeps what is typed before it is saved, gives it back to the same person, and says who else is there."""

from datetime import timedelta

import pytest
from django.test import Client

from control.people.models import Person, Role
from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import EditorDraft, Product
from tenants.catalog.services.editor_drafts import purge_drafts
from tests.tenants.backoffice.conftest import SignIn, _seated
from tests.tenants.backoffice.goods import GOOD, LIST, a_product, text_of
from tests.tenants.shelf import NOON

NEW = f"{LIST}/new"
TYPED = {**GOOD, "title": "没写完的苹果", "typed": "1", "version": "1"}


@pytest.fixture
def manager(acme: StoreRef) -> Person:
    return _seated(acme, email="li@acme.test", name="老李", role=Role.MANAGER)


class TestAutosave:
    def test_gives_back_what_was_typed_to_a_new_product(self, acme: StoreRef, desk: Client) -> None:
        assert "草稿已自动存下" in text_of(desk.post(f"{NEW}/draft", TYPED))

        assert "上次填的内容还没保存" in text_of(desk.get(NEW))
        assert "没写完的苹果" not in text_of(desk.get(NEW))
        page = text_of(desk.get(f"{NEW}?draft=1"))
        assert "没写完的苹果" in page
        assert "5斤/箱" in page  # its second row
        assert "上次填的内容还没保存" not in page

    def test_keeps_a_product_as_it_is_until_it_is_saved(self, acme: StoreRef, desk: Client) -> None:
        product = a_product(acme, title="老苹果")

        desk.post(f"{LIST}/{product.pk}/draft", TYPED)

        with in_store(acme):
            assert Product.objects.get().title == "老苹果"
        assert "没写完的苹果" in text_of(desk.get(f"{LIST}/{product.pk}?draft=1"))
        assert "没写完的苹果" not in text_of(desk.get(NEW))

    def test_is_over_once_it_is_saved_or_not_wanted(self, acme: StoreRef, desk: Client) -> None:
        desk.post(f"{NEW}/draft", TYPED)
        desk.post(NEW, GOOD)
        assert "上次填的内容还没保存" not in text_of(desk.get(NEW))

        desk.post(f"{NEW}/draft", TYPED)
        desk.post(f"{NEW}/draft/removal")
        assert "上次填的内容还没保存" not in text_of(desk.get(NEW))

    def test_of_a_product_that_changed_meanwhile_is_not_written_over_it(self, acme: StoreRef, desk: Client) -> None:
        product = a_product(acme, title="老苹果")
        desk.post(f"{LIST}/{product.pk}/draft", TYPED)
        with in_store(acme):
            Product.objects.update(version=2, updated_by="老李")

        page = text_of(desk.get(f"{LIST}/{product.pk}?draft=1"))
        assert 'name="version" value="1"' in page
        answer = desk.post(f"{LIST}/{product.pk}", {**GOOD, "version": "1"})

        assert answer.status_code == 409
        assert "别人刚改过这个商品" in text_of(answer)

    def test_keeps_neither_tokens_nor_more_than_a_product_can_be(self, acme: StoreRef, desk: Client) -> None:
        desk.post(f"{NEW}/draft", {**TYPED, "csrfmiddlewaretoken": "x" * 64})
        answer = desk.post(f"{NEW}/draft", {**TYPED, "description": "长" * 100_000})

        assert answer.status_code == 422
        with in_store(acme):
            assert "csrfmiddlewaretoken" not in EditorDraft.objects.get().words
            assert "description" not in EditorDraft.objects.get().words

    def test_is_its_writers_alone(self, acme: StoreRef, desk: Client, sign_in: SignIn, manager: Person) -> None:
        desk.post(f"{NEW}/draft", TYPED)

        assert "没写完的苹果" not in text_of(sign_in(manager).get(f"{NEW}?draft=1"))

    def test_is_not_for_clerks(self, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
        assert sign_in(clerk).post(f"{NEW}/draft", TYPED).status_code == 403
        with in_store(acme):
            assert not EditorDraft.objects.exists()

    def test_of_a_product_of_nobodys_is_missing(self, desk: Client, rival: StoreRef) -> None:
        theirs = a_product(rival)

        assert desk.post(f"{LIST}/{theirs.pk}/draft", TYPED).status_code == 404

    def test_is_forgotten_after_two_weeks(self, acme: StoreRef, desk: Client) -> None:
        desk.post(f"{NEW}/draft", TYPED)
        with in_store(acme):
            assert purge_drafts(now=NOON + timedelta(days=13)) == 0
            assert purge_drafts(now=NOON + timedelta(days=15)) == 1


class TestPresence:
    def test_says_who_else_has_the_product_open_while_they_do(
        self, acme: StoreRef, desk: Client, sign_in: SignIn, manager: Person
    ) -> None:
        product = a_product(acme)
        address = f"{LIST}/{product.pk}/draft"
        other = sign_in(manager)
        assert "正在编辑" not in text_of(other.post(address))

        assert "老李 正在编辑" in text_of(desk.post(address))
        assert "老板 正在编辑" in text_of(other.post(address))
        with clock.at(NOON + timedelta(seconds=91)):
            assert "正在编辑" not in text_of(desk.post(address))

    def test_alone_leaves_nothing_to_go_on_with(self, acme: StoreRef, desk: Client) -> None:
        product = a_product(acme)
        desk.post(f"{LIST}/{product.pk}/draft")

        assert "上次填的内容还没保存" not in text_of(desk.get(f"{LIST}/{product.pk}"))

    def test_does_not_lose_what_was_typed(self, acme: StoreRef, desk: Client) -> None:
        desk.post(f"{NEW}/draft", TYPED)
        desk.post(f"{NEW}/draft")

        assert "没写完的苹果" in text_of(desk.get(f"{NEW}?draft=1"))
