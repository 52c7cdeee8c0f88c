"""A record as it stood at the end of a day: where the petition was, what each unit did with it, how it was settled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from contracts.ids import UnitId
from contracts.vocabulary import DeclineGround, LinkKind, Outcome, PetitionKind
from services.routing.domain.statistics.record import CaseRecord, Happening, Mark, Opening

NONE, OWN, GUIDED, TRANSFERRED, URGED = "none", "own", "guided", "transferred", "urged"

_HANDLING: Final = {
    Outcome.GUIDE: GUIDED,
    Outcome.TRANSFER: TRANSFERRED,
    Outcome.URGE_LOWER: URGED,
    Outcome.ACCEPT_PROPOSE: OWN,
    Outcome.DECLINE: OWN,
}
"""How a petition is handled by its class, before anybody acted. Any other outcome: it is not eligible."""
_NOT_ELIGIBLE: Final = frozenset({DeclineGround.NOT_SIGNED, DeclineGround.ALREADY_GUIDED})
"""Declined for want of what makes a petition eligible (TT05 art. 6), not for want of what makes it acceptable."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A petition at a unit, since it came there (last)."""

    unit: UnitId
    came_on: date
    handled_on: date | None = None
    """The first lawful step of that unit; asking for a supplement is none."""
    handling: str = NONE
    is_eligible: bool = False


@dataclass(slots=True)
class Life:
    """What the marks come to. Made by ``lived``, and not changed afterwards."""

    opening: Opening
    holder: UnitId
    outcome: Outcome
    stays: dict[UnitId, Stay] = field(default_factory=dict)
    is_duplicate: bool = False
    is_repeated_denunciation: bool = False
    accepted: Mark | None = None
    settled: Mark | None = None
    ended_on: date | None = None
    """Settled, discontinued or closed, whichever came first."""
    discontinued_on: date | None = None
    withdrawn_on: date | None = None
    has_dialogue: bool = False
    sent_on_by: UnitId | None = None
    replies: list[tuple[UnitId, date]] = field(default_factory=list)
    """To which unit that had transferred it the result came back, and when."""

    @property
    def is_pending(self) -> bool:
        """True while a unit still has to take the first step, or a settlement is owed."""
        is_unhandled = any(stay.handled_on is None for stay in self.stays.values())
        return is_unhandled or (self.accepted is not None and self.ended_on is None)

    def arrive(self, unit: UnitId, on: date) -> None:
        """It comes to a unit, or back to it."""
        self.holder = unit
        self.stays[unit] = Stay(unit, on)

    def handle(self, on: date, handling: str, *, is_eligible: bool) -> None:
        """The holder took the first step; a later one does not count."""
        stay = self.stays[self.holder]
        if stay.handled_on is None:
            eligible = is_eligible and self.opening.kind is not PetitionKind.MIXED
            self.stays[self.holder] = replace(stay, handled_on=on, handling=handling, is_eligible=eligible)


def proposed(opening: Opening, outcome: Outcome) -> tuple[str, bool]:
    """How a petition that nobody has handled yet is classed, and whether it is eligible."""
    handling = _HANDLING.get(outcome, NONE)
    return handling, handling != NONE and opening.kind is not PetitionKind.MIXED


def lived(record: CaseRecord, until: date) -> Life | None:
    """The life up to the end of that day; none when the petition had not come yet."""
    opening = record.opening
    if opening is None or opening.received_on > until:
        return None
    life = Life(opening, opening.held_by, opening.outcome)
    life.arrive(opening.held_by, opening.received_on)
    for mark in record.marks:
        if mark.on <= until:
            _HAPPENED[mark.what](life, mark)
    return life


def _accepted(life: Life, mark: Mark) -> None:
    if mark.by is not None and mark.by != life.holder:
        life.handle(mark.on, NONE, is_eligible=False)
        life.arrive(mark.by, mark.on)
    life.handle(mark.on, OWN, is_eligible=True)
    life.accepted = life.accepted or mark


def _guided(life: Life, mark: Mark) -> None:
    life.handle(mark.on, GUIDED, is_eligible=life.outcome is not Outcome.SPLIT)


def _transferred(life: Life, mark: Mark) -> None:
    life.handle(mark.on, TRANSFERRED, is_eligible=life.outcome is not Outcome.INSPECT)
    life.sent_on_by = mark.by
    if mark.to is not None:
        life.arrive(mark.to, mark.on)


def _rerouted(life: Life, mark: Mark) -> None:
    life.outcome = mark.outcome or life.outcome
    if mark.to is not None and mark.to != life.holder:
        life.handle(mark.on, NONE, is_eligible=False)
        life.arrive(mark.to, mark.on)


def _noted(life: Life, mark: Mark) -> None:
    """It turned out to be of another kind: it counts as that from the day on which this was found."""
    if mark.kind is not None:
        life.opening = life.opening.model_copy(update={"kind": mark.kind})


def _declined(life: Life, mark: Mark) -> None:
    life.handle(mark.on, OWN, is_eligible=mark.ground not in _NOT_ELIGIBLE)


def _settled(life: Life, mark: Mark) -> None:
    """What was never accepted, or has ended, is not settled: such facts are not said, and would count nowhere."""
    if life.ended_on is None and life.accepted is not None:
        life.settled, life.ended_on = mark, mark.on


def _closed(life: Life, mark: Mark) -> None:
    life.handle(mark.on, NONE, is_eligible=False)
    if life.ended_on is None:
        life.ended_on = mark.on
        life.withdrawn_on = mark.on if mark.is_withdrawal else None


def _discontinued(life: Life, mark: Mark) -> None:
    if life.ended_on is None and life.accepted is not None:
        life.ended_on = life.discontinued_on = life.withdrawn_on = mark.on


def _dialogue_held(life: Life, _: Mark) -> None:
    life.has_dialogue = True


def _linked(life: Life, mark: Mark) -> None:
    life.is_repeated_denunciation |= mark.link is LinkKind.REPEATED_DENUNCIATION
    if mark.link is LinkKind.DUPLICATE:
        handling, is_eligible = proposed(life.opening, life.outcome)
        life.handle(mark.on, handling, is_eligible=is_eligible)
        life.is_duplicate = True


def _unlinked(life: Life, mark: Mark) -> None:
    life.is_duplicate = False
    life.arrive(life.holder, mark.on)


def _urged(life: Life, mark: Mark) -> None:
    """The holder urged the body below it; a superior that demands a report of the holder handles nothing."""
    if mark.by == life.holder and mark.to != life.holder:
        life.handle(mark.on, URGED, is_eligible=True)


def _moved_on(life: Life, mark: Mark) -> None:
    """Sent back for want of competence, or placed by the common superior."""
    if mark.to is not None and mark.to != life.holder:
        life.handle(mark.on, TRANSFERRED, is_eligible=True)
        life.arrive(mark.to, mark.on)


def _refused_by_notice(life: Life, mark: Mark) -> None:
    life.handle(mark.on, OWN, is_eligible=False)


def _replied(life: Life, mark: Mark) -> None:
    if life.sent_on_by is not None:
        life.replies.append((life.sent_on_by, mark.on))


_HAPPENED: Final[Mapping[Happening, Callable[[Life, Mark], None]]] = {
    Happening.ACCEPTED: _accepted,
    Happening.GUIDED: _guided,
    Happening.TRANSFERRED: _transferred,
    Happening.REROUTED: _rerouted,
    Happening.DECLINED: _declined,
    Happening.SETTLED: _settled,
    Happening.CLOSED: _closed,
    Happening.DISCONTINUED: _discontinued,
    Happening.DIALOGUE_HELD: _dialogue_held,
    Happening.LINKED: _linked,
    Happening.UNLINKED: _unlinked,
    Happening.URGED: _urged,
    Happening.SENT_BACK: _moved_on,
    Happening.PLACED: _moved_on,
    Happening.REFUSED_BY_NOTICE: _refused_by_notice,
    Happening.REPLIED: _replied,
    Happening.NOTED: _noted,
}
