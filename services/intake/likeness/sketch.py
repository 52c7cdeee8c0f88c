"""A keyed sketch of a text: two sketches tell how much two texts share, one alone tells nothing without the key.

MinHash by one permutation (Li, Owen, Zhang 2012): each run of three syllables is hashed once, falls into one of 128
bins, and the least in each bin stays. The share of equal bins estimates the Jaccard likeness of the texts, with a
standard error of at most 4.5 percentage points. Empty bins borrow for searching only (Shrivastava 2017).
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

BINS: Final = 128
BANDS: Final = 6
"""Each is one index that every filing pays for; see ``ROWS``."""
ROWS: Final = 3
"""Texts alike by 0.9 (a copy with small changes) share one of 6 bands of 3 with 99.9 %, by 0.75 (5 % retyped) with
96 %, by 0.6 with 77 %; by 0.1 (strangers) with 0.6 %. One person's petitions are found by the person."""
RUN_SYLLABLES: Final = 3
"""Two are common to any two petitions of one field; four break at every mistake of a scanner."""
EMPTY: Final = 0xFFFFFFFF
MARK_BYTES: Final = 6
"""48 bits: among a million petitions two strange marks are equal once in five hundred times. Short, since a search
needs no more, and less is told."""
_LAID_OUT: Final = struct.Struct(f">{BINS}I")
_BIN_MASK: Final = BINS - 1
_VALUE_SHIFT: Final = 8
_PLACE_BYTES: Final = 5
_REMEMBERED: Final = 8_192
"""Syllables; Vietnamese has about 2,500 without marks, so a filing hashes hardly any."""
_PROBE_STEP: Final = 0x9E3779B1
_NO_SYLLABLE: Final = (0, 0, 0)
_SEPARATOR: Final = b"\x1f"


class LikenessKey:
    """The key of one kind of petition. Shows itself in no text."""

    __slots__ = ("_key", "_numbers")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._numbers: dict[str, tuple[int, int, int]] = {}

    def mark(self, *parts: str) -> str:
        """A short keyed mark of these parts: equal for equal parts under this key, and not to be undone."""
        said = _SEPARATOR.join(part.encode() for part in parts)
        return hashlib.blake2b(said, key=self._key, digest_size=MARK_BYTES).hexdigest()

    def numbers(self, syllable: str) -> tuple[int, int, int]:
        """The syllable as 40 bits for each place in a run, which only the key foretells."""
        known = self._numbers.get(syllable)
        if known is None:
            if len(self._numbers) >= _REMEMBERED:
                self._numbers.clear()
            size = RUN_SYLLABLES * _PLACE_BYTES
            digest = hashlib.blake2b(syllable.encode(), key=self._key, digest_size=size, person=b"syllable").digest()
            known = self._numbers[syllable] = (_number(digest, 0), _number(digest, 1), _number(digest, 2))
        return known

    def __repr__(self) -> str:
        return "LikenessKey(…)"


def _number(digest: bytes, place: int) -> int:
    return int.from_bytes(digest[place * _PLACE_BYTES : (place + 1) * _PLACE_BYTES], "big")


@dataclass(frozen=True, slots=True)
class Sketch:
    """The least value of each bin; ``EMPTY`` where nothing fell."""

    bins: tuple[int, ...]

    @property
    def is_blank(self) -> bool:
        """No word was there to sketch."""
        return all(value == EMPTY for value in self.bins)

    def to_bytes(self) -> bytes:
        """For sealing."""
        return _LAID_OUT.pack(*self.bins)

    @classmethod
    def from_bytes(cls, laid_out: bytes) -> "Sketch":
        return cls(_LAID_OUT.unpack(laid_out))


def sketch_of(syllables: Sequence[str], key: LikenessKey) -> Sketch:
    """Keyed hashes of its syllables, and one operation for each run of three: simple tabulation, which is random enough
    for the least of many (Pătraşcu, Thorup 2012)."""
    bins = [EMPTY] * BINS
    for value in _runs(syllables, key):
        place, rest = value & _BIN_MASK, value >> _VALUE_SHIFT
        if rest < bins[place]:  # noqa: PLR1730 - a call for each run of syllables would cost a third more
            bins[place] = rest
    return Sketch(tuple(bins))


def _runs(syllables: Sequence[str], key: LikenessKey) -> set[int]:
    said = [key.numbers(syllable) for syllable in syllables]
    if 0 < len(said) < RUN_SYLLABLES:
        said += [_NO_SYLLABLE] * (RUN_SYLLABLES - len(said))
    return {
        first ^ second ^ third
        for (first, _, _), (_, second, _), (_, _, third) in zip(said, said[1:], said[2:], strict=False)
    }


def likeness(one: Sketch, other: Sketch) -> float:
    """How much two texts share, from 0 to 1; 1 for a text and itself, 0 where there is nothing to compare."""
    pairs = [pair for pair in zip(one.bins, other.bins, strict=True) if pair != (EMPTY, EMPTY)]
    return sum(mine == theirs for mine, theirs in pairs) / len(pairs) if pairs else 0.0


def bands_of(sketch: Sketch, key: LikenessKey) -> tuple[str, ...]:
    """What like texts are found by: one mark for each band; none of a text without words."""
    if sketch.is_blank:
        return ()
    full = list(_borrowed(sketch))
    return tuple(
        key.mark("band", str(band), *(str(value) for value in full[band * ROWS : (band + 1) * ROWS]))
        for band in range(BANDS)
    )


def _borrowed(sketch: Sketch) -> Iterator[int]:
    """The bins that bands are made of; an empty one takes the value of the next full one on a fixed walk of its own."""
    for place in range(BANDS * ROWS):
        value, step = sketch.bins[place], 0
        while value == EMPTY:
            step += 1
            value = sketch.bins[(place + step * (1 | (place * _PROBE_STEP >> 7))) & _BIN_MASK]
        yield value
