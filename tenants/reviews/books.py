"""Proving that stars are counted right and that only buyers speak (R1, R2)."""

from kit.books import Finding
from kit.tenancy import current_store
from kit.tenancy.sql import run

_COUNTED = """
SELECT coalesce(r.product_id, k.product_id) AS subject,
       '评价 ' || coalesce(r.counts::text, '-') || '，计数 ' || coalesce(k.counts::text, '-') AS sentence
FROM (
    SELECT product_id, ARRAY[count(*) FILTER (WHERE stars = 1), count(*) FILTER (WHERE stars = 2),
           count(*) FILTER (WHERE stars = 3), count(*) FILTER (WHERE stars = 4),
           count(*) FILTER (WHERE stars = 5)] AS counts
    FROM reviews_review GROUP BY product_id
) r
FULL JOIN (
    SELECT product_id, ARRAY[ones, twos, threes, fours, fives]::bigint[] AS counts FROM reviews_productrating
) k ON k.product_id = r.product_id
WHERE r.counts IS DISTINCT FROM k.counts
"""

_BUYERS = """
SELECT r.id AS subject, r.title AS sentence
FROM reviews_review r
JOIN orders_orderline l ON l.id = r.order_line_id
JOIN orders_order o ON o.id = l.order_id
JOIN catalog_sku s ON s.id = l.sku_id
WHERE o.member_id <> r.member_id OR s.product_id <> r.product_id
"""


def check() -> list[Finding]:
    """Check the reviews of the store now open; an empty list says that they are in order."""
    slug = current_store().slug
    broken = [("R1", "评价数等于各星级之和", row) for row in run(_COUNTED)]
    broken += [("R2", "评价人买过所评的商品", row) for row in run(_BUYERS)]
    return [
        Finding(invariant=name, store=slug, subject=str(row["subject"]), sentence=f"{promise}：{row['sentence']}")
        for name, promise, row in broken
    ]
