"""One line of the matrix, tried on one petition."""

from dataclasses import dataclass
from typing import Final

from contracts.ids import UnitId
from contracts.vocabulary import Channel, DeclineGround, Duty, Outcome

RECEPTION_CHANNELS: Final = frozenset({Channel.COUNTER, Channel.WEB, Channel.ZALO, Channel.PHONE})
"""Where somebody waits for an answer after reception (R1); letters and forwarded petitions have X1 or T1, T2."""
IN_PERSON: Final = frozenset({Channel.COUNTER, Channel.PHONE})
UNSIGNED_BY_NATURE: Final = frozenset({Channel.WEB, Channel.ZALO, Channel.PHONE})


@dataclass(frozen=True, slots=True)
class Found:
    """Which rule, whether it fits, why, and what it leads to if it does."""

    rule: str
    fits: bool
    why: str
    outcome: Outcome
    ground: DeclineGround | None = None
    duties: tuple[Duty, ...] = ()
    """What else has to be done when it fits."""
    ends: bool = True
    """False: it only adds duties; the next lines are tried all the same."""
    authority: UnitId | None = None
    """Who is competent by this line, when that is not who settles petitions of this kind (R11)."""
