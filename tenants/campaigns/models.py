"""A group buy and what it offers."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.catalog.models import Sku
from tenants.leaders.models import Leader, PickupPoint, ServiceArea
from tenants.members.models import Member


class CampaignState(models.TextChoices):
    """What the merchant decided. Whether it is open now follows from this and the clock: see ``shown_state``."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    PAUSED = "paused", _("已暂停")
    CANCELLED = "cancelled", _("已取消")


class CampaignKind(models.TextChoices):
    DAILY = "daily", _("今日团")
    SOLITAIRE = "solitaire", _("接龙")
    FLASH = "flash", _("秒杀")
    TEAM = "team", _("拼团")
    PRESALE = "presale", _("预售")


class Campaign(ScopedModel):
    """A list of goods that neighbours may order until the cut-off and fetch on the pickup day."""

    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=CampaignKind.choices, default=CampaignKind.DAILY)
    shows_names = models.BooleanField(default=False, db_default=False)  # of who joined; otherwise they are masked
    state = models.CharField(max_length=10, choices=CampaignState.choices, default=CampaignState.DRAFT)
    opens_at = models.DateTimeField()
    cutoff_at = models.DateTimeField()  # exclusive: at this instant it is over
    pickup_date = models.DateField()
    notice = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60, blank=True)
    # from then on nobody gets in any more, whenever his request began
    locked_at = models.DateTimeField(null=True)
    call_off_reason = models.CharField(max_length=100, blank=True, db_default="")
    # of 拼团 only: how many must have paid, and for how long a team may look for them
    team_size = models.PositiveSmallIntegerField(null=True)
    team_hours = models.PositiveSmallIntegerField(null=True)
    # of 预售 with a deposit only: how much of an order is paid at once, when the rest, and what if it is not
    deposit_percent = models.PositiveSmallIntegerField(null=True)
    balance_from = models.DateTimeField(null=True)
    balance_until = models.DateTimeField(null=True)
    keeps_deposit = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(cutoff_at__gt=models.F("opens_at")), name="cutoff_after_opening"),
            models.CheckConstraint(
                condition=~models.Q(kind="team") | models.Q(team_size__gte=2, team_hours__gte=1), name="team_has_size"
            ),
            models.CheckConstraint(
                condition=models.Q(deposit_percent__isnull=True)
                | models.Q(deposit_percent__range=(1, 99), balance_until__gt=models.F("balance_from")),
                name="deposit_has_balance_time",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "cutoff_at"], name="campaigns_running")]

    def __str__(self) -> str:
        return self.name

    def shown_state(self, now: datetime) -> str:
        """Say what a shopper sees: draft, scheduled, open, paused, closed or cancelled."""
        if self.state in (CampaignState.DRAFT, CampaignState.CANCELLED):
            return str(self.state)
        if now >= self.cutoff_at:
            return "closed"
        if self.state == CampaignState.PAUSED:
            return "paused"
        return "open" if now >= self.opens_at else "scheduled"


class CampaignItem(ScopedModel):
    """One SKU on the list, at this campaign's price, within its quota."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="items")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="offers")
    price_minor = models.BigIntegerField()
    strike_minor = models.BigIntegerField(null=True)
    quota = models.PositiveIntegerField(null=True)  # none: as much as there is stock
    taken = models.PositiveIntegerField(default=0)  # reserved or sold; changed only by a guarded UPDATE
    sold = models.PositiveIntegerField(default=0)  # paid for
    per_member_limit = models.PositiveIntegerField(null=True)
    commission_ppm = models.PositiveIntegerField(null=True)  # overrides the store's rules for this item
    min_form_quantity = models.PositiveIntegerField(null=True)  # below this at the cut-off it is given back
    failed_at = models.DateTimeField(null=True)  # judged at the cut-off: too few, or the whole list called off
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "sku"], name="offered_once"),
            models.CheckConstraint(condition=models.Q(price_minor__gt=0), name="offer_has_price"),
            models.CheckConstraint(
                condition=models.Q(quota__isnull=True) | models.Q(quota__gte=models.F("taken")),
                name="quota_not_oversold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} @ {self.price_minor}"


class Repetition(ScopedModel):
    """A list that opens again by itself on some weekdays, each time as the one before it was in the end."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="repetition")  # the latest list
    name = models.CharField(max_length=40)  # of each list, behind its day
    weekdays = models.PositiveSmallIntegerField()  # a bit each, Monday the first
    # of the list it was said of: a later one that is cut off early does not shorten those that follow
    opens_at = models.DateTimeField()
    cutoff_at = models.DateTimeField()
    pickup_date = models.DateField()
    next_on = models.DateField(null=True)  # the day it opens next; none: it has ended by itself
    problem = models.CharField(max_length=100, blank=True)  # why the last time nothing was opened
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(weekdays__range=(1, 127)), name="repeated_on_some_day"),
        ]
        indexes: ClassVar = [models.Index(fields=["next_on"], name="repetitions_due")]

    def __str__(self) -> str:
        return f"{self.name} {self.next_on}"


class CutoffRun(ScopedModel):
    """What was done when a group buy was cut off or called off, and how far it is. One a campaign, for all tries."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="cutoff_run")
    started_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)  # which items go on was decided
    finished_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    orders_closed = models.PositiveIntegerField(default=0)  # not paid in time
    items_failed = models.PositiveIntegerField(default=0)
    lines_refunded = models.PositiveIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    orders_stuck = models.PositiveIntegerField(default=0)  # whose money could not be asked for: tried again
    pieces_given = models.PositiveIntegerField(default=0)  # out of batches
    pieces_short = models.PositiveIntegerField(default=0)  # no batch had them
    snapshot = models.JSONField(default=list)  # each item as it stood when it was judged
    problem = models.CharField(max_length=200, blank=True)  # why the last try ended early

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["started_at"], name="cutoffs_unfinished", condition=models.Q(finished_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.started_at}"


class LateOrder(ScopedModel):
    """An order whose money came after its group buy was locked, for goods that were still there."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="late_orders")
    order_id = models.UUIDField(unique=True)
    at = models.DateTimeField()
    is_kept = models.BooleanField(null=True)  # none: nobody has decided yet
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"{self.order_id} {self.at}"


class JoinCount(ScopedModel):
    """How many numbers a chain has given. The one row for which everybody who pays for it waits, until the commit."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="join_count")
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.last}"


class Join(ScopedModel):
    """A number in a chain (接龙), given when the order was paid. It stays when the order is given back."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="joins")
    number = models.PositiveIntegerField()
    order_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "number"], name="join_number_once"),
            models.UniqueConstraint(fields=["campaign", "order_id"], name="join_once_an_order"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.number}"


class CampaignReach(ScopedModel):
    """Where a list is sold: in an area, a city, or by a leader. A list without any is sold everywhere."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="reaches")
    area = models.ForeignKey(ServiceArea, null=True, on_delete=models.CASCADE, related_name="+")
    leader = models.ForeignKey(Leader, null=True, on_delete=models.CASCADE, related_name="+")
    city = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign", "area", "leader", "city"], name="reach_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(area__isnull=False, leader__isnull=True, city="")
                | models.Q(area__isnull=True, leader__isnull=False, city="")
                | (models.Q(area__isnull=True, leader__isnull=True) & ~models.Q(city="")),
                name="reach_is_one_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_id or self.leader_id or self.city}"


class HiddenItem(ScopedModel):
    """An item that a leader keeps off their own points. Its price, its quota and its orders are as they were."""

    item = models.ForeignKey(CampaignItem, on_delete=models.CASCADE, related_name="hidden_by")
    leader = models.ForeignKey(Leader, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "leader"], name="item_hidden_once")]

    def __str__(self) -> str:
        return f"{self.leader_id} {self.item_id}"


class PastedChain(ScopedModel):
    """A chain out of a group chat, as it was pasted, and by whom."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="pasted")
    pickup_point = models.ForeignKey(PickupPoint, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True)  # of the form, so that it is taken once
    text = models.TextField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.at}"


class JoinDraft(ScopedModel):
    """代客下单: what a neighbour wrote in the group. It holds nothing until that neighbour confirms it."""

    pasted = models.ForeignKey(PastedChain, on_delete=models.CASCADE, related_name="drafts")
    number = models.PositiveIntegerField()  # as it stood in the chat
    name = models.CharField(max_length=30)
    phone = models.CharField(max_length=20, blank=True)  # if it was written: then only its owner confirms
    room = models.CharField(max_length=60, blank=True)
    written = models.CharField(max_length=500)
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")  # who took it
    order_id = models.UUIDField(null=True, unique=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["number", "id"]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class JoinDraftLine(ScopedModel):
    """So many pieces of one item, as they were read."""

    draft = models.ForeignKey(JoinDraft, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey(CampaignItem, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draft", "item"], name="draft_item_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="draft_has_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} ×{self.quantity}"


class TeamState(models.TextChoices):
    WAITING = "waiting", _("等团主付款")
    OPEN = "open", _("拼团中")
    FORMED = "formed", _("拼团成功")
    FAILED = "failed", _("拼团失败")


class Team(ScopedModel):
    """拼团: neighbours who get one item at its price once enough of them have paid. Size and time as it was begun."""

    item = models.ForeignKey(CampaignItem, on_delete=models.PROTECT, related_name="teams")
    size = models.PositiveSmallIntegerField()
    hours = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=TeamState.choices, default=TeamState.WAITING)
    taken = models.PositiveSmallIntegerField(default=0)  # seats held or paid for
    paid = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)  # when its first member had paid: nobody else gets in before
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # formed or failed

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(paid__lte=models.F("taken"), taken__lte=models.F("size")), name="team_seats_within"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="formed") | models.Q(paid=models.F("size")), name="team_formed_when_full"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="teams_to_end", condition=models.Q(state="open")),
            models.Index(fields=["item", "state"], name="teams_of_item"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.paid}/{self.size}"


class SeatState(models.TextChoices):
    HELD = "held", _("待付款")
    PAID = "paid", _("已付款")
    RELEASED = "released", _("未付款退出")
    GIVEN_BACK = "given_back", _("已退款")


class TeamSeat(ScopedModel):
    """A member's place in a team: held with the order, taken with its payment."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="seats")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    order_id = models.UUIDField(unique=True)
    is_first = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=SeatState.choices, default=SeatState.HELD)
    at = models.DateTimeField()  # of the last change

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "member"], name="one_seat_a_member", condition=models.Q(state__in=["held", "paid"])
            ),
            models.UniqueConstraint(fields=["team"], name="one_first_a_team", condition=models.Q(is_first=True)),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.state}"
