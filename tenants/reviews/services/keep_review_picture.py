"""A member's picture for a review that is being written."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.services.add_picture import forget_picture, keep_picture
from tenants.catalog.services.encode_picture import encode_picture
from tenants.members.models import Member
from tenants.reviews.models import ReviewPicture

ROOM = "reviews"
MOST_LOOSE = 27  # three reviews' worth a day: whoever hoards more writes no reviews
KEPT = timedelta(days=1)


class TooManyLoosePictures(Refused):
    """A member uploaded pictures and wrote no review."""

    code, kind, sentence = "too_many_loose_pictures", Kind.CONFLICT, _("今天传的图片太多了，请先提交评价。")


def keep_review_picture(*, member: Member, upload: bytes, now: datetime) -> ReviewPicture:
    """Check a picture, draw it anew and keep it for a day, until its review is written.

    The files are written before the transaction; if it fails they are removed again.

    :raises NotAPicture, PictureTooLarge, TooManyLoosePictures:
    """
    _refuse_hoarding(member)
    encoded = encode_picture(upload)
    key = keep_picture(encoded, room=ROOM)
    try:
        with transaction.atomic(durable=True):
            Member.objects.select_for_update().get(pk=member.pk)  # two uploads at once count each other
            _refuse_hoarding(member)
            return ReviewPicture.objects.create(
                member=member, file_key=key, width=encoded.width, height=encoded.height, created_at=now
            )
    except BaseException:
        forget_picture(key)
        raise


def purge_loose_pictures(*, now: datetime) -> int:
    """Delete pictures whose review was not written within a day, rows first and then files; says how many."""
    with transaction.atomic(durable=True):
        old = list(
            ReviewPicture.objects.select_for_update(skip_locked=True)
            .filter(review=None, created_at__lt=now - KEPT)
            .order_by("pk")[:500]
        )
        ReviewPicture.objects.filter(pk__in=[picture.pk for picture in old]).delete()
    for picture in old:
        forget_picture(picture.file_key)
    return len(old)


def _refuse_hoarding(member: Member) -> None:
    if ReviewPicture.objects.filter(member=member, review=None).count() >= MOST_LOOSE:
        raise TooManyLoosePictures
