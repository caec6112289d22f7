"""How goods are shown: their pictures, their stock's ups and downs."""

from django import template
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kit.ports.storage import public_url
from tenants.catalog.selectors import SMALL

register = template.Library()


@register.simple_tag
def picture_url(file_key: str) -> str:
    """Write the address of a picture's small form."""
    return public_url(file_key, SMALL)


@register.simple_tag
def picture_large(file_key: str) -> str:
    """Write the address of a picture's large form."""
    return public_url(file_key)


@register.simple_tag
def cover(file_key: str | None) -> SafeString:
    """Draw a product's picture in a list, or a place for one."""
    if not file_key:
        box = '<span class="thumb" aria-hidden="true">{}</span>'
        return format_html(box, get_template("backoffice/products/_no_picture.html").render())
    return format_html(
        '<img class="thumb" src="{}" alt="" width="44" height="44" loading="lazy">', picture_url(file_key)
    )


@register.filter
def signed(count: int) -> str:
    """Write a change of pieces: "+12", "-3", and a dash for none."""
    return f"{count:+,}" if count else "–"
