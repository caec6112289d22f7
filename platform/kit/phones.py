"""One form for every phone number, so that a person is found again however the number was typed."""

import phonenumbers
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused

HOME = "CN"
_HOME_CODE = 86


class NotAPhone(Refused):
    """The text is no phone number that an SMS could reach."""

    code, kind, sentence = "not_a_phone", Kind.INVALID, _("请填写正确的手机号。")


def plain_phone(text: str) -> str:
    """Normalise a phone number: eleven bare digits for the mainland, E.164 (``+852…``) for the rest.

    A number without a country is a mainland one. Mainland numbers are kept the way shops write, search and say
    them; the missing plus sign is what tells the two forms apart.
    :raises NotAPhone:
    """
    try:
        number = phonenumbers.parse(text[:40], HOME)
    except phonenumbers.NumberParseException:
        raise NotAPhone(fields={"phone": [NotAPhone.sentence]}) from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise NotAPhone(fields={"phone": [NotAPhone.sentence]})
    if number.country_code == _HOME_CODE:
        return str(number.national_number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(phone: str) -> str:
    """Write a phone so that its owner knows it again and nobody else can call it."""
    return f"{phone[:3]}****{phone[-4:]}"
