"""Magic recipients: ``84990000NNN`` behaves as NNN says (reference/notify.md §6.3)."""

import re
from typing import Final

_MAGIC: Final = re.compile(r"(?:\+?84|0)?990000(\d{3})")
_MOBILE: Final = re.compile(r"(?:\+?84|0)?([35789]\d{8})")

ZALO_ERRORS: Final = frozenset({108, 110, 114, 118, 119, 139, 140, 141})
"""Zalo answers that error, negated; SMS works: proves the fallback."""
ESMS_ERRORS: Final = frozenset({99, 101, 103, 146, 177})
"""Zalo says the number has no account; SMS answers that CodeResult."""

AT_ONCE: Final = 0
FLAPS: Final = 200
THROTTLED: Final = 429
SILENT_DELIVERS: Final = 504
SILENT: Final = 505
RESET: Final = 599
NO_RECEIPT: Final = 700
LATE_RECEIPT: Final = 701
THREE_RECEIPTS: Final = 702
EARLY_RECEIPT: Final = 703
FORGED_RECEIPT: Final = 704
CUT_JSON: Final = 706
HTML_PAGE: Final = 707
SLOW_BYTES: Final = 708
ODD_TYPES: Final = 709
CHANGES_MIND: Final = 710
"""Ok once, then refuses."""

FLAPS_TIMES: Final = 2
THROTTLED_TIMES: Final = 3

SILENCE_SECONDS: Final = 60.0
LATE_SECONDS: Final = 3 * 3600.0


def magic_of(phone: str) -> int | None:
    """The NNN of a magic number, or none for everybody else."""
    match = _MAGIC.fullmatch(phone)
    return int(match[1]) if match else None


def normal(phone: str) -> str | None:
    """``84`` and nine digits, or none when it is not a Vietnamese mobile number."""
    match = _MOBILE.fullmatch(phone)
    return f"84{match[1]}" if match else None
