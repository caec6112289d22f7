"""What stands in the last letter to somebody."""

import re
from urllib.parse import urlsplit

from control.post.models import Letter
from kit.tenancy import in_control


def letters_to(email: str) -> list[str]:
    with in_control():
        return list(Letter.objects.filter(sent_to=email).order_by("sent_at", "id").values_list("text", flat=True))


def link_to(email: str) -> str:
    """The path of the link in the last letter."""
    found = re.search(r"https?://\S+", letters_to(email)[-1])
    assert found
    return urlsplit(found[0]).path
