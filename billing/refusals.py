"""What billing refuses when somebody wants to change a subscription."""

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused


class NoSubscription(Refused):
    """The merchant never started a trial here."""

    code, kind, sentence = "no_subscription", Kind.MISSING, _("这家店还没有开通订阅，请联系我们。")


class CardNeeded(Refused):
    """There is no card to charge."""

    code, kind, sentence = "card_needed", Kind.PAYMENT, _("请先绑定一张银行卡，再开通套餐。")


class PlanTooSmall(Refused):
    """The store already has more than the plan allows. Facts: ``what``, ``used``, ``limit``."""

    code, kind = "plan_too_small", Kind.CONFLICT
    sentence = _("这个套餐装不下店里现有的内容，请先减少数量，或选择更大的套餐。")


class AmountMoved(Refused):
    """The amount shown before confirming is no longer what would be charged. Fact: ``due_now_minor``."""

    code, kind, sentence = "amount_moved", Kind.CONFLICT, _("应付金额有变化，请核对后重新确认。")


class ChangedInBetween(Refused):
    """Somebody changed the subscription after the quote was shown. Fact: ``due_now_minor``, what it would be now."""

    code, kind, sentence = "changed_in_between", Kind.CONFLICT, _("订阅刚刚在别处改过，请按最新的金额重新确认。")


class QuoteMissing(Refused):
    """There is no such quote, or it is another merchant's."""

    code, kind, sentence = "quote_missing", Kind.MISSING, _("没有找到这份报价，请重新选择。")


class PaymentUnderWay(Refused):
    """A change waits for its payment."""

    code, kind, sentence = "payment_under_way", Kind.CONFLICT, _("上一笔变更还在等付款结果，稍后再改。")


class NotNow(Refused):
    """The subscription's state does not allow this movement. Fact: ``state``."""

    code, kind, sentence = "not_now", Kind.CONFLICT, _("订阅现在的状态不能这样操作。")


class OwingFirst(Refused):
    """Something is overdue, and this movement needs a clean sheet."""

    code, kind, sentence = "owing_first", Kind.PAYMENT, _("还有账单没付，请先付清。")


class SamePlan(Refused):
    """It is on this price already, and nothing else is planned."""

    code, kind, sentence = "same_plan", Kind.CONFLICT, _("已经是这个套餐了。")


class NotAnUpgrade(Refused):
    """A smaller plan, or paying by the month instead of the year, begins when the paid time is over."""

    code, kind, sentence = "not_an_upgrade", Kind.CONFLICT, _("换成更小的套餐或改成按月付，要等已付的这一期结束。")


class AddOnRefused(Refused):
    """This add-on is not sold beside this plan, or the quantity makes no sense."""

    code, kind, sentence = "add_on_refused", Kind.INVALID, _("这个套餐不能这样增购。")


class SameQuantity(Refused):
    """Nothing would change."""

    code, kind, sentence = "same_quantity", Kind.CONFLICT, _("数量没有变化。")


class CouponUnknown(Refused):
    """There is no such code, or it was stopped."""

    code, kind, sentence = "coupon_unknown", Kind.MISSING, _("没有这个优惠码，请检查有没有输错。")


class CouponOver(Refused):
    """It can no longer be redeemed: too late, or all are taken."""

    code, kind, sentence = "coupon_over", Kind.CONFLICT, _("这个优惠码已经过期或被领完了。")


class CouponUnfit(Refused):
    """It is for another plan or another currency."""

    code, kind, sentence = "coupon_unfit", Kind.CONFLICT, _("这个优惠码不适用于您的套餐。")


class CouponHeld(Refused):
    """The merchant has this coupon, or another that still runs."""

    code, kind, sentence = "coupon_held", Kind.CONFLICT, _("已经有一个优惠在生效，不能叠加。")


class PaidByAnother(Refused):
    """Headquarters pays for this merchant: what costs money is agreed with headquarters. Fact: ``payer``."""

    code, kind, sentence = "paid_by_another", Kind.CONFLICT, _("套餐由总部代付，要调整请联系总部。")


class PartnersFirst(Refused):
    """It pays for partners, and this movement would leave them without a payer."""

    code, kind, sentence = "partners_first", Kind.CONFLICT, _("还在为城市合伙人代付，请先联系我们解除代付。")


class ClockWentBack(Refused):
    """The moment lies before what the subscription has already lived through."""

    code, kind, sentence = "clock_went_back", Kind.CONFLICT, _("系统时间不对，这次操作没有执行，请稍后再试。")
