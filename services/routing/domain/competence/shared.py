"""What competence is, and what complaints, denunciations and recommendations have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from contracts.facts.base import vietnam_day
from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.law.authorities import DeskRow
from contracts.law.secrecy import accused_unit, is_near
from contracts.vocabulary import UnitLevel
from services.routing.domain.law import Law


@dataclass(frozen=True, slots=True)
class Competence:
    """Who may settle, and why."""

    authority: UnitId | None
    why: str
    """One Vietnamese sentence."""
    articles: tuple[str, ...]
    cooperating: tuple[UnitId, ...] = ()
    """Who has to cooperate (LTC 12(3))."""
    is_desk: bool = False
    """Outside the state's complaint and denunciation procedure: a desk or another body (R20)."""
    is_unlisted: bool = False
    """Who settles is known by post and place, and is no unit of the tree: an officer writes the name."""
    is_at_its_end: bool = False
    """No authority is left: only the court (LKN 7(2))."""


def received_on(filed: PetitionFiled) -> date:
    """The day of receipt in Vietnam."""
    return vietnam_day(filed.received_at)


def is_near_the_accused(filed: PetitionFiled, unit_id: UnitId, law: Law, on: date) -> bool:
    """True when the unit is the accused one, its office, or stands below it (``contracts.law.secrecy``), on that day or
    on the day of receipt: a unit that ended meanwhile does not clear its head, nor who served under him.
    """
    accused = accused_unit(filed)
    if accused is None:
        return False
    received = received_on(filed)
    return is_near(accused, unit_id, law.units, on) or (
        on != received and is_near(accused, unit_id, law.units, received)
    )


def body_answering(unit_id: UnitId, filed: PetitionFiled, law: Law, on: date) -> UnitId | None:
    """The body that answers for a unit on that day: itself, who followed it, or its superior; none when unknown.

    Where a district ended and two or more new communes are concerned, the province takes it, if the setting says so
    (72/2025 art. 54(8)).
    """
    unit = law.units.find(unit_id)
    is_shared = bool(set(filed.known.also_concerns) - {filed.matter_unit})
    if unit is not None and unit.level is UnitLevel.DISTRICT and is_shared and not law.units.is_open(unit_id, on):
        above = law.superior(unit_id, on)
        if above is not None and law.choice("split_district") == "province":
            return above.id
    standing = law.standing(unit_id, filed.matter_unit, on)
    return None if standing is None else law.body_of(standing, on)


def not_open_yet(unit_id: UnitId, law: Law, on: date) -> str:
    """Why nobody can be named for a unit that does not stand yet on that day; empty when it does or did."""
    unit = law.units.find(unit_id)
    if unit is None or law.units.has_begun(unit_id, on):
        return ""
    return (
        f"{unit.name} chưa hoạt động ngày {on:%d/%m/%Y}; hệ thống chưa có danh mục đơn vị cùng nơi trước đó: "
        "chưa xác định được cơ quan có thẩm quyền, cần làm rõ cơ quan khi ấy."
    )


def headed_as(unit_id: UnitId, law: Law, on: date) -> str:
    """The post that settles: ``Chủ tịch UBND xã Kim Liên``."""
    unit = law.find(unit_id, on)
    return unit.headed_as if unit else unit_id


def desk_unit(row: DeskRow, filed: PetitionFiled, law: Law, on: date) -> UnitId | None:
    """The desk's first unit that is open and has nothing to do with the accused; none when there is none."""
    places = (filed.matter_unit, *row.units) if row.is_where_it_arose else row.units
    return next(
        (place for place in places if law.units.is_open(place, on) and not is_near_the_accused(filed, place, law, on)),
        None,
    )


def managers_of_the_field(filed: PetitionFiled, law: Law, on: date) -> tuple[UnitId, ...]:
    """Who manages the field at the level said: ministry, provincial agency, or the commune where it arose.

    Where the level is not said: the provincial agency and the commune, in this order.
    """
    known = filed.known
    row = law.authorities.field(known.branch or filed.matter_field, on)
    department = row.department if row else None
    match known.managed_at:
        case UnitLevel.CENTRAL:
            found: tuple[UnitId | None, ...] = (row.ministry if row else None,)
        case UnitLevel.PROVINCE | UnitLevel.DEPARTMENT:
            found = (department,)
        case UnitLevel.COMMUNE:
            found = (filed.matter_unit,)
        case _:
            found = (department, filed.matter_unit)
    return tuple(unit for unit in found if unit is not None and law.units.is_open(unit, on))


def common_superior(bodies: Sequence[UnitId], law: Law, on: date) -> UnitId | None:
    """Who decides when these bodies disagree on competence: the nearest body above all of them (LKN 21(3)).

    Inside a province that is its chairman. None when nobody stands above all.
    """
    if not bodies:
        return None
    ways = [[unit.id for unit in law.above(body, on)] for body in bodies]
    return next((unit for unit in ways[0] if all(unit in way for way in ways[1:])), None)
