"""统一社会信用代码 (GB 32100-2015): eighteen characters, the last of which proves the others. Pure."""

_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_LENGTH = 18
_MODULUS = 31


def clean_tax_number(text: str) -> str:
    """Write what a person typed the way it is printed: no spaces or hyphens, capital letters."""
    return "".join(text.split()).replace("-", "").upper()


def is_tax_number(number: str) -> bool:
    """Say whether a cleaned number is one: its characters, its length and its check character."""
    if len(number) != _LENGTH or any(character not in _CHARACTERS for character in number):
        return False
    return number[-1] == check_character(number[:-1])


def check_character(first: str) -> str:
    """Work out the eighteenth character: the weights are the powers of three, modulo thirty-one."""
    total = sum(_CHARACTERS.index(character) * pow(3, place, _MODULUS) for place, character in enumerate(first))
    return _CHARACTERS[-total % _MODULUS]
