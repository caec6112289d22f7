"""What must be true of what an order is paid: at once, or in two parts (预售)."""

from tenants.sales.invariant import Invariant

DEPOSIT_INVARIANTS = (
    Invariant(
        "I4",
        "收到的正是应收的",
        """
        SELECT o.number AS subject, '应收 ' || due.amount || '，收到 ' || p.amount_minor AS sentence
        FROM payments_payment p JOIN orders_order o ON o.id = p.order_id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN p.is_deposit THEN o.deposit_minor ELSE o.total_minor - coalesce(o.deposit_minor, 0) END
                AS amount
        ) due
        WHERE p.state = 'succeeded'
          AND (p.amount_minor IS DISTINCT FROM due.amount OR p.currency <> o.currency
               OR (p.provider_ref IS NULL AND p.part_of_id IS NULL))
        """,
    ),
    Invariant(
        "I14",
        "付了定金没付尾款的订单，定金按约定退回或留下",
        """
        SELECT o.number AS subject,
               '定金 ' || o.deposit_minor || '，约定' || CASE WHEN o.keeps_deposit THEN '不退' ELSE '退' END
               || '，退了 ' || r.amount || CASE WHEN o.deposit_kept_at IS NULL THEN '' ELSE '，又留下了' END AS sentence
        FROM orders_order o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(r.amount_minor), 0) AS amount
            FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
            WHERE p.order_id = o.id AND p.is_deposit AND p.state = 'succeeded' AND r.state <> 'given_up'
              AND p.settled_at = o.deposit_paid_at
        ) r
        WHERE o.state = 'closed' AND o.deposit_paid_at IS NOT NULL
          AND ((o.deposit_kept_at IS NULL) = (r.amount = 0) OR (o.deposit_kept_at IS NOT NULL AND NOT o.keeps_deposit))
        """,
    ),
    Invariant(
        "I14",
        "只付定金的订单没有交货，付清的定金尾款都收到",
        """
        SELECT o.number AS subject,
               '已收 ' || o.paid_minor || '，定金 ' || o.deposit_minor || '，总额 ' || o.total_minor AS sentence
        FROM orders_order o
        WHERE o.deposit_minor IS NOT NULL
          AND ((o.state IN ('paid', 'partly_picked', 'picked_up', 'completed')
                AND (o.deposit_paid_at IS NULL OR o.paid_minor < o.total_minor))
               OR (o.state = 'pending_payment' AND EXISTS (
                   SELECT 1 FROM orders_orderline l WHERE l.order_id = o.id AND l.handed_quantity > 0)))
        """,
    ),
)
