"""What a visitor may do is said beside the view itself. A POST without a mark is refused."""

from collections.abc import Callable
from typing import Any

View = Callable[..., Any]


def safe_in_support(view: View) -> View:
    """Let visitors post here, if the merchant allows changing; nothing with money, keys, people or plans has this."""
    view.support = "write"  # type: ignore[attr-defined]
    return view


def always_in_support(view: View) -> View:
    """Let every visitor post here: leaving."""
    view.support = "always"  # type: ignore[attr-defined]
    return view


def never_in_support(view: View) -> View:
    """Keep visitors out of a page that does something by being opened."""
    view.support = "never"  # type: ignore[attr-defined]
    return view
