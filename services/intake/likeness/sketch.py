"""A keyed sketch of a text: two sketches tell how much two texts share, one alone tells nothing without the key.

MinHash by one permutation (Li, Owen, Zhang 2012): each run of three syllables is hashed once, falls into one of 128
bins, and the least in each bin stays. The share of equal bins estimates the Jaccard likeness of the texts, with a
standard error of at most 4.5 percentage points. Empty bins borrow for searching only (Shrivastava 2017).
"""

import base64
import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

BINS: Final = 128
BANDS: Final = 12
"""Each is one index that every filing pays for; see ``ROWS``."""
ROWS: Final = 3
"""Texts alike by 0.75 (5 % retyped) share one of 12 bands of 3 with 99.8 %, by 0.5 with 80 %, by 0.1 with 1 %."""
RUN_SYLLABLES: Final = 3
"""Two are common to any two petitions of one field; four break at every mistake of a scanner."""
EMPTY: Final = 0xFFFFFFFF
MARK_BYTES: Final = 6
"""48 bits: among a million petitions two strange marks are equal once in five hundred times. Short, since a search
needs no more, and less is told."""
_LAID_OUT: Final = struct.Struct(f">{BINS}I")
_PRIME: Final = (1 << 61) - 1
_FIRST, _SECOND = 0x1B873593CC9E2D51, 0x0E6546B64F3A71C7
_BIN_MASK: Final = BINS - 1
_VALUE_SHIFT: Final = 29
_PROBE_STEP: Final = 0x9E3779B1
_SEPARATOR: Final = b"\x1f"


class LikenessKey:
    """The key of one kind of petition. Shows itself in no text."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def mark(self, *parts: str) -> str:
        """A short keyed mark of these parts: equal for equal parts under this key, and not to be undone."""
        said = _SEPARATOR.join(part.encode() for part in parts)
        return hashlib.blake2b(said, key=self._key, digest_size=MARK_BYTES).hexdigest()

    def number(self, syllable: str) -> int:
        """The syllable as a number below 2⁶¹ that only the key foretells."""
        digest = hashlib.blake2b(syllable.encode(), key=self._key, digest_size=8, person=b"syllable").digest()
        return int.from_bytes(digest, "big") % _PRIME

    def __repr__(self) -> str:
        return "LikenessKey(…)"


@dataclass(frozen=True, slots=True)
class Sketch:
    """The least value of each bin; ``EMPTY`` where nothing fell."""

    bins: tuple[int, ...]

    @property
    def is_blank(self) -> bool:
        """No word was there to sketch."""
        return all(value == EMPTY for value in self.bins)

    def to_text(self) -> str:
        """For sealing."""
        return base64.b64encode(_LAID_OUT.pack(*self.bins)).decode()

    @classmethod
    def from_text(cls, text: str) -> "Sketch":
        return cls(_LAID_OUT.unpack(base64.b64decode(text)))


def sketch_of(syllables: Sequence[str], key: LikenessKey) -> Sketch:
    """One keyed hash for each different syllable, and arithmetic for each run of three."""
    bins = [EMPTY] * BINS
    for value in _runs(syllables, key):
        place, rest = value & _BIN_MASK, value >> _VALUE_SHIFT
        if rest < bins[place]:  # noqa: PLR1730 - a call for each run of syllables would cost a third more
            bins[place] = rest
    return Sketch(tuple(bins))


def _runs(syllables: Sequence[str], key: LikenessKey) -> set[int]:
    numbers = {syllable: key.number(syllable) for syllable in set(syllables)}
    said = [numbers[syllable] for syllable in syllables]
    if 0 < len(said) < RUN_SYLLABLES:
        said += [0] * (RUN_SYLLABLES - len(said))
    return {
        (first * _FIRST + second * _SECOND + third) % _PRIME
        for first, second, third in zip(said, said[1:], said[2:], strict=False)
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
