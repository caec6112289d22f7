"""How one form field is drawn: its label, its control, its help and what is wrong with it."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.template.loader import get_template
from django.utils.safestring import SafeString

from kit.web.format import MARKS
from kit.web.forms import MoneyField

_CLASSES: tuple[tuple[type[forms.Widget], str, str], ...] = (
    # the first that fits: widget, kind in the template, class of the control
    (forms.CheckboxSelectMultiple, "choices", "checkbox"),
    (forms.RadioSelect, "choices", "radio"),
    (forms.CheckboxInput, "check", "checkbox"),
    (forms.FileInput, "file", ""),
    (forms.Textarea, "line", "textarea"),
    (forms.Select, "line", "select"),
    (forms.PasswordInput, "secret", "input"),
    (forms.Widget, "line", "input"),
)


def draw_field(field: BoundField, *, prefix: Any = "", suffix: Any = "", side: str = "", **shown: Any) -> SafeString:
    """Draw a bound field with kit/components/field.html.

    ``shown`` may hold label, help, whole (the full width of a two-column grid), optional_mark and good
    (a sentence that the present value is fine).
    """
    kind, css = _kind_of(field.field.widget)
    is_money = isinstance(field.field, MoneyField)
    if isinstance(field.field, MoneyField) and not prefix:
        prefix = MARKS[field.field.currency]
    help_text = shown.get("help") or field.help_text
    written = get_template("kit/components/field.html").render(
        {
            **shown,
            "field": field,
            "kind": kind,
            "help": help_text,
            "label": shown.get("label") or field.label,
            "prefix": prefix,
            "suffix": suffix,
            "side": side,
            "is_money": is_money,
            "control": draw_control(field, css=css, help_text=help_text) if kind != "choices" else "",
            "options": _options(field, css) if kind == "choices" else (),
        }
    )
    return SafeString(written)


def draw_control(field: BoundField, *, css: str, help_text: Any = "") -> SafeString:
    """Draw only the control, told to screen readers together with its help and its error."""
    attrs: dict[str, Any] = {"class": f"{css} {field.field.widget.attrs.get('class', '')}".strip()}
    told_by = [f"{field.auto_id}-help"] if help_text else []
    if isinstance(field.field.widget, forms.Textarea) and str(field.field.widget.attrs.get("rows")) == "10":
        attrs["rows"] = 4  # Django's own ten lines are a page on a phone
    if field.errors:
        attrs["aria-invalid"] = "true"
        told_by.append(f"{field.auto_id}-wrong")
    if told_by:
        attrs["aria-describedby"] = " ".join(told_by)
    return field.as_widget(attrs=attrs)


def control_class(field: BoundField) -> str:
    """Name the class that a field's control wears."""
    return _kind_of(field.field.widget)[1]


def _kind_of(widget: forms.Widget) -> tuple[str, str]:
    return next((kind, css) for fitting, kind, css in _CLASSES if isinstance(widget, fitting))


def _options(field: BoundField, css: str) -> list[dict[str, Any]]:
    return [
        {"control": option.tag(), "label": option.choice_label, "id": option.id_for_label}
        for option in _dressed(field, css)
    ]


def _dressed(field: BoundField, css: str) -> Any:
    field.field.widget.attrs["class"] = css
    return field.subwidgets
