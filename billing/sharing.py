"""How an order is shared. Pure.

What is left of an order, less the platform's fee and the payment company's, is split by weights so that both parts add
up exactly. After a refund it is worked out anew over what is left, and the difference is what the refund took back.
"""

from dataclasses import dataclass
from fractions import Fraction

from kit.money import PPM, allocate, round_half_away


@dataclass(frozen=True, slots=True)
class Split:
    """One order between four: the platform, the payment company, headquarters and the partner."""

    order_minor: int = 0
    platform_fee_minor: int = 0
    channel_fee_minor: int = 0
    payer_minor: int = 0
    partner_minor: int = 0

    def __sub__(self, other: "Split") -> "Split":
        return Split(
            self.order_minor - other.order_minor,
            self.platform_fee_minor - other.platform_fee_minor,
            self.channel_fee_minor - other.channel_fee_minor,
            self.payer_minor - other.payer_minor,
            self.partner_minor - other.partner_minor,
        )

    def __add__(self, other: "Split") -> "Split":
        return self - (Split() - other)


def split(left_minor: int, *, platform_fee_minor: int, channel_fee_ppm: int, payer_share_ppm: int) -> Split:
    """Share what is left of an order; below zero (a fee that stays after a full refund) it is borne by both alike."""
    channel = round_half_away(Fraction(left_minor * channel_fee_ppm, PPM))
    net = left_minor - platform_fee_minor - channel
    payer, partner = allocate(net, [payer_share_ppm, PPM - payer_share_ppm])
    return Split(left_minor, platform_fee_minor, channel, payer, partner)
