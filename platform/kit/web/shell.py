"""What a console hands to its frame: the menu, where we are, who is there."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class MenuItem:
    """A line of the left menu."""

    label: Any
    href: str
    icon: str = ""
    badge: int = 0
    below: Sequence["MenuItem"] = ()
    is_current: bool = False


@dataclass(frozen=True)
class Banner:
    """A line over the whole console: the trial ends, the bill is overdue, we are in a merchant's store."""

    text: Any
    tone: str = "info"  # info | warn | bad
    href: str = ""
    action: Any = ""
    is_post: bool = False  # the action is a button that posts to ``href``
    seconds_left: int = 0  # counted down in the browser


@dataclass(frozen=True)
class Console:
    """Everything base frame needs; a door builds one per request and passes it as ``console``."""

    name: Any
    menu: Sequence[MenuItem]
    person_name: str
    person_note: Any = ""
    home: str = "/"
    search_url: str = ""  # answers ?q= with kit/_found.html; empty hides the search box
    search_says: Any = ""  # what stands in the box; empty: goods, orders, leaders
    notices_url: str = ""
    unread: int = 0
    help_url: str = ""
    sign_out_url: str = ""  # answered by POST
    person_links: Sequence[MenuItem] = field(default=())
    shop_url: str = ""
    banners: Sequence[Banner] = ()


@dataclass(frozen=True)
class Found:
    """One line under the search box."""

    label: Any
    href: str
    note: Any = ""
    icon: str = "search"


def menu_at(path: str, items: Sequence[MenuItem]) -> list[MenuItem]:
    """Mark the line of the menu where ``path`` is: the longest address that begins it."""
    everywhere = [item.href for item in items] + [child.href for item in items for child in item.below]
    fitting = [href for href in everywhere if path == href or path.startswith(href.rstrip("/") + "/")]
    here = max(fitting, key=len, default="")
    return [_marked(item, here) for item in items]


def _marked(item: MenuItem, here: str) -> MenuItem:
    below = [replace(child, is_current=child.href == here) for child in item.below]
    return replace(item, below=below, is_current=item.href == here or any(child.is_current for child in below))
