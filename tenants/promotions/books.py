"""Proving that no coupon was given or spent beyond its limits (I8 of reliability.md 2.1)."""

from kit.books import Finding
from kit.tenancy import current_store
from kit.tenancy.sql import run

_COUNTERS = """
SELECT k.id AS subject,
       '已领 ' || k.issued || '，实有 ' || c.held || '；已抵 ' || k.spent_minor || '，实抵 ' || c.off AS sentence
FROM promotions_couponkind k
CROSS JOIN LATERAL (
    SELECT count(*) AS held, coalesce(sum(off_minor), 0) AS off FROM promotions_coupon WHERE kind_id = k.id
) c
WHERE k.issued <> c.held OR k.spent_minor <> c.off
"""

_TOO_MANY = """
SELECT c.kind_id AS subject,
       '顾客 ' || c.member_id || ' 领了 ' || count(*) || ' 张，每人限 ' || k.per_member AS sentence
FROM promotions_coupon c JOIN promotions_couponkind k ON k.id = c.kind_id
GROUP BY c.kind_id, c.member_id, k.per_member HAVING count(*) > k.per_member
"""


def check() -> list[Finding]:
    """Check the coupons of the store now open; an empty list says that they are in order."""
    slug = current_store().slug
    broken = [("优惠券的张数与抵扣额等于逐张之和", row) for row in run(_COUNTERS)]
    broken += [("每人领券不超过限制", row) for row in run(_TOO_MANY)]
    return [
        Finding(invariant="I8", store=slug, subject=str(row["subject"]), sentence=f"{promise}：{row['sentence']}")
        for promise, row in broken
    ]
