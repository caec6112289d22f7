"""Which leader a member belongs to: by whose link they came."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from tenants.journal.services import Actor, record
from tenants.leaders.areas import entry_rule
from tenants.leaders.models import BindingRule, Leader, LeaderBinding, LeaderState
from tenants.leaders.selectors import LeaderMissing
from tenants.members.models import Member


def bind_member(*, member: Member, leader_id: UUID, now: datetime) -> LeaderBinding:
    """Note that a member came by a leader's link, and say whose the member is now by the store's rule.

    Safe to repeat. A leader who left keeps nobody. A leader's own phone is bound to nobody else.

    :raises LeaderMissing: there is no such leader, or they left.
    """
    leader: Leader | None = Leader.objects.filter(pk=leader_id).exclude(state=LeaderState.RETIRED).first()
    if leader is None:
        raise LeaderMissing
    rule = entry_rule()
    with transaction.atomic(durable=True):
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)  # one link after another
        present = binding_of(member)
        if present is not None:
            protected_until = present.bound_at + timedelta(days=rule.protect_days)
            keeps = rule.binding == BindingRule.FIRST or (rule.binding == BindingRule.PROTECT and now < protected_until)
            is_gone = present.leader.state == LeaderState.RETIRED
            if present.leader_id == leader.pk or (keeps and not is_gone):
                return present
            present.ended_at = now
            present.save(update_fields=["ended_at"])
        bound: LeaderBinding = LeaderBinding.objects.create(member=member, leader=leader, bound_at=now)
        actor = Actor(kind="member", id=str(member.pk), name=member.nickname)
        record(what="member.bound", subject=leader, at=now, actor=actor, member_id=str(member.pk))
    return bound


def binding_of(member: Member) -> LeaderBinding | None:
    """Read whose the member is now, with the leader."""
    found = LeaderBinding.objects.filter(member=member, ended_at=None).select_related("leader")
    return found.first()


def bindings_of(member: Member) -> list[LeaderBinding]:
    """List whose the member was, the present one first."""
    return list(LeaderBinding.objects.filter(member=member).select_related("leader").order_by("-bound_at", "-pk"))
