"""Short-message text: folding Vietnamese to GSM-7 and counting parts (reference/notify.md §2.2)."""

import unicodedata
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE: Final = frozenset("^{}\\[~]|€\f")

_SINGLE_SEPTETS: Final = 160
_PART_SEPTETS: Final = 153
_SINGLE_UNITS: Final = 70
_PART_UNITS: Final = 67

_REPLACED: Final = str.maketrans(
    {
        "đ": "d", "Đ": "D", "Ð": "D",
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
        "\u2013": "-", "\u2014": "-", "\u2026": "...", "\u00a0": " ", "\u202f": " ",
    }
)  # fmt: skip


def fold(text: str) -> str:
    """Vietnamese without diacritics, ASCII only.

    Accents, horns and breves go; typographic signs become plain ones; controls go. What is still not ASCII becomes
    ``?``: templates never come to that (the linter refuses them), a value from outside may.
    """
    plain = unicodedata.normalize("NFC", text).translate(_REPLACED)
    bare = "".join(sign for sign in unicodedata.normalize("NFD", plain) if unicodedata.category(sign) != "Mn")
    return "".join(sign if sign.isascii() else "?" for sign in bare if sign.isprintable())


def is_gsm7(text: str) -> bool:
    """True when every character is in the GSM 03.38 alphabet or its extension."""
    return all(sign in _BASIC or sign in _DOUBLE for sign in text)


def septets(text: str) -> int:
    """The length of a GSM-7 text: extension characters count two."""
    return sum(2 if sign in _DOUBLE else 1 for sign in text)


def parts(text: str) -> int:
    """How many SMS parts the operator bills: GSM-7 when the text allows it, else UCS-2.

    Counted greedily: neither a double character nor a surrogate pair may straddle a boundary.
    """
    if is_gsm7(text):
        return _split([2 if sign in _DOUBLE else 1 for sign in text], _SINGLE_SEPTETS, _PART_SEPTETS)
    return _split([len(sign.encode("utf-16-le")) // 2 for sign in text], _SINGLE_UNITS, _PART_UNITS)


def _split(widths: list[int], single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    count, room = 1, part
    for width in widths:
        if width > room:
            count, room = count + 1, part
        room -= width
    return count
