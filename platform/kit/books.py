"""What a checker of the books reports."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One row that breaks one invariant. ``store`` is the slug, empty in the control plane."""

    invariant: str  # "I1"
    store: str
    subject: str  # what to look at: an order number, a SKU's id
    sentence: str
