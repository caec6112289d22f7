"""What must be true of group buys that were cut off."""

from tenants.sales.invariant import Invariant

CAMPAIGN_INVARIANTS = (
    Invariant(
        "I11",
        "未成团的商品都已退款",
        """
        SELECT o.number AS subject,
               l.title || '：还有 ' || (l.quantity - l.withdrawn_quantity) || ' 份没有退' AS sentence
        FROM campaigns_cutoffrun r
        JOIN campaigns_campaignitem i ON i.campaign_id = r.campaign_id
        JOIN orders_orderline l ON l.campaign_item_id = i.id
        JOIN orders_order o ON o.id = l.order_id
        WHERE r.finished_at IS NOT NULL AND i.failed_at IS NOT NULL
          AND o.state IN ('paid', 'partly_picked', 'picked_up', 'completed')
          AND l.quantity > l.withdrawn_quantity + l.handed_quantity
        """,
    ),
    Invariant(
        "I11",
        "截单后没有待付款的订单",
        """
        SELECT DISTINCT o.number AS subject, '截单处理完了，订单还在等付款' AS sentence
        FROM campaigns_cutoffrun r
        JOIN campaigns_campaignitem i ON i.campaign_id = r.campaign_id
        JOIN orders_orderline l ON l.campaign_item_id = i.id
        JOIN orders_order o ON o.id = l.order_id
        WHERE r.judged_at IS NOT NULL AND o.state = 'pending_payment'
        """,
    ),
    Invariant(
        "I12",
        "接龙号从 1 开始，不跳号",
        """
        SELECT c.name AS subject,
               '发到 ' || coalesce(n.last, 0) || ' 号，名单 ' || j.count || ' 人，最大 ' || j.most || ' 号' AS sentence
        FROM campaigns_campaign c
        LEFT JOIN campaigns_joincount n ON n.campaign_id = c.id
        CROSS JOIN LATERAL (
            SELECT count(*) AS count, coalesce(max(number), 0) AS most, coalesce(min(number), 1) AS least
            FROM campaigns_join WHERE campaign_id = c.id
        ) j
        WHERE j.count <> coalesce(n.last, 0) OR j.most <> j.count OR j.least <> 1
        """,
    ),
    Invariant(
        "I12",
        "接龙的已付订单都有号",
        """
        SELECT DISTINCT o.number AS subject, '付了款，没有接龙号' AS sentence
        FROM campaigns_campaign c
        JOIN campaigns_campaignitem i ON i.campaign_id = c.id
        JOIN orders_orderline l ON l.campaign_item_id = i.id
        JOIN orders_order o ON o.id = l.order_id
        WHERE c.kind = 'solitaire' AND o.paid_at IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM campaigns_join j WHERE j.campaign_id = c.id AND j.order_id = o.id)
        """,
    ),
)
