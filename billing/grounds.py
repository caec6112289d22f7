"""On what ground a fee stands: whose plan prices an instant, on whose counter it counts, and who pays it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from billing.models.agreements import BillingAccount, Phase
from billing.models.metering import RatedFee
from billing.payers import link_at, links_of
from billing.selectors import phase_of, phases_of


@dataclass(frozen=True, slots=True)
class Ground:
    """Whose plan prices an instant, and who pays it (None: the merchant itself)."""

    account: BillingAccount
    phase: Phase
    payer: BillingAccount | None


class Grounds:
    """The grounds of one account over time: its own phases, and those of payers whose tiers it climbs with."""

    def __init__(self, billing_account: BillingAccount) -> None:
        self.billing_account = billing_account
        self.links = links_of(billing_account)
        self.phases = {billing_account.pk: phases_of(billing_account=billing_account)}
        for payer in {link.payer for link in self.links if link.pools_fees}:
            self.phases[payer.pk] = phases_of(billing_account=payer)

    @property
    def is_bare(self) -> bool:
        """Whether nothing prices this account: it never had a subscription."""
        return not self.phases[self.billing_account.pk]

    def at(self, moment: datetime) -> Ground:
        """Find the ground of what happens at an instant."""
        link = link_at(self.links, moment)
        account = link.payer if link and link.pools_fees else self.billing_account
        return Ground(account, phase_of(self.phases[account.pk], moment), link.payer if link else None)

    def of_reversal(self, fee: RatedFee, moment: datetime) -> Ground:
        """Find the ground of taking a fee back: it goes to whoever paid it, in the month of the refund."""
        if fee.payer is None:
            return Ground(self.billing_account, phase_of(self.phases[self.billing_account.pk], moment), None)
        pooled = fee.phase.subscription.billing_account_id == fee.payer_id
        account = fee.payer if pooled else self.billing_account
        return Ground(account, phase_of(self.phases[account.pk], moment), fee.payer)

    def over(self, times: Sequence[datetime]) -> Iterator[tuple[Ground, datetime, datetime]]:
        """Cut the time from the first to the last of some sorted instants where the ground changes."""
        changes = {phase.starts_at for phases in self.phases.values() for phase in phases}
        changes |= {moment for link in self.links for moment in (link.starts_at, link.ends_at) if moment}
        inside = sorted(moment for moment in changes if times[0] < moment <= times[-1])
        for begins, ends in pairwise([times[0], *inside, times[-1] + timedelta(days=1)]):
            yield self.at(begins), begins, ends
