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
        JOIN campaigns_campaign c ON c.id = r.campaign_id
        WHERE r.judged_at IS NOT NULL AND o.state = 'pending_payment'
          AND (o.deposit_paid_at IS NULL OR c.state = 'cancelled')
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
    Invariant(
        "I13",
        "拼团的名额和订单一致",
        """
        SELECT i.id::text AS subject,
               '团里记了 ' || t.paid || ' 人付款、' || t.taken || ' 人占位，名单是 ' || s.paid || ' 人、'
                   || s.live || ' 人' AS sentence
        FROM campaigns_team t
        JOIN campaigns_campaignitem i ON i.id = t.item_id
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE state = 'paid') AS paid,
                   count(*) FILTER (WHERE state IN ('held', 'paid')) AS live,
                   count(*) FILTER (WHERE state IN ('paid', 'given_back')) AS ever
            FROM campaigns_teamseat WHERE team_id = t.id
        ) s
        WHERE CASE WHEN t.state = 'formed' THEN t.paid <> t.size OR s.ever < t.size OR s.live > t.size
                   ELSE t.paid <> s.paid OR t.taken <> s.live END
        """,
    ),
    Invariant(
        "I13",
        "拼团名额的订单状态对得上",
        """
        SELECT o.number AS subject, '名额是 ' || s.state || '，订单是 ' || o.state AS sentence
        FROM campaigns_teamseat s
        JOIN campaigns_team t ON t.id = s.team_id
        JOIN orders_order o ON o.id = s.order_id
        WHERE CASE s.state
                WHEN 'held' THEN o.state <> 'pending_payment'
                WHEN 'paid' THEN o.state NOT IN ('paid', 'partly_picked', 'picked_up', 'completed')
                WHEN 'released' THEN o.state <> 'closed'
                ELSE o.state <> 'cancelled' END
        """,
    ),
    Invariant(
        "I13",
        "拼团订单都有名额",
        """
        SELECT DISTINCT o.number AS subject, '是拼团商品，不在任何团里' AS sentence
        FROM campaigns_campaign c
        JOIN campaigns_campaignitem i ON i.campaign_id = c.id
        JOIN orders_orderline l ON l.campaign_item_id = i.id
        JOIN orders_order o ON o.id = l.order_id
        WHERE c.kind = 'team' AND NOT EXISTS (SELECT 1 FROM campaigns_teamseat s WHERE s.order_id = o.id)
        """,
    ),
    Invariant(
        "I13",
        "没成团的拼团订单没有交货",
        """
        SELECT o.number AS subject, '还没成团，已交 ' || sum(l.handed_quantity) || ' 份' AS sentence
        FROM campaigns_team t
        JOIN campaigns_teamseat s ON s.team_id = t.id
        JOIN orders_order o ON o.id = s.order_id
        JOIN orders_orderline l ON l.order_id = o.id
        WHERE t.state <> 'formed' AND l.handed_quantity > 0
        GROUP BY o.number
        """,
    ),
)
