"""搜索热词 at the desk: seen with their counts, pinned, banned and left to their count again."""

from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.wishes.models import HotWord, SearchedWords
from tests.tenants.backoffice.conftest import SignIn
from tests.tenants.backoffice.goods import text_of
from tests.tenants.shelf import TODAY

LIST = "/backoffice/hot-words"


def test_are_seen_pinned_banned_and_left_alone(acme: StoreRef, desk: Client) -> None:
    assert "还没有热词" in text_of(desk.get(LIST))
    with in_store(acme):
        SearchedWords.objects.create(day=TODAY, words="苹果", times=12)
        SearchedWords.objects.create(day=TODAY, words="隐私", times=2)
    page = text_of(desk.get(LIST))
    assert ("苹果" in page, "隐私" in page) == (True, False)

    assert desk.post(f"{LIST}/said/banned", {"words": "苹果"}).status_code == 303
    assert desk.post(f"{LIST}/new", {"words": " 丹东 草莓 "}).status_code == 303
    with in_store(acme):
        assert sorted(HotWord.objects.values_list("words", "is_pinned", "by_name")) == [
            ("丹东 草莓", True, "老板"),
            ("苹果", False, "老板"),
        ]
    page = text_of(desk.get(LIST))
    assert page.index("丹东 草莓") < page.index("苹果")
    assert desk.post(f"{LIST}/said/counted", {"words": "苹果"}).status_code == 303
    with in_store(acme):
        assert HotWord.objects.get().words == "丹东 草莓"


def test_wrong_words_are_said_beside_the_field(acme: StoreRef, desk: Client) -> None:
    assert "请填写 1 到 20 个字的热词" in text_of(desk.post(f"{LIST}/new", {"words": " "}))
    with in_store(acme):
        for number in range(10):
            HotWord.objects.create(words=f"词{number}", is_pinned=True, at="2026-11-22T04:00Z", by_name="老板")
    answer = desk.post(f"{LIST}/new", {"words": "又一个"})
    assert (answer.status_code, "最多置顶 10 个热词" in text_of(answer)) == (422, True)
    assert desk.post(f"{LIST}/said/deleted", {"words": "词1"}).status_code == 404


def test_clerks_look_and_change_nothing(acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
    client = sign_in(clerk)
    assert client.get(LIST).status_code == 200
    assert client.post(f"{LIST}/said/pinned", {"words": "苹果"}).status_code == 403
    with in_store(acme):
        assert not HotWord.objects.exists()
