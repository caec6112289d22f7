"""Members, the sessions of their phones, and the codes that open them."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel


class Member(ScopedModel):
    """Someone who shops at this store, known by phone."""

    phone = models.CharField(max_length=20, unique=True)
    nickname = models.CharField(max_length=30)
    joined_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-joined_at"], name="members_newest")]

    def __str__(self) -> str:
        return self.nickname

    @property
    def phone_masked(self) -> str:
        return f"{self.phone[:3]}****{self.phone[-4:]}"


class MemberSession(ScopedModel):
    """A phone that is signed in. Only the token's hash is kept; the token is bound to this store by living here."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="sessions_by_end")]

    def __str__(self) -> str:
        return f"session of {self.member_id}"


class SmsCode(ScopedModel):
    """A code sent to a phone. Only its hash is kept; five wrong tries burn it."""

    phone = models.CharField(max_length=20)
    code_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)  # used, or replaced by a newer one

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["phone"], name="one_living_code_a_phone", condition=models.Q(ended_at__isnull=True)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["phone", "-sent_at"], name="sms_codes_of_phone")]

    def __str__(self) -> str:
        return f"code for {self.phone[-4:]}"
