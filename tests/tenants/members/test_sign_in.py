"""A neighbour signs in with a code, and nobody else does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from control.post.models import Letter
from kit.phones import NotAPhone
from kit.tenancy import StoreRef, in_control, in_store
from tenants.members.models import Member, MemberSession, SmsCode
from tenants.members.services.end_session import end_session
from tenants.members.services.forget_codes import forget_codes
from tenants.members.services.member_of_token import member_of_token
from tenants.members.services.open_session import SESSION_LIVES, WrongCode, open_session
from tenants.members.services.send_code import TooManyCodes, send_code

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PHONE = "13812345678"


@pytest.fixture
def sent(in_acme: StoreRef, django_capture_on_commit_callbacks: Any) -> str:
    """A code that reached the phone."""
    with django_capture_on_commit_callbacks(execute=True):
        send_code(phone=PHONE, now=NOW)
    return code_in_last_sms()


def code_in_last_sms() -> str:
    with in_control():
        text = Letter.objects.filter(channel="sms").latest("sent_at", "id").text
    return "".join(letter for letter in text.partition("验证码")[2] if letter.isdigit())[:6]


class TestSendCode:
    def test_reaches_the_phone_in_the_stores_name(self, sent: str) -> None:
        with in_control():
            letter = Letter.objects.get(channel="sms")

        assert letter.sent_to == PHONE
        assert letter.text.startswith("【绿家生鲜】")
        assert len(sent) == 6

    def test_keeps_only_a_hash(self, sent: str) -> None:
        row = SmsCode.objects.get()

        assert sent not in row.code_hash
        assert row.expires_at == NOW + timedelta(minutes=5)

    def test_waits_a_minute_between_two(self, sent: str) -> None:
        with pytest.raises(TooManyCodes) as refusal:
            send_code(phone=PHONE, now=NOW + timedelta(seconds=21))

        assert refusal.value.facts == {"retry_after_seconds": 39}
        send_code(phone=PHONE, now=NOW + timedelta(seconds=60))

    def test_sends_five_an_hour(self, in_acme: StoreRef) -> None:
        for minutes in range(0, 50, 10):
            send_code(phone=PHONE, now=NOW + timedelta(minutes=minutes))

        with pytest.raises(TooManyCodes) as refusal:
            send_code(phone=PHONE, now=NOW + timedelta(minutes=50))

        assert refusal.value.facts == {"retry_after_seconds": 600}
        send_code(phone="13912345678", now=NOW + timedelta(minutes=50))
        send_code(phone=PHONE, now=NOW + timedelta(minutes=60))

    def test_an_unsent_code_leaves_no_sms(self, in_acme: StoreRef, django_capture_on_commit_callbacks: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(NotAPhone):
            send_code(phone="123", now=NOW)

        with in_control():
            assert not Letter.objects.exists()


class TestOpenSession:
    def test_makes_a_stranger_a_member(self, sent: str) -> None:
        token, member, expires_at = open_session(phone=PHONE, code=sent, now=NOW + timedelta(minutes=4))

        assert (member.phone, member.phone_masked, member.nickname) == (PHONE, "138****5678", "邻居5678")
        assert expires_at == NOW + timedelta(minutes=4) + SESSION_LIVES
        assert member_of_token(token=token, now=NOW + timedelta(minutes=5)) == member

    @pytest.mark.parametrize("typed", ["+86 138-1234-5678", "138 1234 5678", "008613812345678", " 13812345678 "])
    def test_finds_a_member_again_however_the_phone_is_typed(self, sent: str, typed: str) -> None:
        known = Member.objects.create(phone=PHONE, nickname="陈姐", joined_at=NOW)

        assert open_session(phone=typed, code=sent, now=NOW).member == known

    def test_opens_once_a_code(self, sent: str) -> None:
        open_session(phone=PHONE, code=sent, now=NOW)

        with pytest.raises(WrongCode):
            open_session(phone=PHONE, code=sent, now=NOW)

    def test_refuses_a_code_after_five_minutes(self, sent: str) -> None:
        with pytest.raises(WrongCode):
            open_session(phone=PHONE, code=sent, now=NOW + timedelta(minutes=5))

    def test_refuses_another_phones_code(self, sent: str) -> None:
        with pytest.raises(WrongCode):
            open_session(phone="13912345678", code=sent, now=NOW)

    def test_refuses_a_replaced_code(self, sent: str) -> None:
        send_code(phone=PHONE, now=NOW + timedelta(seconds=60))

        with pytest.raises(WrongCode):
            open_session(phone=PHONE, code=sent, now=NOW + timedelta(seconds=61))

    def test_burns_a_code_after_five_wrong_tries(self, sent: str) -> None:
        wrong = "000000"
        for _ in range(5):
            with pytest.raises(WrongCode):
                open_session(phone=PHONE, code=wrong, now=NOW)

        with pytest.raises(WrongCode):
            open_session(phone=PHONE, code=sent, now=NOW)
        assert not MemberSession.objects.exists()

    def test_four_wrong_tries_are_forgiven(self, sent: str) -> None:
        for _ in range(4):
            with pytest.raises(WrongCode):
                open_session(phone=PHONE, code="000000", now=NOW)

        assert open_session(phone=PHONE, code=sent, now=NOW).token

    @pytest.mark.parametrize(("is_demo", "code", "opens"), [
        (True, "246810", True), (True, "", False), (True, "246811", False), (False, "246810", False),
    ])  # fmt: skip
    def test_the_demos_code_opens_any_phone_in_a_demo_alone(
        self, in_acme: StoreRef, settings: Any, is_demo: bool, code: str, opens: bool
    ) -> None:
        settings.LINLI_DEMO, settings.LINLI_DEMO_SMS_CODE = is_demo, "246810"

        if opens:
            assert open_session(phone=PHONE, code=code, now=NOW).token
        else:
            with pytest.raises(WrongCode):
                open_session(phone=PHONE, code=code, now=NOW)

    def test_an_empty_demo_code_opens_nothing(self, in_acme: StoreRef, settings: Any) -> None:
        settings.LINLI_DEMO, settings.LINLI_DEMO_SMS_CODE = True, ""

        with pytest.raises(WrongCode):
            open_session(phone=PHONE, code="", now=NOW)


class TestToken:
    def test_lives_in_one_store_only(self, sent: str, acme: StoreRef, rival: StoreRef) -> None:
        token = open_session(phone=PHONE, code=sent, now=NOW).token

        with in_store(rival):
            assert member_of_token(token=token, now=NOW) is None
        with in_store(acme):
            assert member_of_token(token=token, now=NOW)

    def test_ends_when_signed_out_and_when_it_expires(self, sent: str) -> None:
        token, _member, expires_at = open_session(phone=PHONE, code=sent, now=NOW)

        assert member_of_token(token=token, now=expires_at - timedelta(seconds=1))
        assert member_of_token(token=token, now=expires_at) is None
        end_session(token=token, now=NOW + timedelta(days=1))
        assert member_of_token(token=token, now=NOW + timedelta(days=1)) is None

    def test_is_kept_as_a_hash(self, sent: str) -> None:
        token = open_session(phone=PHONE, code=sent, now=NOW).token

        assert token not in MemberSession.objects.values_list("token_hash", flat=True)

    def test_costs_one_statement_and_one_more_an_hour(self, sent: str, django_assert_num_queries: Any) -> None:
        token = open_session(phone=PHONE, code=sent, now=NOW).token

        with django_assert_num_queries(1):
            member_of_token(token=token, now=NOW + timedelta(minutes=59))
        with django_assert_num_queries(2):
            member_of_token(token=token, now=NOW + timedelta(minutes=61))


class TestForgetCodes:
    def test_deletes_what_is_long_over(self, sent: str) -> None:
        open_session(phone=PHONE, code=sent, now=NOW)

        assert forget_codes(now=NOW + timedelta(days=1)) == 0
        assert forget_codes(now=NOW + timedelta(days=3)) == 1
        assert forget_codes(now=NOW + SESSION_LIVES + timedelta(days=31)) == 1
        assert Member.objects.count() == 1
