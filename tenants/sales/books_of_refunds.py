"""What must be true of what was given back."""

from tenants.sales.invariant import Invariant

REFUND_INVARIANTS = (
    Invariant(
        "I3",
        "明细退款等于退款单之和",
        """
        SELECT o.number AS subject,
               l.title || '：退 ' || l.refunded_quantity || ' 份 ' || l.refunded_minor || '，退款单 ' || r.quantity
               || ' 份 ' || r.amount || '，店里留 ' || l.kept_minor AS sentence
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(quantity), 0) AS quantity, coalesce(sum(amount_minor), 0) AS amount,
                   coalesce(sum(withdrawn_quantity), 0) AS withdrawn, coalesce(sum(kept_minor), 0) AS kept
            FROM orders_linerefund WHERE order_line_id = l.id
        ) r
        WHERE l.refunded_quantity <> r.quantity OR l.refunded_minor <> r.amount OR l.withdrawn_quantity <> r.withdrawn
           OR l.kept_minor <> r.kept
        """,
    ),
    Invariant(
        "I3",
        "退光数量的明细退光金额",
        """
        SELECT o.number AS subject,
               l.title || '：应退 ' || (l.net_minor - l.kept_minor) || '，退了 ' || l.refunded_minor AS sentence
        FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
        WHERE l.refunded_quantity = l.quantity AND l.refunded_minor + l.kept_minor <> l.net_minor
        """,
    ),
    Invariant(
        "I3",
        "退款单、明细与退款金额相等",
        """
        SELECT o.number AS subject,
               '退款单 ' || r.amount_minor || '，明细 ' || l.amount || '，退款 ' || m.amount AS sentence
        FROM orders_orderrefund r
        JOIN orders_order o ON o.id = r.order_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0) AS amount FROM orders_linerefund WHERE order_refund_id = r.id
        ) l
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0) AS amount FROM payments_refund
            WHERE order_refund_id = r.id AND state <> 'given_up'
        ) m
        WHERE r.amount_minor <> l.amount + r.delivery_minor OR r.amount_minor <> m.amount
        """,
    ),
    Invariant(
        "I3",
        "退回的货都有入库流水",
        """
        SELECT r.id AS subject, '应退回 ' || w.pieces || '，流水 ' || m.quantity AS sentence
        FROM orders_linerefund r JOIN orders_orderline l ON l.id = r.order_line_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(on_hand_delta), 0) AS quantity
            FROM inventory_stockmove WHERE kind = 'return' AND ref_id = r.id
        ) m
        CROSS JOIN LATERAL (SELECT least(r.returned_quantity, r.substitute_quantity) AS pieces) i
        CROSS JOIN LATERAL (SELECT (r.returned_quantity - i.pieces) * l.stock_factor + i.pieces AS pieces) w
        WHERE w.pieces <> m.quantity
        """,
    ),
    Invariant(
        "I3",
        "到账的退款都有分录",
        """
        SELECT o.number AS subject, '退款 ' || r.amount_minor || ' 没有分录' AS sentence
        FROM payments_refund r
        JOIN payments_payment p ON p.id = r.payment_id
        JOIN orders_order o ON o.id = p.order_id
        WHERE r.state = 'succeeded'
          AND NOT EXISTS (
              SELECT 1 FROM ledger_transfer t WHERE t.what = 'payment.refunded' AND t.subject_id = r.id
          )
        """,
    ),
    Invariant(
        "I10",
        "没有结果的退款都有人再问",
        """
        SELECT r.key AS subject, '退款 ' || r.amount_minor || ' 状态 ' || r.state || '，没有下次查询' AS sentence
        FROM payments_refund r
        WHERE r.state IN ('requested', 'sent', 'unknown') AND r.next_look_at IS NULL AND r.looks < 6
        """,
    ),
    Invariant(
        "I3",
        "配送费只在发出前整单取消时退，且只退一次",
        """
        SELECT o.number AS subject, '配送费 ' || o.delivery_minor || '，退了 ' || f.given AS sentence
        FROM orders_order o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(delivery_minor), 0) AS given FROM orders_orderrefund WHERE order_id = o.id
        ) f
        WHERE f.given <> CASE WHEN o.state = 'cancelled' AND o.dispatched_at IS NULL THEN o.delivery_minor ELSE 0 END
        """,
    ),
)
