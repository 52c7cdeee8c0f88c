"""The organisation tree through time: who stands under whom, since when, and who followed whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal

from contracts.errors import BadInput, Refused
from contracts.ids import UnitId
from contracts.vocabulary import UnitLevel

TREE_BEGINS: Final = date(2014, 7, 1)
"""The Law on Citizen Reception came into force: units older than that are shown from this day."""

Confidence = Literal["confirmed", "known"]

_NAMED_SUCCESSORS = 3
_KEPT_ANSWERS = 16_384
_ONE_DAY: Final = timedelta(days=1)
_GOVERNED = (UnitLevel.PROVINCE, UnitLevel.DISTRICT, UnitLevel.COMMUNE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit as it stood from ``valid_from`` to ``valid_to`` (both days included; none = still open).

    ``superior`` is the direct superior body, none at the top and for bodies outside the state hierarchy.
    ``headed_as`` is the post that settles. ``successors`` took over when it closed. ``recorded_on`` is when we
    learned it; ``confidence`` says whether a source was read (``confirmed``) or it is from memory (``known``).
    ``headed_by_deputy_of``: the body that the unit is part of and whose deputy heads it: the two have one leadership.
    """

    id: UnitId
    name: str
    level: UnitLevel
    superior: UnitId | None
    valid_from: date
    valid_to: date | None
    official_code: str | None
    headed_as: str
    successors: tuple[UnitId, ...] = ()
    recorded_on: date = TREE_BEGINS
    confidence: Confidence = "known"
    headed_by_deputy_of: UnitId | None = None

    def is_open(self, on: date) -> bool:
        """True when the unit stands on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    @property
    def body(self) -> str:
        """The body that acts, as a document names it: ``UBND xã Kim Liên``, ``Sở Xây dựng``."""
        if self.level in _GOVERNED and self.official_code:
            return f"UBND {self.name[:1].lower()}{self.name[1:]}"
        return self.name


class UnitTree:
    """All units at all times. Two versions of a unit differ in ``valid_from``; of two records of the same version
    the one recorded last counts, so that a correction is added and nothing is overwritten.
    """

    def __init__(self, units: Iterable[Unit]) -> None:
        self._records = tuple(units)
        counted = {
            (unit.id, unit.valid_from): unit for unit in sorted(self._records, key=lambda unit: unit.recorded_on)
        }
        self._versions: dict[UnitId, list[Unit]] = {}
        for unit in sorted(counted.values(), key=lambda unit: (unit.id, unit.valid_from)):
            self._versions.setdefault(unit.id, []).append(unit)
        self._below: dict[UnitId, list[Unit]] = {}
        for unit in self:
            if unit.superior is not None:
                self._below.setdefault(unit.superior, []).append(unit)
        # Asked a dozen times of every petition; kept by the tree, for a supposed tree lives as long as its question.
        self._bodies = lru_cache(maxsize=_KEPT_ANSWERS)(self._body_of)
        self._superiors = lru_cache(maxsize=_KEPT_ANSWERS)(self._superior_of)

    def __iter__(self) -> Iterator[Unit]:
        """Every version of every unit, by id and time."""
        return (unit for versions in self._versions.values() for unit in versions)

    def as_known_on(self, day: date) -> "UnitTree":
        """The tree as it was recorded on that day: what an officer could know then."""
        return UnitTree(unit for unit in self._records if unit.recorded_on <= day)

    def get(self, unit_id: UnitId, on: date) -> Unit:
        """The unit as it stands on that day.

        Errors: BadInput("unknown_unit"); Refused("unit_closed"), naming who followed; Refused("unit_not_open_yet").
        """
        versions = self._versions.get(unit_id)
        if not versions:
            raise BadInput("unknown_unit", "Không có đơn vị này trong danh mục đơn vị hành chính.")
        for unit in versions:
            if unit.is_open(on):
                return unit
        if on < versions[0].valid_from:
            raise _not_open_yet(versions[0])
        raise self._closed(versions[-1], on)

    def find(self, unit_id: UnitId) -> Unit | None:
        """The newest version of the unit, open or closed; none when there never was one."""
        versions = self._versions.get(unit_id)
        return versions[-1] if versions else None

    def name_of(self, unit_id: UnitId) -> str:
        """The unit's name for people, whether open or closed; the bare id when it is unknown."""
        unit = self.find(unit_id)
        return unit.name if unit else unit_id

    def is_open(self, unit_id: UnitId, on: date) -> bool:
        """True when the unit is known and stands on that day."""
        for unit in self._versions.get(unit_id, ()):  # noqa: SIM110 - asked some fifty times for every petition
            if unit.is_open(on):
                return True
        return False

    def has_begun(self, unit_id: UnitId, on: date) -> bool:
        """True for a unit that is known and stands on that day or stood before."""
        return self._last_until(unit_id, on) is not None

    def has_ended(self, unit_id: UnitId, on: date) -> bool:
        """True for a unit that stood before that day and stands no more: one that is not open yet has not ended."""
        return self.has_begun(unit_id, on) and not self.is_open(unit_id, on)

    def led_with(self, unit_id: UnitId, on: date) -> tuple[UnitId, ...]:
        """The unit, then the body whose deputy heads it, and so on upwards: who heads one is a deputy in the next."""
        led: dict[UnitId, None] = {}
        one: UnitId | None = unit_id
        while one is not None and one not in led:
            led[one] = None
            unit = self._last_until(one, on) or self.find(one)
            one = unit.headed_by_deputy_of if unit else None
        return tuple(led)

    def turning_days(self, until: date) -> tuple[date, ...]:
        """The days up to that one on which anything in the tree changed; between two of them all stays as it is."""
        begun = {unit.valid_from for unit in self}
        ended = {unit.valid_to + _ONE_DAY for unit in self if unit.valid_to is not None and unit.valid_to < date.max}
        return tuple(sorted(day for day in begun | ended if day <= until))

    def body_of(self, unit_id: UnitId, on: date) -> UnitId:
        """The body a unit acts for: a province's reception office acts for the province, all others for themselves."""
        return self._bodies(unit_id, on)

    def children(self, unit_id: UnitId, on: date) -> tuple[Unit, ...]:
        """The units directly below that are open on that day, by id."""
        return tuple(unit for unit in self._below.get(unit_id, ()) if unit.is_open(on))

    def of_level(self, level: UnitLevel, on: date) -> tuple[Unit, ...]:
        """The units of a level that are open on that day, by id."""
        return tuple(unit for unit in self if unit.level is level and unit.is_open(on))

    def communes(self, on: date) -> tuple[Unit, ...]:
        """The communes and wards (cấp xã) that are open on that day, by id, which is by official code."""
        return self.of_level(UnitLevel.COMMUNE, on)

    def covers(self, scope: UnitId, unit_id: UnitId, on: date) -> bool:
        """True when ``unit_id`` is ``scope`` or stands below it; never raises.

        A closed unit stays below the superior it had last, so that its cases keep an owner; a scope that is closed
        on that day covers nothing.
        """
        return self.is_open(scope, on) and (unit_id == scope or scope in self.line_above(unit_id, on))

    def line_above(self, unit_id: UnitId, on: date) -> Iterator[UnitId]:
        """Whose scope a unit falls in, from the direct superior upwards, open or closed; never raises."""
        below: UnitId | None = unit_id
        seen: set[UnitId] = set()
        while below is not None and below not in seen:
            seen.add(below)
            unit = self._last_until(below, on)
            below = unit.superior if unit else None
            if below is not None and below not in seen:
                yield below

    def successors(self, unit_id: UnitId, on: date) -> tuple[Unit, ...]:
        """Who followed a closed unit, as far as they are open on that day (successors of successors included).

        Empty for a unit that is open, unknown, or closed without a known successor. Never raises, also not when closed
        units follow each other in a ring.
        """
        found: dict[UnitId, Unit] = {}
        asked, waiting = {unit_id}, [unit_id]
        while waiting:
            last = self._last_until(waiting.pop(0), on)
            if last is None:
                continue
            if last.is_open(on):
                found[last.id] = last
                continue
            waiting += [successor for successor in last.successors if successor not in asked]
            asked.update(last.successors)
        found.pop(unit_id, None)
        return tuple(found.values())

    def sole_successor(self, unit_id: UnitId, on: date) -> UnitId | None:
        """Who alone followed a closed unit and so has its place whatever the matter; none in every other case."""
        followers = self.successors(unit_id, on)
        return followers[0].id if len(followers) == 1 else None

    def standing(self, unit_id: UnitId, matter_unit: UnitId, on: date) -> UnitId | None:
        """The unit that answers for ``unit_id`` on that day: itself; or, when it closed, its only successor, the
        successor ``matter_unit``, or else who stands for the superior it had last. None when it is unknown, or not
        open yet.
        """
        known = self.find(unit_id)
        if known is None or not self.has_begun(unit_id, on):
            return None
        if self.is_open(unit_id, on):
            return known.id
        followers = [unit.id for unit in self.successors(unit_id, on)]
        if matter_unit in followers:
            return matter_unit
        if len(followers) == 1:
            return followers[0]
        return self.standing(known.superior, matter_unit, on) if known.superior else None

    def superior(self, unit_id: UnitId, on: date) -> Unit | None:
        """The direct superior on that day; none at the top. A closed unit keeps the superior it had last, and who
        followed a closed superior takes its place.
        """
        return self._superiors(unit_id, on)

    def _last_until(self, unit_id: UnitId, on: date) -> Unit | None:
        for unit in reversed(self._versions.get(unit_id, ())):
            if unit.valid_from <= on:
                return unit
        return None

    def _closed(self, unit: Unit, on: date) -> Refused:
        followers = self.successors(unit.id, on)
        closed_on = unit.valid_to or on
        sentence = f"{unit.name} đã kết thúc hoạt động sau ngày {_day(closed_on)}."
        if followers:
            sentence += f" Đơn vị tiếp nhận: {_listed(followers)}."
        return Refused("unit_closed", sentence, unit=unit.id, successors=",".join(f.id for f in followers))

    def _body_of(self, unit_id: UnitId, on: date) -> UnitId:
        unit = self.get(unit_id, on) if self.is_open(unit_id, on) else None
        above = self.get(unit.superior, on) if unit and unit.superior and self.is_open(unit.superior, on) else None
        is_office = unit and above and unit.level is above.level is UnitLevel.PROVINCE
        return above.id if above and is_office else unit_id

    def _superior_of(self, unit_id: UnitId, on: date) -> Unit | None:
        unit = self.get(unit_id, on) if self.is_open(unit_id, on) else self.find(unit_id)
        if unit is None or unit.superior is None:
            return None
        standing = self.standing(unit.superior, unit.superior, on)
        return self.get(standing, on) if standing and standing != unit_id and self.is_open(standing, on) else None


def _not_open_yet(unit: Unit) -> Refused:
    sentence = f"{unit.name} chưa hoạt động trước ngày {_day(unit.valid_from)}."
    return Refused("unit_not_open_yet", sentence, unit=unit.id)


def _listed(units: tuple[Unit, ...]) -> str:
    named = ", ".join(unit.name for unit in units[:_NAMED_SUCCESSORS])
    more = len(units) - _NAMED_SUCCESSORS
    return named if more <= 0 else f"{named} và {more} đơn vị khác, tùy nơi phát sinh vụ việc"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
