"""By which keys the ledger knows the marks of a petition, and what is asked to find those like it.

Every key is an index that every filing pays for, so there are few.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from services.intake.domain import Likeness
from services.intake.likeness.sketch import BANDS
from services.intake.likeness.words import MAX_DECISIONS

BAND_KEYS: Final = tuple(f"band_{band}" for band in range(BANDS))
LIKENESS_KEYS: Final = ("person_number", "person_name", "decision", *BAND_KEYS)
SEARCHES_MAX: Final = len(LIKENESS_KEYS) - 1 + MAX_DECISIONS


def likeness_keys(kept: Likeness | None) -> Mapping[str, str]:
    """Key and mark. A petition without likeness has none, and is found by none.

    The telephone finds nobody: it is compared where something else has found the two. Of the documents that a petition
    names, the first is what it is found by.
    """
    return dict(reversed(list(searches_for(kept))))


def searches_for(kept: Likeness | None) -> Iterator[tuple[str, str]]:
    """Key and mark of every search that finds petitions like this one; ``SEARCHES_MAX`` at most."""
    if kept is None:
        return
    for key, mark in (("person_number", kept.number), ("person_name", kept.name)):
        if mark is not None:
            yield key, mark
    yield from (("decision", mark) for mark in kept.decisions)
    yield from zip(BAND_KEYS, kept.bands, strict=False)
