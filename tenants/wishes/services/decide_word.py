"""What the desk says of a word that shoppers search for: always shown, never shown, or as it is counted."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.wishes.hot_words import SHOWN
from tenants.wishes.models import HotWord
from tenants.wishes.services.note_search import LONGEST, plain_words


class Decision(models.TextChoices):
    """What is to become of a word."""

    PINNED = "pinned", _("置顶")
    BANNED = "banned", _("不显示")
    COUNTED = "counted", _("按次数")


class NoWord(Refused):
    """Nothing was typed, or more than a word."""

    code, kind, sentence = "no_word", Kind.INVALID, _("请填写 1 到 20 个字的热词。")


class TooManyPinned(Refused):
    """No more can be seen at once."""

    code, kind, sentence = "too_many_pinned", Kind.CONFLICT, _("最多置顶 10 个热词，请先取消一个。")


def decide_word(*, words: str, decision: Decision, by_name: str, now: datetime) -> str:
    """Pin a word, ban it, or leave it to its count again; return it as it is kept. Safe to repeat.

    :raises NoWord, TooManyPinned:
    """
    plain = plain_words(words)
    if not 0 < len(plain) <= LONGEST:
        raise NoWord(fields={"words": [NoWord.sentence]})
    with transaction.atomic(durable=True):
        known = {word.words: word for word in HotWord.objects.select_for_update().order_by("pk")}
        before = known.get(plain)
        if before is None and decision == Decision.COUNTED:
            return plain
        others = sum(word.is_pinned for word in known.values() if word.words != plain)
        if decision == Decision.PINNED and others >= SHOWN:
            raise TooManyPinned(fields={"words": [TooManyPinned.sentence]})
        said = {"is_pinned": decision == Decision.PINNED, "at": now, "by_name": by_name[:60]}
        word, _made = HotWord.objects.update_or_create(words=plain, defaults=said)
        actor = Actor(kind="person", name=by_name)
        record(what="search.word_decided", subject=word, at=now, actor=actor, words=plain, decision=str(decision))
        if decision == Decision.COUNTED:
            word.delete()
    return plain
