"""By which keys the ledger knows the marks of a petition, and what is asked to find those like it."""

from collections.abc import Mapping
from typing import Final

from services.intake.domain import Likeness
from services.intake.likeness.sketch import BANDS
from services.intake.likeness.words import MAX_DECISIONS

PERSON_KEYS: Final = ("person_number", "person_phone", "person_name")
DECISION_KEYS: Final = tuple(f"decision_{place}" for place in range(MAX_DECISIONS))
BAND_KEYS: Final = tuple(f"band_{band:02}" for band in range(BANDS))
LIKENESS_KEYS: Final = (*PERSON_KEYS, *DECISION_KEYS, *BAND_KEYS)
SEARCHES_MAX: Final = len(PERSON_KEYS) + len(DECISION_KEYS) ** 2 + len(BAND_KEYS)
"""A document may be named first in one petition and second in the other, so each is asked for in both places."""


def likeness_keys(kept: Likeness | None) -> Mapping[str, str]:
    """Key and mark. A petition without likeness has none, and is found by none."""
    if kept is None:
        return {}
    persons = zip(PERSON_KEYS, (kept.number, kept.phone, kept.name), strict=True)
    return {
        **{key: mark for key, mark in persons if mark is not None},
        **dict(zip(DECISION_KEYS, kept.decisions, strict=False)),
        **dict(zip(BAND_KEYS, kept.bands, strict=False)),
    }


def searches_for(kept: Likeness | None) -> tuple[tuple[str, str], ...]:
    """Key and mark of every search that finds petitions like this one; ``SEARCHES_MAX`` at most."""
    named = kept.decisions if kept is not None else ()
    marks = likeness_keys(kept).items()
    exact = tuple((key, mark) for key, mark in marks if key not in DECISION_KEYS)
    return (*exact, *((key, mark) for key in DECISION_KEYS for mark in named))
