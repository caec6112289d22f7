"""Proving that points and orders tell the same: what was taken off, and what was earned (I8)."""

from tenants.sales.invariant import Invariant

POINTS_INVARIANTS = (
    Invariant(
        "I8",
        "积分抵扣额等于订单明细里的抵扣",
        """
        SELECT coalesce(u.basket, d.order_id) AS subject,
               '积分 ' || coalesce(u.off_minor, 0) || '，订单 ' || coalesce(d.off, 0) AS sentence
        FROM points_pointsuse u
        FULL JOIN (
            SELECT l.order_id, sum(d.off_minor) AS off
            FROM orders_linediscount d JOIN orders_orderline l ON l.id = d.line_id
            WHERE d.source = 'points' GROUP BY l.order_id
        ) d ON d.order_id = u.basket
        LEFT JOIN orders_order o ON o.id = u.basket
        WHERE coalesce(u.off_minor, 0) <> coalesce(d.off, 0) OR (u.state = 'released') <> (o.state = 'closed')
           OR (u.state = 'locked') <> (o.state = 'pending_payment')
        """,
    ),
    Invariant(
        "I8",
        "完成的订单获得的积分不多于留下的钱",
        """
        SELECT o.number AS subject,
               '获得 ' || g.points || '，扣回 ' || g.taken_back || '，留下 ' || l.kept AS sentence
        FROM points_pointsgain g
        LEFT JOIN orders_order o ON o.id = g.basket
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(net_minor - refunded_minor - kept_minor), 0) AS kept
            FROM orders_orderline WHERE order_id = g.basket
        ) l
        WHERE o.completed_at IS NULL OR g.points - g.taken_back <> div(l.kept * g.per_yuan, 100)
        """,
    ),
)
