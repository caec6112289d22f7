"""Proving that points are the sum of their moves and nobody spent more than they had (I8 of reliability.md 2.1)."""

from kit.books import Finding
from kit.tenancy import current_store
from kit.tenancy.sql import run

_PURSES = """
SELECT coalesce(p.member_id, m.member_id) AS subject,
       '余额 ' || coalesce(p.balance, 0) || '，明细 ' || coalesce(m.points, 0)
       || '；占用 ' || coalesce(p.locked, 0) || '，订单 ' || coalesce(u.locked, 0)
       || '；欠 ' || coalesce(p.owed, 0) || '，明细 ' || coalesce(m.owed, 0) AS sentence
FROM points_purse p
FULL JOIN (
    SELECT member_id, sum(points) AS points, sum(owed_delta) AS owed FROM points_pointsmove GROUP BY member_id
) m ON m.member_id = p.member_id
LEFT JOIN (
    SELECT member_id, sum(points) AS locked FROM points_pointsuse WHERE state = 'locked' GROUP BY member_id
) u ON u.member_id = p.member_id
WHERE coalesce(p.balance, 0) <> coalesce(m.points, 0) OR coalesce(p.locked, 0) <> coalesce(u.locked, 0)
   OR coalesce(p.owed, 0) <> coalesce(m.owed, 0)
"""

_USES = """
SELECT u.basket AS subject,
       '用了 ' || CASE u.state WHEN 'used' THEN u.points ELSE 0 END || '，退回 ' || u.returned
       || '，明细用了 ' || m.used || '，退回 ' || m.returned AS sentence
FROM points_pointsuse u
CROSS JOIN LATERAL (
    SELECT coalesce(-sum(points) FILTER (WHERE kind = 'use' AND ref_id = u.basket), 0) AS used,
           coalesce(sum(points) FILTER (WHERE kind = 'return' AND order_number = coalesce(
               (SELECT order_number FROM points_pointsmove WHERE kind = 'use' AND ref_id = u.basket), '')), 0)
               AS returned
    FROM points_pointsmove WHERE member_id = u.member_id
) m
WHERE m.used <> CASE u.state WHEN 'used' THEN u.points ELSE 0 END OR (u.state = 'used' AND m.returned <> u.returned)
"""

_GAINS = """
SELECT g.basket AS subject, '应得 ' || g.points || '，明细 ' || coalesce(m.points, 0) AS sentence
FROM points_pointsgain g
FULL JOIN (SELECT ref_id, points FROM points_pointsmove WHERE kind = 'earn') m ON m.ref_id = g.basket
WHERE coalesce(g.points, 0) <> coalesce(m.points, 0)
"""


def check() -> list[Finding]:
    """Check the points of the store now open; an empty list says that they are in order."""
    slug = current_store().slug
    broken = [("积分余额等于明细之和", row) for row in run(_PURSES)]
    broken += [("抵扣和退回的积分等于明细", row) for row in run(_USES)]
    broken += [("每笔获得的积分有一条明细", row) for row in run(_GAINS)]
    return [
        Finding(invariant="I8", store=slug, subject=str(row["subject"]), sentence=f"{promise}：{row['sentence']}")
        for promise, row in broken
    ]
