"""What must be true of orders that are sent by express."""

from tenants.sales.invariant import Invariant

FREIGHT_INVARIANTS = (
    Invariant(
        "I3",
        "快递费等于首重加续重",
        """
        SELECT o.number AS subject, '快递费 ' || o.delivery_minor || '，按重量应收 ' || f.due AS sentence
        FROM orders_order o
        CROSS JOIN LATERAL (
            SELECT (o.freight ->> 'grams')::bigint - (o.freight ->> 'first_grams')::bigint AS above,
                   (o.freight ->> 'step_grams')::bigint AS step
        ) w
        CROSS JOIN LATERAL (
            SELECT CASE WHEN o.freight IS NULL OR (o.freight ->> 'is_free')::boolean THEN 0
                        ELSE (o.freight ->> 'first_minor')::bigint
                             + (greatest(w.above, 0) + w.step - 1) / w.step * (o.freight ->> 'step_minor')::bigint
                   END AS due
        ) f
        WHERE o.delivery = 'express' AND o.delivery_minor <> f.due
        """,
    ),
    Invariant(
        "I3",
        "每天的快递费只算一次，只有快递有",
        """
        SELECT min(o.number) AS subject, o.pickup_date || ' 的快递费算了 ' || count(o.freight) || ' 次' AS sentence
        FROM orders_order o
        WHERE o.delivery <> 'pickup'
        GROUP BY coalesce(o.checkout_id, o.id), o.pickup_date, o.delivery
        HAVING count(o.freight) <> CASE WHEN o.delivery = 'express' THEN 1 ELSE 0 END
        """,
    ),
    Invariant(
        "I1",
        "发出的快递都有单号",
        "SELECT number AS subject, '快递发出了，没有单号' AS sentence FROM orders_order"
        " WHERE delivery = 'express' AND dispatched_at IS NOT NULL AND (courier = '' OR tracking_number = '')",
    ),
)
