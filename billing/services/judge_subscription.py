"""Where a merchant stands by what is overdue now: from active through past due to closed, and back at once."""

from datetime import datetime

from billing.calendar import local_day
from billing.dunning import ORDER, Due, next_after, schedule_of, stage_at, state_in
from billing.models.agreements import BillingAccount, Subscription, SubscriptionState
from billing.models.dunning import DunningCase, DunningStep, StepTaken
from billing.models.invoices import Invoice, InvoiceState
from billing.services.end_subscription import end_subscription
from billing.services.spend_wallet import locked_wallet
from billing.services.take_hold import take_hold
from billing.services.write_down import write_down
from control.merchants.services import set_next_step

OWING_STATES = (
    SubscriptionState.ACTIVE,
    SubscriptionState.PAST_DUE,
    SubscriptionState.SUSPENDED,
    SubscriptionState.CLOSED,
)


def judge_subscription(*, billing_account: BillingAccount, now: datetime, reason: str) -> None:
    """Move a subscription to where its oldest overdue invoice puts it, and write it down.

    In the caller's transaction, after every change of an invoice's payment or of what an operator agreed, and by the
    clock when a step falls due. A change of plan that waited for its payment takes hold here. Paying the last overdue
    invoice closes the case and opens the store in this very transaction.
    """
    locked_wallet(billing_account=billing_account)  # two judges take turns
    take_hold(billing_account=billing_account, now=now)
    oldest = oldest_overdue(billing_account)
    case = None
    if oldest is None:
        _close_case(billing_account, now)
    else:
        case = _follow(billing_account, oldest, now)
    subscription = (
        Subscription.objects.filter(billing_account=billing_account, state__in=OWING_STATES)
        .select_for_update(of=("self",))
        .select_related("billing_account")
        .first()
    )
    if subscription is None:  # cancelled, say: what follows is told all the same, or that nothing does any more
        set_next_step(
            merchant_id=billing_account.merchant_id,
            step=case.next_step if case else "",
            at=case.next_step_at if case else None,
        )
        return
    subscription.state = SubscriptionState.ACTIVE if case is None else _state_of(case)
    if subscription.state == SubscriptionState.CANCELLED:
        end_subscription(subscription=subscription, now=now)
    subscription.save(update_fields=["state"])
    write_down(subscription=subscription, now=now, reason=reason)


def oldest_overdue(billing_account: BillingAccount) -> Invoice | None:
    """Find the open invoice whose age decides, the oldest that a try has failed for."""
    overdue = Invoice.objects.filter(
        billing_account=billing_account, state=InvoiceState.OPEN, overdue_since__isnull=False
    )
    return overdue.order_by("issued_at", "id").first()


def _state_of(case: DunningCase) -> SubscriptionState:
    return SubscriptionState.PAST_DUE if case.excluded_at else state_in(DunningStep(case.stage))


def _close_case(billing_account: BillingAccount, now: datetime) -> None:
    open_cases = DunningCase.objects.filter(billing_account=billing_account, closed_at=None)
    open_cases.update(closed_at=now, next_step="", next_step_at=None)


def _follow(billing_account: BillingAccount, oldest: Invoice, now: datetime) -> DunningCase:
    case, _made = DunningCase.objects.get_or_create(
        billing_account=billing_account,
        closed_at=None,
        defaults={"first_day": local_day(oldest.issued_at, billing_account.zone), "opened_at": now},
    )
    first_day = local_day(oldest.issued_at, billing_account.zone)
    is_same, case.first_day = case.first_day == first_day, first_day
    schedule = schedule_of(case.first_day, shift_days=case.shift_days, zone=billing_account.zone)
    following = None
    if case.excluded_at is None:
        # A promise puts off what comes; it does not take back what came
        stage = stage_at(schedule, now)
        case.stage = max(stage, DunningStep(case.stage), key=ORDER.index) if is_same else stage
        _take_steps(oldest, schedule[: ORDER.index(DunningStep(case.stage)) + 1], now)
        following = next_after(schedule, DunningStep(case.stage))
    case.next_step = following.step if following else ""
    case.next_step_at = following.at if following else None
    case.save()
    return case


def _take_steps(invoice: Invoice, due: list[Due], now: datetime) -> None:
    taken = StepTaken.objects.filter(invoice=invoice)
    known = set(taken.values_list("step", flat=True))
    fresh = [each for each in due if each.step.value not in known]
    if not fresh:
        return
    taken.filter(is_told=None).update(is_told=False)  # a later step speaks for them
    StepTaken.objects.bulk_create(
        StepTaken(
            invoice=invoice,
            step=each.step,
            due_at=each.at,
            taken_at=now,
            is_told=None if each is due[-1] else False,
        )
        for each in fresh
    )
