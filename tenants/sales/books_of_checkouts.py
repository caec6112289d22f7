"""What must be true of orders that are paid together."""

from tenants.sales.invariant import Invariant

CHECKOUT_INVARIANTS = (
    Invariant(
        "I3",
        "一次结算的金额等于各订单之和",
        """
        SELECT c.id AS subject, '结算 ' || c.total_minor || '，订单 ' || o.total AS sentence
        FROM orders_checkout c
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(total_minor), 0) AS total, coalesce(bool_and(member_id = c.member_id), true) AS own
            FROM orders_order WHERE checkout_id = c.id
        ) o
        WHERE c.total_minor <> o.total OR NOT o.own
        """,
    ),
    Invariant(
        "I4",
        "合并付款正好分给各订单",
        """
        SELECT p.key AS subject, '付款 ' || p.amount_minor || '，分给订单 ' || s.amount || '（' || s.parts || ' 单）'
               AS sentence
        FROM payments_payment p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(s.amount_minor), 0) AS amount, count(*) AS parts,
                   coalesce(bool_or(o.checkout_id IS DISTINCT FROM p.checkout_id OR s.method <> p.method
                                    OR s.amount_minor::text IS DISTINCT FROM (p.covers ->> s.order_id::text)), false)
                       AS strange
            FROM payments_payment s JOIN orders_order o ON o.id = s.order_id WHERE s.part_of_id = p.id
        ) s
        WHERE (p.checkout_id IS NOT NULL OR s.parts > 0)
          AND (s.strange OR s.amount <> CASE WHEN p.state = 'succeeded' THEN p.amount_minor ELSE 0 END)
        """,
    ),
)
