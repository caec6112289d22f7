"""What must be true of the times at which goods are brought."""

from tenants.sales.invariant import Invariant

SLOT_INVARIANTS = (
    Invariant(
        "I1",
        "送货时段已约数等于有效订单之和",
        # Given back before it left, an order's place is free again; what had left was driven.
        """
        SELECT coalesce(d.slot_id, o.slot_id) AS subject,
               coalesce(d.day, o.day) || ' 已约 ' || coalesce(d.taken, 0) || '，订单 ' || coalesce(o.orders, 0)
                   AS sentence
        FROM delivery_slotday d
        FULL JOIN (
            SELECT (slot ->> 'id')::uuid AS slot_id, (slot ->> 'day')::date AS day, count(*) AS orders
            FROM orders_order
            WHERE slot IS NOT NULL AND state <> 'closed' AND (state <> 'cancelled' OR dispatched_at IS NOT NULL)
            GROUP BY 1, 2
        ) o ON o.slot_id = d.slot_id AND o.day = d.day
        WHERE coalesce(d.taken, 0) <> coalesce(o.orders, 0)
        """,
    ),
    Invariant(
        "I1",
        "只有送货的订单约时段",
        "SELECT number AS subject, '自提订单约了 ' || (slot ->> 'text') AS sentence FROM orders_order"
        " WHERE slot IS NOT NULL AND delivery = 'pickup'",
    ),
)
