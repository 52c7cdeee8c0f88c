"""Whose turn it is: where a fact stands relative to what was heard of its subject. Pure."""

from enum import Enum, auto

from contracts.facts.envelope import GENESIS, Envelope
from services.chassis.ledger.port import Position


class Turn(Enum):
    """What the sequence and the chain say of a fact."""

    DUPLICATE = auto()
    """Heard already, or something after it was."""
    BROKEN = auto()
    """Altered, or it contradicts what was heard."""
    EARLY = auto()
    """Facts before it are missing."""
    NOW = auto()


def turn_of(heard: Position, envelope: Envelope, *, may_leap: bool) -> Turn:
    """The turn of a fact. ``may_leap``: a compacted stream may leave out what a newer fact replaces."""
    if is_duplicate(heard, envelope):
        return Turn.DUPLICATE
    if not envelope.is_whole() or _contradicts(heard, envelope):
        return Turn.BROKEN
    return Turn.EARLY if is_early(heard, envelope, may_leap=may_leap) else Turn.NOW


def is_duplicate(heard: Position, envelope: Envelope) -> bool:
    """True for what is not after the position; another fact in the same place is no duplicate."""
    return envelope.sequence < heard.sequence or (envelope.sequence == heard.sequence and envelope.hash == heard.hash)


def is_early(heard: Position, envelope: Envelope, *, may_leap: bool) -> bool:
    """True when facts before this one are missing."""
    return envelope.sequence > heard.sequence + 1 and not may_leap


def _contradicts(heard: Position, envelope: Envelope) -> bool:
    """True for another fact in the place of one that was heard, and for one that follows another past than ours."""
    if envelope.sequence == heard.sequence:
        return True
    last_hash = heard.hash if heard.sequence else GENESIS
    return envelope.sequence == heard.sequence + 1 and envelope.prev_hash != last_hash
