"""Letters to a store's owners about their domain."""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from control.domains.models import CustomDomain
from control.people.models import Role, Seat
from kit.ports.messages import send_email
from kit.tenancy import in_control


def tell_owners(*, claim: CustomDomain, news: str, now: datetime) -> None:
    """Write to every owner, each in the language chosen; after the commit, for the carrier may use the network."""
    with in_control():
        seats = list(Seat.objects.filter(merchant_id=claim.merchant_id, role=Role.OWNER).select_related("person"))
    for seat in seats:
        with translation.override(seat.person.language):
            subject, text = _words(claim, news)
        send_email(address=seat.person.email, subject=subject, text=text, merchant_id=claim.merchant_id, now=now)


def _words(claim: CustomDomain, news: str) -> tuple[str, str]:
    said = {"domain": claim.shown, "name": claim.record_name, "value": claim.record_value}
    if news == "verified":
        return (
            _("域名 %(domain)s 已启用") % said,
            _("顾客现在可以用 %(domain)s 打开您的店铺。请保留 TXT 记录 %(name)s，我们每天会检查一次。") % said,
        )
    if news == "failing":
        return (
            _("域名 %(domain)s 的解析没有回应") % said,
            _("今天检查时，%(domain)s 的域名服务器没有回应。店铺仍可打开；连续三天没有回应将停止使用这个域名。") % said,
        )
    return (
        _("域名 %(domain)s 已停止使用") % said,
        _(
            "我们找不到 TXT 记录 %(name)s（内容 %(value)s），已停止在 %(domain)s 打开您的店铺。"
            "店铺原来的地址照常可用。请在后台重新添加并验证这个域名，180 天内其他店铺不能使用它。"
        )
        % said,
    )
