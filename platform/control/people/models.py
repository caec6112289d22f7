"""People, the seats they hold at merchants, and the short-lived passes that carry them between hosts."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel, ScopedQuerySet


class People(BaseUserManager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    """Finds people by the e-mail they log in with, whatever its case."""

    def get_by_natural_key(self, email: str | None) -> Any:
        return self.get(email__iexact=email or "")


class Person(ScopedModel, AbstractBaseUser):
    """Someone who logs in with e-mail and password. Shoppers are members of a store, never people."""

    email = models.EmailField()
    phone = models.CharField(max_length=20)
    name = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    is_operator = models.BooleanField(default=False)  # the platform's own staff
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    last_login = None  # Django's own is written by a signal, in whatever scope the request is
    last_login_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    objects: ClassVar[People] = People()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="person_email_once")]

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """What a person may do in a store; finer permissions come with staff management."""

    OWNER = "owner", _("店主")
    MANAGER = "manager", _("店长")
    CLERK = "clerk", _("店员")


class Seat(ScopedModel):
    """A person's role at a merchant."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="seats")
    merchant_id = models.UUIDField()  # merchants are a floor below; kept without a cascade on purpose
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "merchant_id"], name="one_seat_a_person"),
        ]
        indexes: ClassVar = [models.Index(fields=["merchant_id"], name="seats_of_merchant")]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_role_display()}"


class EntryPass(ScopedModel):
    """A one-time pass that carries a person from the platform's host into a store's back office."""

    token_hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    merchant_id = models.UUIDField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"pass of {self.person_id}"


class PhoneCode(ScopedModel):
    """A code sent by SMS to prove a phone at sign-up. Only its hash is kept."""

    phone = models.CharField(max_length=20)
    code_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["phone", "-sent_at"], name="codes_of_phone")]

    def __str__(self) -> str:
        return f"code for {self.phone[-4:]}"


class LoginFailure(ScopedModel):
    """A wrong password, kept for a day by the hash of the e-mail, so that guessing becomes slow."""

    email_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["email_hash", "-at"], name="login_failures_of_email"),
            models.Index(fields=["at"], name="login_failures_by_age"),
        ]

    def __str__(self) -> str:
        return f"wrong password at {self.at}"


class PasswordLetter(ScopedModel):
    """That a letter with a password link was asked for, by the hash of the e-mail, whether it is anybody's or not."""

    email_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["email_hash", "-at"], name="password_letters_of_email"),
            models.Index(fields=["at"], name="password_letters_by_age"),
        ]

    def __str__(self) -> str:
        return f"password letter asked for at {self.at}"
