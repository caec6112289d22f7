"""Queries whose SQL is written once: the same rows as ever, in whatever store and thread they are asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.test.utils import CaptureQueriesContext

from kit.tenancy import NoScope, WrongScope, in_store
from kit.tenancy.kept import Derived, kept
from tenants.members.models import Member, MemberSession
from tests.factories.members import a_member
from tests.factories.times import NOW
from tests.stores import store_ref

pytestmark = pytest.mark.django_db


@kept
def _named(*, ids: Sequence[UUID], nickname: str | None = None) -> QuerySet[Member]:
    members = Member.objects.filter(pk__in=ids).order_by("id")
    return members.filter(nickname=nickname) if nickname else members


@kept
def _sessions(*, after: datetime) -> QuerySet[MemberSession]:
    return MemberSession.objects.filter(expires_at__gt=after).select_related("member").order_by("id")


def test_the_same_rows_as_the_query_itself_for_every_shape_and_value() -> None:
    with in_store(store_ref("acme")):
        members = [a_member(nickname=f"邻居{number}") for number in range(3)]
        for asked in (members, members[:1], members[1:], members[::2]):
            assert _named(ids=[one.pk for one in asked], nickname=None) == asked
        assert _named(ids=[one.pk for one in members], nickname="邻居1") == [members[1]]
        assert _named(ids=[one.pk for one in members], nickname="没有") == []
        assert _named(ids=[], nickname="没有") == []
        for name in ("五折%s 99%", 'it\'s \\ %% "好"', "{0} %(a)s"):
            strange = a_member(nickname=name)
            assert _named(ids=[strange.pk], nickname=name) == [strange]


def test_related_rows_come_along_in_one_statement() -> None:
    with in_store(store_ref("acme")):
        member = a_member()
        for hour in (1, 2):
            MemberSession.objects.create(
                member=member, token_hash=f"{hour:064d}", created_at=NOW, expires_at=NOW + timedelta(hours=hour)
            )
        _sessions(after=NOW)
        with CaptureQueriesContext(connection) as seen:
            assert [one.member.nickname for one in _sessions(after=NOW)] == [member.nickname] * 2
            assert len(_sessions(after=NOW + timedelta(hours=1))) == 1
    assert len([one for one in seen.captured_queries if "SELECT" in one["sql"]]) == 2


def test_it_is_written_once_for_a_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    plain = SQLCompiler.as_sql

    def count(self: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        written.append(self)
        return plain(self, *args, **kwargs)

    with in_store(store_ref("acme")):
        member = a_member()
        monkeypatch.setattr(SQLCompiler, "as_sql", count)
        for _time in range(4):
            assert _four(ids=[member.pk]) == [member]
    assert len(written) == 2  # once for each of two sets of strange values


@kept
def _four(*, ids: Sequence[UUID]) -> QuerySet[Member]:
    return Member.objects.filter(pk__in=ids, last_seen_at=None)


def test_a_store_gets_its_own_rows_and_they_stay_at_home() -> None:
    seen: dict[str, list[Member]] = {}
    for slug in ("acme", "rival", "acme"):
        with in_store(store_ref(slug)):
            member = a_member(nickname=slug)
            seen[slug] = _named(ids=[member.pk])
            assert [one.nickname for one in seen[slug]] == [slug]
    with in_store(store_ref("rival")), pytest.raises(WrongScope):
        seen["acme"][0].save()
    with pytest.raises(NoScope):
        _named(ids=[member.pk])


def test_what_is_worked_out_of_an_argument_is_refused_instead_of_kept() -> None:
    @kept
    def recent(*, now: datetime) -> QuerySet[MemberSession]:
        return MemberSession.objects.filter(created_at__gt=now - timedelta(hours=1))

    @kept
    def by_length(*, name: str) -> QuerySet[Member]:
        return Member.objects.filter(nickname__startswith=name)

    with in_store(store_ref("acme")):
        with pytest.raises(Derived):
            recent(now=NOW)
        with pytest.raises(Derived):
            by_length(name="邻")
