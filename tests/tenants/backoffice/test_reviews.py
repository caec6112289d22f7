"""评价 at the desk: a queue, an answer, hiding for a reason."""

import pytest
from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.reviews.models import Review
from tests.factories.reviews import a_review
from tests.tenants.backoffice.conftest import SignIn, anonymous, statements_of
from tests.tenants.backoffice.goods import text_of

LIST = "/backoffice/reviews"


@pytest.fixture
def review(acme: StoreRef) -> Review:
    with in_store(acme):
        return a_review(stars=1, words="叶子黄了")


class TestList:
    def test_shows_what_waits_for_an_answer(self, acme: StoreRef, desk: Client, review: Review) -> None:
        assert "叶子黄了" in text_of(desk.get(f"{LIST}?state=waiting"))
        desk.post(f"{LIST}/{review.pk}/reply", {"reply": "已退款，对不起"})
        assert "叶子黄了" not in text_of(desk.get(f"{LIST}?state=waiting"))
        assert "叶子黄了" in text_of(desk.get(f"{LIST}?state=bad"))
        assert "叶子黄了" in text_of(desk.get(f"{LIST}?q=黄了"))
        assert "叶子黄了" not in text_of(desk.get(f"{LIST}?q=香蕉"))

    def test_costs_the_same_for_many(self, acme: StoreRef, desk: Client, review: Review) -> None:
        before = statements_of(desk, LIST)
        with in_store(acme):
            for _time in range(5):
                a_review()

        assert statements_of(desk, LIST) == before


class TestReply:
    def test_is_a_clerks_work_too(self, acme: StoreRef, sign_in: SignIn, clerk: Person, review: Review) -> None:
        answer = sign_in(clerk).post(f"{LIST}/{review.pk}/reply", {"reply": "马上补发"})

        assert answer.status_code == 303
        with in_store(acme):
            assert Review.objects.get().replied_by == "小张"

    def test_needs_words(self, acme: StoreRef, desk: Client, review: Review) -> None:
        answer = desk.post(f"{LIST}/{review.pk}/reply", {"reply": " "})

        assert answer.status_code == 422
        assert "请填写回复" in text_of(answer)


class TestHiding:
    def test_needs_a_lawful_reason_and_can_be_undone(self, acme: StoreRef, desk: Client, review: Review) -> None:
        assert "差评不能隐藏" in text_of(desk.post(f"{LIST}/{review.pk}/hiding", {}))
        assert desk.post(f"{LIST}/{review.pk}/hiding", {"reason": "abuse"}).status_code == 303
        assert "辱骂他人" in text_of(desk.get(f"{LIST}/{review.pk}"))
        desk.post(f"{LIST}/{review.pk}/showing")
        with in_store(acme):
            assert Review.objects.get().state == "shown"

    def test_is_not_a_clerks(self, acme: StoreRef, sign_in: SignIn, clerk: Person, review: Review) -> None:
        answer = sign_in(clerk).post(f"{LIST}/{review.pk}/hiding", {"reason": "abuse"})

        assert answer.status_code == 403
        with in_store(acme):
            assert Review.objects.get().state == "shown"


def test_strangers_see_nothing(acme: StoreRef, sign_in: SignIn, stranger: Person, review: Review) -> None:
    assert sign_in(stranger).get(f"{LIST}/{review.pk}").status_code == 403
    assert anonymous().get(f"{LIST}/{review.pk}").status_code == 302
