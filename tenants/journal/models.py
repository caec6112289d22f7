"""The store's memory, its outbox, and the answers it already gave."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel


class JournalEntry(ScopedModel):
    """One thing that happened. Written in the transaction of the story that made it happen."""

    at = models.DateTimeField()
    what = models.CharField(max_length=60)  # "order.placed"
    subject_type = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    actor_kind = models.CharField(max_length=10)  # member, leader, person, task, provider
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject_type", "subject_id", "id"], name="journal_of_subject")]

    def __str__(self) -> str:
        return f"{self.what} {self.subject_id}"


class OutboxFact(ScopedModel):
    """A fact for billing, left in the order's transaction; the collector moves it out, once."""

    event_key = models.CharField(max_length=120, unique=True)  # "order_paid:<order id>"
    meter = models.CharField(max_length=40)  # "order_paid", "order_refunded"
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    occurred_at = models.DateTimeField()
    payload = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.event_key


class GivenAnswer(ScopedModel):
    """The first answer to a request that carried an Idempotency-Key, written with its effect."""

    actor = models.CharField(max_length=64)  # member id
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # of method, path and body
    status = models.PositiveSmallIntegerField(null=True)  # null while the first request is under way
    body = models.TextField(blank=True)  # the very bytes, so that a replay is equal to them
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["actor", "key"], name="answer_once")]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="answers_by_age")]

    def __str__(self) -> str:
        return self.key
