"""Who may log in to the demo's stores. Phones follow from the store's place in the list."""

OWNER_PASSWORD = "linli-demo-2026"  # noqa: S105 - the demo's, printed on the screen
SLUGS = ("greenhome", "chuanwei", "guoduo", "xiaoman")


def owner_email(slug: str) -> str:
    """Return the owner's login."""
    return f"owner@{slug}.example"


def owner_phone(slug: str) -> str:
    """Return the owner's phone."""
    return f"139{_place(slug):04d}0001"


def leader_phone(slug: str, number: int = 1) -> str:
    """Return the phone of a store's leader, counted from one."""
    return f"137{_place(slug):04d}{number:04d}"


def shopper_phone(slug: str, number: int = 1) -> str:
    """Return the phone of a store's neighbour, counted from one."""
    return f"136{_place(slug):04d}{number:04d}"


def _place(slug: str) -> int:
    return SLUGS.index(slug) + 1 if slug in SLUGS else 9000 + sum(map(ord, slug)) % 1000
