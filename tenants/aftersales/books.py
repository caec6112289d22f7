"""Proving that what requests granted is what was given back, and that nobody is forgotten (I3, I10)."""

from datetime import datetime, timedelta

from kit.books import Finding
from kit.tenancy import current_store
from kit.tenancy.sql import run
from tenants.sales.books import check as check_sales

_MONEY = """
SELECT a.number AS subject, '退款单 ' || r.amount_minor || '，责任 ' || coalesce(l.amount, 0) || '，比例 '
       || coalesce(l.share, 0) AS sentence
FROM aftersales_aftersale a
JOIN orders_orderrefund r ON r.id = a.order_refund_id
CROSS JOIN LATERAL (
    SELECT sum(amount_minor) AS amount, sum(share_ppm) AS share
    FROM aftersales_liability WHERE after_sale_id = a.id
) l
WHERE r.amount_minor <> coalesce(l.amount, 0) OR coalesce(l.share, 0) <> 1000000 OR r.order_id <> a.order_id
"""

_STATES = """
SELECT a.number AS subject, '状态 ' || a.state || CASE WHEN a.order_refund_id IS NULL THEN '，没有退款单'
       ELSE '，有退款单' END AS sentence
FROM aftersales_aftersale a
WHERE (a.state = 'refunding' AND a.order_refund_id IS NULL)
   OR (a.order_refund_id IS NOT NULL AND a.state NOT IN ('refunding', 'done'))
"""

_FORGOTTEN = """
SELECT a.number AS subject, '状态 ' || a.state || '，期限 ' || coalesce(a.due_at::text, '没有') AS sentence
FROM aftersales_aftersale a
WHERE a.state IN ('leader_review', 'store_review', 'appealed', 'returning', 'replacing', 'rejected')
  AND (a.due_at IS NULL OR (a.due_at < %(long_ago)s AND a.overdue_at IS NULL))
"""


_UNCLAIMED = """
SELECT p.code AS subject, '状态 ' || u.state || '，期限 ' || u.decide_at AS sentence
FROM fulfilment_unclaimed u JOIN fulfilment_pickup p ON p.id = u.pickup_id
WHERE u.state IN ('reminded', 'held') AND u.decide_at < %(long_ago)s
"""

_WEIGHINGS = """
SELECT w.order_line_id AS subject, '应退 ' || w.refund_minor || '，退款单 ' || coalesce(r.amount_minor, 0) AS sentence
FROM aftersales_weighing w LEFT JOIN orders_orderrefund r ON r.id = w.order_refund_id
WHERE w.refund_minor <> coalesce(r.amount_minor, 0)
   OR w.refund_minor <> w.paid_minor - least(w.paid_minor, (2 * w.paid_minor * w.grams + w.estimated_grams - 1)
                                             / (2 * w.estimated_grams))
"""

_SHORTAGES = """
SELECT s.title || ' ' || s.pickup_date AS subject, '短缺行退 ' || l.quantity || '，退款单 ' || coalesce(r.pieces, 0)
       || CASE WHEN l.settled_at IS NULL THEN '，没有处理' ELSE '' END AS sentence
FROM aftersales_shortline l
JOIN aftersales_shortage s ON s.id = l.shortage_id
LEFT JOIN LATERAL (
    SELECT sum(quantity) AS pieces FROM orders_linerefund
    WHERE order_refund_id = l.order_refund_id AND order_line_id = l.order_line_id
) r ON true
WHERE (l.settled_at IS NULL AND s.at < %(long_ago)s) OR coalesce(r.pieces, 0) > l.quantity
   OR (l.order_refund_id IS NOT NULL AND coalesce(r.pieces, 0) = 0)
"""

_TAKEN = """
SELECT s.title || ' ' || s.pickup_date AS subject, '补给 ' || w.pieces || '，库存流水 ' || coalesce(-m.pieces, 0)
       AS sentence
FROM aftersales_shortline l
JOIN aftersales_shortage s ON s.id = l.shortage_id
JOIN orders_orderline o ON o.id = l.order_line_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN l.settled_at IS NULL THEN l.quantity ELSE l.came_quantity END
           * CASE WHEN l.ending = 'substitute' THEN 1 ELSE o.stock_factor END AS pieces
) w
LEFT JOIN LATERAL (SELECT sum(on_hand_delta) AS pieces FROM inventory_stockmove WHERE ref_id = l.id) m ON true
WHERE l.ending <> 'refund' AND w.pieces <> coalesce(-m.pieces, 0)
"""

_SUBSTITUTES = """
SELECT o.title AS subject, '换了 ' || coalesce(c.pieces, 0) || '，明细 ' || o.substituted_quantity || '，退了 '
       || coalesce(r.pieces, 0) AS sentence
FROM orders_orderline o
LEFT JOIN LATERAL (
    SELECT sum(came_quantity) AS pieces FROM aftersales_shortline
    WHERE order_line_id = o.id AND ending = 'substitute'
) c ON true
LEFT JOIN LATERAL (
    SELECT sum(substitute_quantity) AS pieces FROM orders_linerefund WHERE order_line_id = o.id
) r ON true
WHERE o.substitute IS NOT NULL AND coalesce(c.pieces, 0) <> o.substituted_quantity + coalesce(r.pieces, 0)
"""


def check(now: datetime) -> list[Finding]:
    """Check the store now open, its requests and all that its sales check; an empty list says that it adds up."""
    slug = current_store().slug
    late = {"long_ago": now - timedelta(hours=2)}
    broken = [("I3", "售后退款等于退款单和责任之和", row) for row in run(_MONEY)]
    broken += [("I3", "退款中的售后都有退款单", row) for row in run(_STATES)]
    broken += [("I3", "称重差额等于退款单", row) for row in run(_WEIGHINGS)]
    broken += [("I1", "缺货补给的件数等于库存流水", row) for row in run(_TAKEN)]
    broken += [("I1", "换给顾客的等于还在的加退掉的", row) for row in run(_SUBSTITUTES)]
    broken += [("I10", "未完成的售后都有期限，过期有人跟进", row) for row in run(_FORGOTTEN, late)]
    broken += [("I10", "逾期未取的货到期都有人处理", row) for row in run(_UNCLAIMED, late)]
    broken += [("I10", "登记的缺货都已处理", row) for row in run(_SHORTAGES, late)]
    own = [
        Finding(invariant=name, store=slug, subject=str(row["subject"]), sentence=f"{promise}：{row['sentence']}")
        for name, promise, row in broken
    ]
    return check_sales(now) + own
