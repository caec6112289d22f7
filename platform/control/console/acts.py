"""What happened to a merchant, in the operator's words."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from billing.models.catalogue import Feature, Interval, Limit
from billing.models.changes import Movement
from billing.models.favours import FavourOn
from billing.models.reversals import DisputeState
from control.audit.models import AuditEntry
from control.merchants.models import MerchantState
from kit.web.format import moment, money, percent


def told(entry: AuditEntry) -> dict[str, Any]:
    """Write one entry as a line of the timeline; an act that has no words here shows its code."""
    write = _WORDS.get(entry.what)
    return {
        "at": entry.at,
        "sentence": write(entry.detail) if write else entry.what,
        "note": "" if write and entry.actor in _SPEAK_FOR_THEMSELVES else entry.reason,
        "by": _("系统") if entry.actor in _OURSELVES else entry.actor,
        "tone": _TONES.get(entry.what, ""),
    }


def _off(detail: dict[str, Any]) -> dict[str, Any]:
    share = detail["percent_ppm"]
    off = percent(share) if share else money(detail["amount_minor"], detail["currency"])
    return {"off": f"{FavourOn(detail['on']).label} {off}"}


def _state(detail: dict[str, Any]) -> str:
    return _("店铺状态变为“%(state)s”") % {"state": MerchantState(detail["state"]).label}


def _consent(detail: dict[str, Any]) -> str:
    if not detail["may_enter"]:
        return _("关闭平台协助")
    return _("允许平台协助查看和修改") if detail["may_write"] else _("允许平台协助查看")


def _plan(detail: dict[str, Any]) -> str:
    words = {
        "plan": detail["edition"],
        "interval": Interval(detail["interval"]).label,
        "start": moment(datetime.fromisoformat(detail["starts_at"])),
    }
    return _("选择套餐 %(plan)s（%(interval)s），%(start)s 开始") % words


def _change(detail: dict[str, Any]) -> str:
    words = {"what": Movement(detail["movement"]).label, "plan": detail["plan"]}
    return _("%(what)s %(plan)s") % words if detail["plan"] else str(words["what"])


def _card(detail: dict[str, Any]) -> str:
    return _("绑定银行卡 %(card)s") % {"card": detail["card"]}


def _paid(detail: dict[str, Any]) -> str:
    return _("账单 %(number)s 已支付 %(amount)s") % {
        "number": detail["number"],
        "amount": money(detail["amount_minor"], detail["currency"]),
    }


def _unpaid(detail: dict[str, Any]) -> str:
    why = detail["why"] or _("没有绑卡")
    return _("账单 %(number)s 扣款没有成功：%(why)s") % {"number": detail["number"], "why": why}


def _sum(detail: dict[str, Any]) -> dict[str, str]:
    return {
        "number": str(detail.get("number") or detail.get("reference") or ""),
        "amount": money(detail["amount_minor"], detail["currency"]),
    }


def _dispute(detail: dict[str, Any]) -> str:
    state = DisputeState(detail["state"]).label
    return _("账单 %(number)s 的争议：%(state)s") % {"number": detail["number"], "state": state}


def _moved(detail: dict[str, Any]) -> str:
    words = {"amount": money(detail["new_minor"], detail["currency"])}
    if detail.get("old_tax_inclusive", True) and not detail.get("new_tax_inclusive", True):
        return _("迁移到新价格 %(amount)s（原价含税，新价税另加，金额含税）") % words
    if detail.get("new_tax_inclusive", True) and not detail.get("old_tax_inclusive", True):
        return _("迁移到新价格 %(amount)s（原价税另加，新价含税）") % words
    return _("迁移到新价格 %(amount)s") % words


def _published(detail: dict[str, Any]) -> str:
    words = {
        "what": detail.get("edition") or detail.get("add_on"),
        "interval": Interval(detail["interval"]).label,
        "amount": money(detail["amount_minor"], detail["currency"]),
        "rate": percent(detail.get("tax_ppm", 0)),
    }
    if detail.get("tax_inclusive", True):
        return _("发布价格 %(what)s（%(interval)s）%(amount)s，含税") % words
    return _("发布价格 %(what)s（%(interval)s）%(amount)s，另加税 %(rate)s") % words


def _fleet_ended(detail: dict[str, Any]) -> str:
    words = {"n": detail.get("done", 0)}
    if detail.get("stopped") == "failures":
        return _("店铺升级中止，失败太多，已完成 %(n)s 家") % words
    if detail.get("stopped") == "latency":
        return _("店铺升级中止，影响了营业速度，已完成 %(n)s 家") % words
    return _("店铺升级，完成 %(n)s 家") % words


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "merchant.signed_up": lambda _detail: _("注册开店"),
    "merchant.state": _state,
    "subscription.ended": lambda _detail: _("店铺已注销，订阅结束"),
    "store.exported": lambda _detail: _("导出全部数据"),
    "store.export_taken": lambda _detail: _("下载导出文件"),
    "store.restored": lambda _detail: _("从导出恢复"),
    "store.erasure_requested": lambda _detail: _("申请注销"),
    "store.erasure_withdrawn": lambda _detail: _("撤回注销申请"),
    "store.erasure_approved": lambda _detail: _("批准注销"),
    "store.erased": lambda _detail: _("已清除，注销完成"),
    "domain.claimed": lambda detail: _("添加域名 %(domain)s") % detail,
    "domain.verified": lambda detail: _("域名 %(domain)s 验证通过，已启用") % detail,
    "domain.failing": lambda detail: _("域名 %(domain)s 的域名服务器没有回应") % detail,
    "domain.lost": lambda detail: _("域名 %(domain)s 的验证记录不见了，已停用") % detail,
    "domain.released": lambda detail: _("移除域名 %(domain)s") % detail,
    "domain.quarantine_lifted": lambda detail: _("解除域名 %(domain)s 的保留期") % detail,
    "support.started": lambda detail: _("平台协助进店，最长 %(n)s 分钟") % {"n": detail["minutes"]},
    "support.ended": lambda _detail: _("平台协助结束"),
    "support.consent": _consent,
    "fleet.begun": lambda detail: _("开始升级店铺，共 %(n)s 家") % {"n": detail["ready"]},
    "fleet.migrated": _fleet_ended,
    "plan.chosen": _plan,
    "subscription.changed": _change,
    "subscription.unchanged": lambda detail: (
        _("扣款没有成功，“%(what)s”没有生效") % {"what": Movement(detail["movement"]).label}
    ),
    "price.moved": _moved,
    "price.published": _published,
    "add_on.published": _published,
    "gift.given": lambda detail: (
        _("赠送 %(what)s") % {"what": dict([*Limit.choices, *Feature.choices])[detail["gift"]]}
    ),
    "gift.ended": lambda detail: (
        _("结束赠送 %(what)s") % {"what": dict([*Limit.choices, *Feature.choices])[detail["gift"]]}
    ),
    "account.calendar": lambda detail: _("改为按自然月出账") if detail["by_calendar"] else _("改为从开通那天起出账"),
    "staff.added": lambda detail: _("添加员工 %(email)s") % detail,
    "staff.invited": lambda detail: _("再次邀请员工 %(email)s") % detail,
    "staff.moved": lambda detail: _("修改员工 %(email)s 的角色") % detail,
    "staff.removed": lambda detail: _("移除员工 %(email)s") % detail,
    "card.saved": _card,
    "invoice.paid": _paid,
    "invoice.unpaid": _unpaid,
    "topup.asked": lambda detail: _("发起充值 %(amount)s") % _sum(detail),
    "topup.settled": lambda detail: _("充值到账 %(amount)s") % _sum(detail),
    "topup.failed": lambda detail: _("充值没有成功 %(amount)s") % _sum(detail),
    "topup.reversal_open": lambda detail: _("充值 %(amount)s 被持卡人争议") % _sum(detail),
    "topup.reversal_gone": lambda detail: _("充值 %(amount)s 已退回银行卡") % _sum(detail),
    "topup.reversal_returned": lambda detail: _("被退回的充值 %(amount)s 已恢复") % _sum(detail),
    "wallet.rules": lambda _detail: _("修改自动充值和提醒"),
    "promo.asked": lambda detail: _("申请赠送 %(amount)s") % _sum(detail),
    "promo.granted": lambda detail: _("赠送 %(amount)s 到钱包") % _sum(detail),
    "promo.withdrawn": lambda detail: _("撤回赠送申请 %(amount)s") % _sum(detail),
    "promo.expired": lambda detail: _("赠送到期作废 %(amount)s") % _sum(detail),
    "favour.asked": lambda detail: _("申请账单优惠 %(off)s") % _off(detail),
    "favour.approved": lambda detail: _("批准账单优惠 %(off)s") % _off(detail),
    "favour.withdrawn": lambda detail: _("撤回账单优惠申请 %(off)s") % _off(detail),
    "prepay_refund.asked": lambda detail: _("申请原路退回充值 %(amount)s") % _sum(detail),
    "prepay_refund.approved": lambda detail: _("批准退回充值 %(number)s，%(amount)s") % _sum(detail),
    "prepay_refund.withdrawn": lambda detail: _("撤回充值退回申请 %(amount)s") % _sum(detail),
    "prepay_refund.done": lambda detail: _("充值已退回 %(number)s，%(amount)s") % _sum(detail),
    "prepay_refund.failed": lambda detail: _("充值退回没有成功 %(number)s，%(amount)s 已回到钱包") % _sum(detail),
    "credit.asked": lambda detail: _("为账单 %(number)s 申请贷项 %(amount)s") % _sum(detail),
    "credit.issued": lambda detail: _("开出贷项单 %(number)s，%(amount)s") % _sum(detail),
    "credit.withdrawn": lambda detail: _("撤回账单 %(number)s 的贷项申请") % _sum(detail),
    "refund.retried": lambda detail: _("贷项单 %(number)s 重新退款") % _sum(detail),
    "refund.to_wallet": lambda detail: _("贷项单 %(number)s 改退到钱包 %(amount)s") % _sum(detail),
    "fapiao.title": lambda detail: _("保存发票抬头 %(name)s") % detail,
    "fapiao.title_removed": lambda detail: _("删除发票抬头 %(name)s") % detail,
    "fapiao.asked": lambda detail: _("申请开票 %(amount)s") % _sum(detail),
    "fapiao.withdrawn": lambda detail: _("撤回开票申请 %(amount)s") % _sum(detail),
    "fapiao.rejected": lambda detail: _("驳回开票申请 %(amount)s") % _sum(detail),
    "fapiao.issued": lambda detail: _("开出发票 %(number)s，%(amount)s") % _sum(detail),
    "fapiao.reversed": lambda detail: _("发票 %(number)s 已红冲") % _sum(detail),
    "invoice.written_off": lambda detail: _("账单 %(number)s 核销 %(amount)s") % _sum(detail),
    "refund.succeeded": lambda detail: _("账单 %(number)s 退款 %(amount)s") % _sum(detail),
    "refund.failed": lambda detail: _("账单 %(number)s 退款 %(amount)s 没有成功") % _sum(detail),
    "transfer.submitted": lambda detail: _("提交银行转账 %(number)s，%(amount)s") % _sum(detail),
    "transfer.accepted": lambda detail: _("银行转账 %(number)s 入账 %(amount)s") % _sum(detail),
    "transfer.rejected": lambda detail: _("银行转账 %(number)s 退回（%(amount)s）") % _sum(detail),
    "dispute.moved": _dispute,
    "dispute.answered": lambda detail: _("提交争议证据，账单 %(number)s") % {"number": detail["number"]},
    "payer.asked": lambda detail: _("申请由 %(payer)s 为 %(partner)s 代付") % detail,
    "payer.agreed": lambda detail: _("批准由 %(payer)s 为 %(partner)s 代付") % detail,
    "payer.withdrawn": lambda detail: _("撤回 %(payer)s 与 %(partner)s 的代付申请") % detail,
    "payer.end_asked": lambda detail: _("申请结束 %(payer)s 为 %(partner)s 代付") % detail,
    "payer.end_agreed": lambda detail: _("批准结束 %(payer)s 为 %(partner)s 代付") % detail,
    "payer.begun": lambda detail: _("%(payer)s 开始为 %(partner)s 代付") % detail,
    "share.paid": lambda detail: _("分成对账单 %(number)s 已付 %(amount)s") % _sum(detail),
    "payer.ended": lambda detail: _("%(payer)s 不再为 %(partner)s 代付") % detail,
    "subscription.lapsed": lambda _detail: _("逾期两个月，套餐退订"),
    "account.parked": lambda _detail: _("出账和扣款自动暂停"),
    "account.released": lambda _detail: _("恢复出账和扣款"),
    "dunning.promised": lambda detail: _("承诺 %(until)s 前付款") % {"until": detail["until"]},
    "dunning.excluded": lambda _detail: _("移出催收"),
    "dunning.included": lambda _detail: _("恢复催收"),
    "card.chosen": lambda detail: _("改用银行卡 %(card)s 扣款") % {"card": detail["card"]},
    "card.removed": lambda detail: _("删除银行卡 %(card)s") % {"card": detail["card"]},
}
_OURSELVES = ("billing", "domains")
_SPEAK_FOR_THEMSELVES = ("billing",)  # its reasons are codes; a person's are words
_TONES = {
    "invoice.paid": "good",
    "invoice.unpaid": "bad",
    "topup.settled": "good",
    "topup.failed": "bad",
    "topup.reversal_open": "bad",
    "topup.reversal_gone": "bad",
    "topup.reversal_returned": "good",
    "refund.failed": "bad",
    "domain.verified": "good",
    "domain.lost": "bad",
}
