"""Proving that a store's stock, money and commissions add up (reliability.md 2.1), whoever wrote them.

Each invariant is one statement that returns the rows which break it, as ``subject`` and ``sentence``; none is the
good answer. An order's money lies in two books of the ledger: ``order`` until the goods are handed out, then
``sales``; both name the order, so their sum is captured - refunded at every moment (I3).
"""

from datetime import datetime

from kit.books import Finding
from kit.tenancy import current_store
from kit.tenancy.sql import run
from tenants.catalog.books import check as check_goods
from tenants.points.books import check as check_points
from tenants.promotions.books import check as check_coupons
from tenants.reviews.books import check as check_reviews
from tenants.sales.books_of_campaigns import CAMPAIGN_INVARIANTS
from tenants.sales.books_of_checkouts import CHECKOUT_INVARIANTS
from tenants.sales.books_of_deposits import DEPOSIT_INVARIANTS
from tenants.sales.books_of_freight import FREIGHT_INVARIANTS
from tenants.sales.books_of_points import POINTS_INVARIANTS
from tenants.sales.books_of_refunds import REFUND_INVARIANTS
from tenants.sales.books_of_slots import SLOT_INVARIANTS
from tenants.sales.invariant import Invariant


def check(now: datetime) -> list[Finding]:
    """Check every invariant of the store now open; an empty list says that its books are in order.

    Nothing here depends on the time yet; ``now`` is for deadlines, which all checkers of books are told.
    """
    slug = current_store().slug
    return (
        check_goods()
        + check_coupons()
        + check_points()
        + check_reviews()
        + [
            Finding(
                invariant=invariant.name,
                store=slug,
                subject=str(row["subject"]),
                sentence=f"{invariant.promise}：{row['sentence']}",
            )
            for invariant in (
                *INVARIANTS,
                *REFUND_INVARIANTS,
                *CAMPAIGN_INVARIANTS,
                *CHECKOUT_INVARIANTS,
                *DEPOSIT_INVARIANTS,
                *POINTS_INVARIANTS,
                *FREIGHT_INVARIANTS,
                *SLOT_INVARIANTS,
            )
            for row in run(invariant.violations)
        ]
    )


INVARIANTS = (
    Invariant(
        "I1",
        "库存等于出入库流水之和",
        """
        SELECT s.sku_id AS subject,
               '在库 ' || s.on_hand || '，流水 ' || m.on_hand
               || '；占用 ' || s.reserved || '，流水 ' || m.reserved
               || '；停售 ' || s.held || '，流水 ' || m.held AS sentence
        FROM inventory_stock s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(on_hand_delta), 0) AS on_hand, coalesce(sum(reserved_delta), 0) AS reserved,
                   coalesce(sum(held_delta), 0) AS held
            FROM inventory_stockmove WHERE sku_id = s.sku_id AND warehouse_id = s.warehouse_id
        ) m
        WHERE s.on_hand <> m.on_hand OR s.reserved <> m.reserved OR s.held <> m.held
        """,
    ),
    Invariant(
        "I1",
        "批次剩余等于批次流水之和",
        """
        SELECT b.id AS subject, b.lot || ' 剩余 ' || b.on_hand || '，流水 ' || m.pieces AS sentence
        FROM inventory_batch b
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(batch_delta), 0) AS pieces FROM inventory_stockmove WHERE batch_id = b.id
        ) m
        WHERE b.on_hand <> m.pieces
        """,
    ),
    Invariant(
        "I1",
        "停售数等于停售批次之和",
        """
        SELECT s.sku_id AS subject, '停售 ' || s.held || '，批次 ' || b.pieces AS sentence
        FROM inventory_stock s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(on_hand), 0) AS pieces
            FROM inventory_batch WHERE stock_id = s.id AND state IN ('hold', 'expired', 'recalled')
        ) b
        WHERE s.held <> b.pieces
        """,
    ),
    Invariant(
        "I1",
        "批次之和等于实有加已卖出待分配",
        # Loose moves are those of no batch. What was sold is one of them until its batch is known, so where every
        # delivery has a lot: batches = on hand + sold and not yet given a batch. Written so that it holds anywhere.
        """
        SELECT s.sku_id AS subject, '批次 ' || b.pieces || '，实有 ' || s.on_hand || '，无批次 ' || m.loose
               || '，已分配 ' || m.given AS sentence
        FROM inventory_stock s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(on_hand), 0) AS pieces FROM inventory_batch WHERE stock_id = s.id
        ) b
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(on_hand_delta) FILTER (WHERE batch_id IS NULL), 0) AS loose,
                   coalesce(-sum(batch_delta) FILTER (WHERE kind = 'allocate'), 0) AS given
            FROM inventory_stockmove WHERE sku_id = s.sku_id AND warehouse_id = s.warehouse_id
        ) m
        WHERE b.pieces + m.given + m.loose <> s.on_hand
        """,
    ),
    Invariant(
        "I1",
        "分配给订单的等于批次分配流水",
        """
        SELECT b.id AS subject, b.lot || ' 分配 ' || l.pieces || '，流水 ' || m.pieces AS sentence
        FROM inventory_batch b
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(quantity), 0) AS pieces FROM tracing_linebatch WHERE batch_id = b.id
        ) l
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(batch_delta), 0) AS pieces
            FROM inventory_stockmove WHERE batch_id = b.id AND kind = 'allocate'
        ) m
        WHERE l.pieces <> m.pieces
        """,
    ),
    Invariant(
        "I1",
        "一个明细分配的批次不超过购买数",
        """
        SELECT l.id AS subject,
               l.title || ' 买 ' || l.quantity * l.stock_factor || '，分配 ' || sum(g.quantity) AS sentence
        FROM orders_orderline l JOIN tracing_linebatch g ON g.order_line_id = l.id
        GROUP BY l.id, l.title, l.quantity, l.stock_factor HAVING sum(g.quantity) > l.quantity * l.stock_factor
        """,
    ),
    Invariant(
        "I1",
        "占用等于待付款订单之和",
        """
        SELECT s.sku_id AS subject, '占用 ' || sum(s.reserved) || '，待付款 ' || w.quantity AS sentence
        FROM inventory_stock s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.quantity * l.stock_factor), 0) AS quantity
            FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
            WHERE coalesce(l.stock_sku_id, l.sku_id) = s.sku_id AND o.state = 'pending_payment'
        ) w
        GROUP BY s.sku_id, w.quantity HAVING sum(s.reserved) <> w.quantity
        """,
    ),
    Invariant(
        "I1",
        "限量已占用数等于有效订单之和",
        """
        SELECT i.id AS subject,
               '已占 ' || i.taken || '，订单 ' || l.taken || '；已售 ' || i.sold || '，订单 ' || l.sold AS sentence
        FROM campaigns_campaignitem i
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.quantity - l.withdrawn_quantity), 0) AS taken,
                   coalesce(sum(l.quantity - l.withdrawn_quantity) FILTER (WHERE o.state <> 'pending_payment'), 0)
                       AS sold
            FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
            WHERE l.campaign_item_id = i.id AND o.state <> 'closed'
        ) l
        WHERE i.taken <> l.taken OR i.sold <> l.sold
        """,
    ),
    Invariant(
        "I2",
        "每笔转账借贷相等",
        """
        SELECT t.id AS subject,
               t.what || ' 差 ' || coalesce(sum(p.amount_minor), 0) || '，' || count(p.id) || ' 笔分录' AS sentence
        FROM ledger_transfer t LEFT JOIN ledger_posting p ON p.transfer_id = t.id
        GROUP BY t.id, t.what, p.currency HAVING coalesce(sum(p.amount_minor), 0) <> 0 OR count(p.id) < 2
        """,
    ),
    Invariant(
        "I3",
        "订单实收减退款等于账本余额",
        """
        SELECT o.number AS subject,
               '订单 ' || o.paid_minor || '-' || o.refunded_minor || '，收款 ' || p.captured || '-' || p.refunded
               || '，账本 ' || l.balance AS sentence
        FROM orders_order o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0) AS captured, coalesce(sum(refunded), 0) AS refunded
            FROM payments_payment p
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(amount_minor), 0) AS refunded
                FROM payments_refund WHERE payment_id = p.id AND state = 'succeeded'
            ) r
            WHERE p.order_id = o.id AND p.state = 'succeeded'
        ) p
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(amount_minor), 0) AS balance
            FROM ledger_posting WHERE party_id = o.id AND book IN ('order', 'sales')
        ) l
        WHERE o.paid_minor <> p.captured OR o.refunded_minor <> p.refunded OR l.balance <> p.captured - p.refunded
        """,
    ),
    Invariant(
        "I3",
        "已提货部分和已发出的配送费记为销售收入",
        """
        SELECT o.number AS subject, '已提 ' || h.earned || '，收入 ' || s.sales AS sentence
        FROM orders_order o
        CROSS JOIN LATERAL (
            SELECT CASE WHEN o.deposit_kept_at IS NULL THEN 0 ELSE o.deposit_minor END + coalesce(sum(
                kept_minor + CASE WHEN refunded_quantity = quantity THEN net_minor - refunded_minor - kept_minor
                ELSE (net_minor - refunded_minor - kept_minor)
                     * (handed_quantity - refunded_quantity + withdrawn_quantity) / (quantity - refunded_quantity) END
            ), 0) AS earned
            FROM orders_orderline WHERE order_id = o.id
        ) h
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(amount_minor), 0) AS sales
            FROM ledger_posting WHERE party_id = o.id AND book = 'sales'
        ) s
        WHERE h.earned + CASE WHEN o.dispatched_at IS NULL THEN 0 ELSE o.delivery_minor END <> s.sales
        """,
    ),
    Invariant(
        "I4",
        "一个订单只收一次款",
        """
        SELECT o.number AS subject, '未退的成功付款 ' || count(*) || ' 笔' AS sentence
        FROM orders_order o JOIN payments_payment p ON p.order_id = o.id AND p.state = 'succeeded'
        WHERE NOT EXISTS (SELECT 1 FROM payments_refund r WHERE r.payment_id = p.id AND r.is_return)
        GROUP BY o.id, o.number, p.is_deposit HAVING count(*) > 1
        """,
    ),
    Invariant(
        "I3",
        "明细实付等于小计减优惠，订单金额等于明细实付与配送费之和",
        """
        SELECT o.number AS subject,
               '订单 ' || o.total_minor || '，明细 ' || l.net || '，配送费 ' || o.delivery_minor
               || '，小计减优惠 ' || l.cut AS sentence
        FROM orders_order o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.net_minor), 0) AS net, coalesce(sum(l.total_minor - d.off), 0) AS cut,
                   coalesce(bool_and(l.net_minor = l.total_minor - d.off), true) AS each
            FROM orders_orderline l
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(off_minor), 0) AS off FROM orders_linediscount WHERE line_id = l.id
            ) d
            WHERE l.order_id = o.id
        ) l
        WHERE o.total_minor <> l.net + o.delivery_minor OR NOT l.each
        """,
    ),
    Invariant(
        "I8",
        "优惠券抵扣额等于订单明细里的抵扣",
        """
        SELECT coalesce(c.id, d.coupon_id) AS subject,
               '券 ' || coalesce(c.off_minor, 0) || '，订单 ' || coalesce(d.off, 0) AS sentence
        FROM (SELECT * FROM promotions_coupon WHERE basket IS NOT NULL) c
        FULL JOIN (
            SELECT d.source_id AS coupon_id, coalesce(o.checkout_id, o.id) AS basket,
                   sum(d.off_minor) FILTER (WHERE o.state <> 'closed') AS off,
                   bool_or(o.state = 'cancelled' OR o.refunded_minor > 0) AS given_back
            FROM orders_linediscount d
            JOIN orders_orderline l ON l.id = d.line_id JOIN orders_order o ON o.id = l.order_id
            WHERE d.source = 'coupon'
            GROUP BY d.source_id, coalesce(o.checkout_id, o.id)
        ) d ON d.coupon_id = c.id AND d.basket = c.basket
        WHERE coalesce(c.off_minor, 0) <> coalesce(d.off, 0) AND NOT coalesce(d.given_back, false)
        """,
    ),
    Invariant(
        "I3",
        "退款之和不超过付款，且等于预留",
        """
        SELECT p.key AS subject,
               '付款 ' || p.amount_minor || '，预留 ' || p.refunding_minor || '，退款 ' || r.sum AS sentence
        FROM payments_payment p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0) AS sum FROM payments_refund
            WHERE payment_id = p.id AND state <> 'given_up'
        ) r
        WHERE p.refunding_minor <> r.sum OR r.sum > p.amount_minor
        """,
    ),
    Invariant(
        "I3",
        "顾客余额等于账本余额",
        """
        SELECT coalesce(b.member_id, l.party_id) AS subject,
               '余额 ' || coalesce(b.amount_minor, 0) || '，账本 ' || coalesce(l.balance, 0) AS sentence
        FROM payments_balance b
        FULL JOIN (
            SELECT party_id, -sum(amount_minor) AS balance
            FROM ledger_posting WHERE book = 'member_balance' GROUP BY party_id
        ) l ON l.party_id = b.member_id
        WHERE coalesce(b.amount_minor, 0) <> coalesce(l.balance, 0)
        """,
    ),
    Invariant(
        "I5",
        "每个已付明细正好计提一次佣金",
        """
        SELECT o.number AS subject, l.title || ' 计提 ' || count(e.id) || ' 次' AS sentence
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id AND o.state IN ('paid', 'partly_picked', 'picked_up', 'completed')
        LEFT JOIN commissions_commissionentry e ON e.order_line_id = l.id AND e.kind = 'accrual' AND e.level = 1
        GROUP BY o.number, l.id, l.title HAVING count(e.id) <> 1
        """,
    ),
    Invariant(
        "I5",
        "佣金减冲回等于剩余金额应得",
        """
        SELECT a.id AS subject, '计提 ' || a.amount_minor || '，冲回 ' || r.amount || '，剩余应得 ' || due.amount
               AS sentence
        FROM commissions_commissionentry a
        JOIN orders_orderline l ON l.id = a.order_line_id
        CROSS JOIN LATERAL (
            SELECT l.refunded_quantity = l.quantity
                   OR (l.net_minor > 0 AND l.refunded_minor + l.kept_minor = l.net_minor) AS undone
        ) is_
        CROSS JOIN LATERAL (
            SELECT CASE WHEN is_.undone THEN 0
                   ELSE (l.net_minor - l.refunded_minor - l.kept_minor) * a.rate_ppm / 1000000 END AS amount
        ) due
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0) AS amount, coalesce(bool_or(state <> a.state), false) AS elsewhere
            FROM commissions_commissionentry
            WHERE order_line_id = a.order_line_id AND leader_id = a.leader_id AND level = a.level
              AND kind = 'reversal'
        ) r
        WHERE a.kind = 'accrual'
          AND ((a.state = 'reversed') <> is_.undone OR r.elsewhere OR a.amount_minor + r.amount <> due.amount)
        """,
    ),
    Invariant(
        "I5",
        "团长佣金等于账本应付",
        """
        SELECT coalesce(e.leader_id, p.party_id) AS subject,
               '佣金 ' || coalesce(e.earned, 0) || '，账本 ' || coalesce(p.payable, 0) AS sentence
        FROM (SELECT leader_id, sum(amount_minor) AS earned FROM commissions_commissionentry GROUP BY leader_id) e
        FULL JOIN (
            SELECT party_id, -sum(amount_minor) AS payable
            FROM ledger_posting WHERE book = 'commission_payable' GROUP BY party_id
        ) p ON p.party_id = e.leader_id
        WHERE coalesce(e.earned, 0) <> coalesce(p.payable, 0)
        """,
    ),
    Invariant(
        "I6",
        "每笔成功付款都有已付订单或退款",
        """
        SELECT o.number AS subject, '订单 ' || o.state || '，付款 ' || p.key || ' 没有去处' AS sentence
        FROM payments_payment p JOIN orders_order o ON o.id = p.order_id
        WHERE p.state = 'succeeded' AND o.state NOT IN ('paid', 'partly_picked', 'picked_up', 'completed')
          AND NOT EXISTS (SELECT 1 FROM payments_refund r WHERE r.payment_id = p.id)
          AND NOT (p.is_deposit AND o.deposit_paid_at IS NOT NULL
                   AND (o.state = 'pending_payment' OR o.deposit_kept_at IS NOT NULL))
        """,
    ),
    Invariant(
        "I6",
        "每个已付订单都有付款和提货码",
        """
        SELECT o.number AS subject,
               CASE WHEN paid.kept THEN '没有提货码' ELSE '没有未退的成功付款' END AS sentence
        FROM orders_order o
        CROSS JOIN LATERAL (
            SELECT EXISTS (
                SELECT 1 FROM payments_payment p WHERE p.order_id = o.id AND p.state = 'succeeded'
                AND NOT EXISTS (SELECT 1 FROM payments_refund r WHERE r.payment_id = p.id AND r.is_return)
            ) AS kept
        ) paid
        WHERE o.state IN ('paid', 'partly_picked', 'picked_up', 'completed') AND (NOT paid.kept OR NOT EXISTS (
            SELECT 1 FROM fulfilment_pickup v WHERE v.member_id = o.member_id
            AND v.pickup_point_id = o.pickup_point_id AND v.pickup_date = o.pickup_date
        ))
        """,
    ),
)
