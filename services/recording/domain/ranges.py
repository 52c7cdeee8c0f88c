"""Runs of sequence numbers: what is there, what is missing, and why. Standard library only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Range = tuple[int, int]
"""First and last number of a run, both inside it."""

CHUNK_MISSING: Final = "chunk_missing"
SENDER_DEAD: Final = "sender_dead"


@dataclass(frozen=True, slots=True)
class Known:
    """Why numbers from ``first`` to ``last`` are missing, when somebody knows; ``cause`` is a GapCause value."""

    first: int
    last: int
    cause: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of missing chunks. Open-ended: the sender never said where it stopped, so ``last`` is only the first
    number that did not come."""

    first: int
    last: int
    cause: str
    is_open_ended: bool = False


def ranges_of(numbers: Iterable[int]) -> list[Range]:
    """The runs that a set of numbers makes, in order."""
    runs: list[Range] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def missing(present: Iterable[int], last: int) -> list[Range]:
    """The runs between 0 and ``last`` (-1: nothing was made) that are not present."""
    holes: list[Range] = []
    expected = 0
    for start, end in ranges_of(present):
        if start > expected:
            holes.append((expected, min(start - 1, last)))
        expected = end + 1
    if expected <= last:
        holes.append((expected, last))
    return [(start, end) for start, end in holes if start <= end]


def without(runs: Sequence[Range], taken: Sequence[Range]) -> list[Range]:
    """What of ``runs`` is not covered by ``taken``."""
    left = list(runs)
    for first, last in taken:
        left = [piece for run in left for piece in _cut(run, first, last)]
    return left


def gaps(present: Iterable[int], *, last: int | None, known: Sequence[Known] = ()) -> list[Gap]:
    """Every missing run with its cause; the first of ``known`` that covers a number gives it its cause.

    ``last`` is the last number the sender made, none when it never completed the stream: then an open-ended gap
    stands after the last chunk there is.
    """
    there = sorted(set(present))
    highest = there[-1] if there else -1
    found = [gap for hole in missing(there, highest if last is None else last) for gap in _explained(hole, known)]
    if last is None:
        found.append(Gap(highest + 1, highest + 1, SENDER_DEAD, is_open_ended=True))
    return found


def _explained(hole: Range, known: Sequence[Known]) -> list[Gap]:
    left: list[Range] = [hole]
    found: list[Gap] = []
    for reason in known:
        covered = [
            (max(first, reason.first), min(last, reason.last))
            for first, last in left
            if first <= reason.last and last >= reason.first
        ]
        found += [Gap(first, last, reason.cause) for first, last in covered]
        left = without(left, covered)
    found += [Gap(first, last, CHUNK_MISSING) for first, last in left]
    return _joined(sorted(found, key=lambda gap: gap.first))


def _joined(found: Sequence[Gap]) -> list[Gap]:
    joined: list[Gap] = []
    for gap in found:
        if joined and joined[-1].cause == gap.cause and joined[-1].last + 1 == gap.first:
            joined[-1] = Gap(joined[-1].first, gap.last, gap.cause)
        else:
            joined.append(gap)
    return joined


def _cut(run: Range, first: int, last: int) -> list[Range]:
    pieces = [(run[0], min(run[1], first - 1)), (max(run[0], last + 1), run[1])]
    return [(start, end) for start, end in pieces if start <= end]
