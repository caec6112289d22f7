"""Proving that shelves and units are what stock and pages take them for (G1, G2)."""

from kit.books import Finding
from kit.tenancy import current_store
from kit.tenancy.sql import run

_UNITS = """
SELECT s.id AS subject, s.label || ' → ' || b.label AS sentence
FROM catalog_sku s JOIN catalog_sku b ON b.id = s.base_sku_id
WHERE b.product_id <> s.product_id OR b.base_sku_id IS NOT NULL
"""

# Whoever has no top within two steps stands too deep, or in a ring
_SHELVES = """
SELECT c.id AS subject, c.name AS sentence
FROM catalog_category c
JOIN catalog_category p ON p.id = c.parent_id
JOIN catalog_category g ON g.id = p.parent_id
WHERE g.parent_id IS NOT NULL
"""


def check() -> list[Finding]:
    """Check units and shelves of the store now open; an empty list says that they are in order."""
    slug = current_store().slug
    broken = [("G1", "换算到同一商品里自己有库存的规格", row) for row in run(_UNITS)]
    broken += [("G2", "分类最多三级", row) for row in run(_SHELVES)]
    return [
        Finding(invariant=name, store=slug, subject=str(row["subject"]), sentence=f"{promise}：{row['sentence']}")
        for name, promise, row in broken
    ]
