"""Units of one stock: how many pieces of the base a sale takes."""

from typing import Protocol
from uuid import UUID


class _Form(Protocol):
    @property
    def pk(self) -> UUID: ...
    @property
    def base_sku_id(self) -> UUID | None: ...
    @property
    def factor(self) -> int: ...


def stock_sku_id(sku: _Form) -> UUID:
    """Name the SKU whose stock a sale of this one takes: its base, or itself."""
    return sku.base_sku_id or sku.pk


def base_quantity(sku: _Form, n: int) -> int:
    """Say how many pieces of stock ``n`` of this SKU are: two 箱 of 12 份 are 24."""
    return n * sku.factor
