"""Tags and filters of the template kit. Each is used with an example in kit/web/README.md."""

from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.template.loader import get_template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kit.web import format as written
from kit.web.charts import Chart
from kit.web.fields import control_class, draw_control, draw_field
from kit.web.lists import address

register = template.Library()

register.filter("money", written.money)
register.filter("whole_money", written.whole_money)
register.filter("signed_money", written.signed_money)
register.filter("number", written.number)
register.filter("percent", written.percent)
register.filter("moment", written.moment)
register.filter("day", written.day)
register.filter("long_day", written.long_day)
register.filter("clock_time", written.clock_time)
register.filter("ago", written.ago)


# --- small things ------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw an icon of the sprite; it is decoration, so it has no name of its own."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', css, static("kit/icons.svg"), name
    )


@register.simple_tag
def badge(label: Any, tone: str = "") -> SafeString:
    """Draw a badge; tone is good, busy, warn, bad or nothing."""
    return format_html('<span class="tag{}">{}</span>', f" is-{tone}" if tone else "", label)


@register.simple_tag
def state_badge(row: Any, field: str = "state") -> SafeString:
    """Draw a row's state in the colour of its code and the words of its choices."""
    return badge(getattr(row, f"get_{field}_display")(), written.tone_of(getattr(row, field)))


@register.simple_tag
def copy_button(text: Any, label: Any = "") -> SafeString:
    return _draw("copy_button", text=text, label=label)


@register.simple_tag
def hint(text: Any) -> SafeString:
    """Draw a question mark that explains something when pressed."""
    return _draw("hint", text=text)


@register.simple_tag
def stat(label: Any, value: Any, **shown: Any) -> SafeString:
    """Draw a stat tile. Options: note, trend (up | down), href, icon, hint."""
    return _draw("stat", label=label, value=value, **shown)


@register.simple_tag
def progress(percent: int, text: Any = "", **shown: Any) -> SafeString:
    """Draw a long job's progress. With ``poll`` (an address answering the same fragment) it renews itself.

    Options: poll, state (running | done | failed), left (time left), tone (warn | bad), key (when a page has two).
    """
    return _draw("progress", percent=percent, text=text, **{"state": "running", **shown})


@register.simple_tag
def skeleton(kind: str = "table", rows: int = 5) -> SafeString:
    """Draw grey bones while something loads: table, tiles, text or card."""
    return _draw("skeleton", kind=kind, rows=range(rows))


@register.simple_tag
def timeline(events: Any) -> SafeString:
    """Draw events with ``at``, ``sentence`` and, if they have them, ``by``, ``tone`` and ``note``."""
    return _draw("timeline", events=events)


@register.simple_tag
def chart(key: str, drawing: Chart, title: Any, low: bool = False) -> SafeString:
    """Draw a chart and its numbers as a table. The page adds {% chart_script %} once, in its ``scripts`` block."""
    return _draw("chart", key=key, chart=drawing, title=title, low=low)


@register.simple_tag
def chart_script() -> SafeString:
    return format_html('<script src="{}" defer></script>', static("kit/charts.js"))


@register.simple_tag
def point_picker(lat: BoundField, lng: BoundField, **shown: Any) -> SafeString:
    """Draw the map on which a point is chosen.

    Options: centre (lat, lng), points (list of {"name", "lat", "lng"} already there), key, zoom, tiles.
    """
    return _draw("point_picker", lat=lat, lng=lng, **{"key": "points", "zoom": 13, "points": [], **shown})


@register.simple_tag
def problem(title: Any, text: Any = "", **shown: Any) -> SafeString:
    """Draw an error in place of content, with a way to try again. Options: retry (address), home."""
    return _draw("problem", title=title, text=text, **shown)


# --- forms -------------------------------------------------------------------------------------------------------
@register.simple_tag
def form_field(field: BoundField, **shown: Any) -> SafeString:
    """Draw a field with label, help and error. Options: label, help, prefix, suffix, whole, optional_mark, good."""
    return draw_field(field, **shown)


@register.simple_block_tag(end_name="endfield_with_side")
def field_with_side(content: str, field: BoundField, **shown: Any) -> SafeString:
    """Draw a field with something beside its control, such as a button that sends a code."""
    return draw_field(field, side=content, **shown)


@register.simple_tag
def form_errors(form: Any) -> SafeString:
    """Draw what is wrong with the form as a whole; errors of fields stand beside their fields."""
    return _draw("form_errors", form=form)


@register.simple_tag
def filter_field(field: BoundField, search: bool = False) -> SafeString:
    return _draw("filter_field", field=field, search=search, control=draw_control(field, css=control_class(field)))


@register.simple_tag(takes_context=True)
def post_button(context: Context, label: Any, action: str, **shown: Any) -> SafeString:
    """Draw a button that posts, after asking if ``ask`` is given.

    Options: ask (the question, naming the object), ask_body, ask_amount, ask_yes, tone (danger), css, icon,
    name and value (one hidden pair), off (a sentence why it cannot be pressed now).
    """
    return _draw("post_button", label=label, action=action, csrf_token=context.get("csrf_token", ""), **shown)


# --- blocks ------------------------------------------------------------------------------------------------------
@register.simple_block_tag(end_name="endpage_header")
def page_header(content: str, title: Any, subtitle: Any = "") -> SafeString:
    return _draw("page_header", title=title, subtitle=subtitle, actions=content)


@register.simple_block_tag(end_name="endnote")
def note(content: str, tone: str = "info", title: Any = "") -> SafeString:
    """Draw a box with something to know: info, good, warn or bad."""
    return _draw("note", content=content, tone=tone, title=title)


@register.simple_block_tag(end_name="endempty")
def empty(content: str, title: Any, text: Any = "", icon: str = "inbox") -> SafeString:
    """Draw the picture, the sentence and (the content) the one action of a page that has nothing yet."""
    return _draw("empty", title=title, text=text, icon=icon, actions=content.strip())


@register.simple_block_tag(end_name="endupgrade_panel")
def upgrade_panel(content: str, title: Any, text: Any = "", icon: str = "sparkles") -> SafeString:
    """Draw the friendly end of a plan: what is full, and the way to more; the content is the way back."""
    more = format_html('<a class="btn btn-primary" href="/backoffice/account/plans">{}</a>', _("看看可升级的套餐"))
    return _draw("empty", title=title, text=text, icon=icon, actions=more + content.strip())


@register.simple_block_tag(takes_context=True, end_name="endfilter_bar")
def filter_bar(
    context: Context, content: str, is_filtered: bool = False, target: str = "results", clear: str = ""
) -> SafeString:
    """Draw a bar of filters that renews #results as one types, and works as a plain form without script."""
    query = _query(context)
    kept = {name: query.get(name, "") for name in ("state", "sort") if query.get(name)}
    clear = clear or (address(query.__class__("", mutable=True), **kept))
    return _draw("filter_bar", content=content, is_filtered=is_filtered, target=target, clear=clear, kept=kept)


@register.simple_tag
def status_tabs(tabs: Any, label: Any = "") -> SafeString:
    return _draw("status_tabs", tabs=tabs, label=label)


@register.simple_block_tag(takes_context=True, end_name="endtable")
def table(context: Context, content: str, columns: Any, caption: Any, page: Any = None, **shown: Any) -> SafeString:
    """Draw a table around rows, or its empty state when there are none.

    Options: key (id, "results"), pick (a first column of boxes), is_filtered, clear, empty_title, empty_text,
    empty_icon, empty_href, empty_action, plain (no cards on a phone), wide (scrolls sideways, head not sticky).
    """
    query = _query(context)
    return _draw(
        "table",
        rows=mark_safe(content) if content.strip() else "",  # noqa: S308 - rendered by the page's own template
        heads=[_head(column, query) for column in columns],
        caption=caption,
        page=page,
        page_links=_page_links(page, query),
        **{"key": "results", **shown},
    )


@register.simple_block_tag(end_name="endcell")
def cell(content: str, label: Any = "", css: str = "") -> SafeString:
    """Draw a table's cell; the label stands before it on a phone. css: num, centre, lead, row-actions."""
    inner = mark_safe(content.strip())  # noqa: S308 - rendered by the page's own template
    if not label:
        return format_html('<td class="{}">{}</td>', css, inner)
    return format_html('<td class="{}" data-label="{}"><span>{}</span></td>', css, label, inner)


@register.simple_tag
def pick_cell(value: Any, label: Any, form: str = "picking") -> SafeString:
    """Draw the box that picks a row for a batch action; ``label`` names the row to a screen reader."""
    return format_html(
        '<td class="pick"><input type="checkbox" class="checkbox checkbox-sm" name="ids" value="{}" '
        'form="{}" aria-label="{}"></td>',
        value,
        form,
        label,
    )


@register.simple_block_tag(takes_context=True, end_name="endpicking")
def picking(context: Context, content: str, action: str) -> SafeString:
    """Wrap a table with pick boxes and its batch bar; the picked ids are posted to ``action``."""
    return _draw("picking", content=content, action=action, csrf_token=context.get("csrf_token", ""))


@register.simple_block_tag(end_name="endbatch_bar")
def batch_bar(content: str) -> SafeString:
    return _draw("batch_bar", content=content)


@register.simple_tag
def batch_button(label: Any, value: str, name: str = "action", **shown: Any) -> SafeString:
    """Draw a button of the batch bar. Options: ask, ask_body, ask_yes, tone (danger)."""
    return _draw("batch_button", label=label, value=value, name=name, **shown)


@register.simple_tag(takes_context=True)
def pagination(context: Context, page: Any) -> SafeString:
    """Draw page links alone; {% table page=… %} already has them."""
    return _draw("pagination", page=page, page_links=_page_links(page, _query(context)))


def _draw(component: str, **context: Any) -> SafeString:
    return SafeString(get_template(f"kit/components/{component}.html").render(context))


def _query(context: Context) -> Any:
    return context["request"].GET


def _head(column: Any, query: Any) -> dict[str, Any]:
    if not column.sort:
        return {"column": column}
    now = query.get("sort", "")
    is_rising, is_falling = now == column.sort, now == f"-{column.sort}"
    return {
        "column": column,
        "href": address(query, sort=f"-{column.sort}" if is_rising else column.sort),
        "direction": "ascending" if is_rising else "descending" if is_falling else "",
        "icon": "arrow-up" if is_rising else "arrow-down" if is_falling else "arrow-up-down",
    }


def _page_links(page: Any, query: Any) -> list[dict[str, Any]]:
    if page is None or page.paginator.num_pages < 2:
        return []
    base = address(query)
    joint = "" if base == "?" else "&"
    return [
        {"number": number, "href": f"{base}{joint}page={number}", "is_current": number == page.number}
        if isinstance(number, int)
        else {"number": ""}
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]


@register.simple_tag(takes_context=True)
def words_of_block(context: Context, name: str) -> SafeString:
    """Say once more, without its tags, what a block of the page says: a drawer's heading is its page's title too."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    words = strip_tags(block.render(context)) if block else ""
    return mark_safe(" ".join(words.split()))  # noqa: S308 - rendered, so escaped, and only its tags are gone
