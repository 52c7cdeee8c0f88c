"""Competence for complaints: first instance, second instance, and then the court (LKN 7, 17–23, 51)."""

from datetime import date

from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.units import Unit
from contracts.vocabulary import Instance, MatterField, RespondentPlace, SubjectMatter, UnitLevel
from services.routing.domain.competence.shared import Competence, body_answering, headed_as, not_open_yet
from services.routing.domain.law import Law

_OWN_HEADS = frozenset({RespondentPlace.SUBORDINATE_AGENCY, RespondentPlace.PUBLIC_UNIT})
"""Places whose own head settles first, and the unit they belong to second (LKN 19, 20)."""


def for_complaint(filed: PetitionFiled, law: Law, on: date) -> Competence:
    """Who settles the complaint, in its instance."""
    unit = filed.respondent_unit or filed.matter_unit
    body = body_answering(unit, filed, law, on)
    if body is None:
        why = not_open_yet(unit, law, on) or "Chưa xác định được cơ quan bị khiếu nại."
        return Competence(None, why, ("LKN 7",))
    is_first = filed.instance is Instance.FIRST
    if not is_first and filed.known.respondent_place not in _OWN_HEADS and _settled_itself(unit, filed, law, on):
        body = unit
    if filed.known.subject is SubjectMatter.DISCIPLINARY_DECISION:
        return _discipline_first(body, filed, law, on) if is_first else _discipline_second(body, filed, law, on)
    return _first_instance(body, filed, law, on) if is_first else _second_instance(body, filed, law, on)


def _settled_itself(unit_id: UnitId, filed: PetitionFiled, law: Law, on: date) -> bool:
    """True when a body that ended since took the first decision while it stood: its superior looks at it, whoever
    would settle first today. A decision reached the complainant within K4 of the body's last day; where nothing says
    when, it is the body's own.
    """
    unit = law.units.find(unit_id)
    if unit is None or unit.valid_to is None or not law.units.has_ended(unit_id, on):
        return False
    sent = law.find_reading("K4", unit.valid_to)
    last = sent.rolled_due if sent else unit.valid_to
    first_step_on = filed.earlier_decision_received_on or filed.lower_accepted_on
    return first_step_on is None or first_step_on <= last


def _first_instance(body: UnitId, filed: PetitionFiled, law: Law, on: date) -> Competence:
    place = filed.known.respondent_place
    name = law.units.name_of(body)
    if place in _OWN_HEADS and place is not None:
        why = f"Khiếu nại lần đầu: người đứng đầu {place.label} của {name} giải quyết; ghi rõ tên nơi đó khi hướng dẫn."
        return Competence(None, why, ("LKN 19",))
    if place is RespondentPlace.DIVISION and _is_division_heads_own(body, law, on):
        return Competence(None, f"Khiếu nại lần đầu: trưởng phòng của {name} giải quyết.", ("LKN 7(1)",))
    if place is RespondentPlace.COLLECTIVE and law.choice("committee_as_body") == "direct_superior":
        return _above(body, "Quyết định của UBND (tập thể): cấp trên trực tiếp giải quyết.", law, on)
    head = headed_as(body, law, on)
    why = f"Khiếu nại lần đầu: {head} giải quyết quyết định, hành vi của mình, của người mình quản lý."
    return Competence(body, why, ("LKN 7(1)", _article_of_first(law.find(body, on))))


def _second_instance(body: UnitId, filed: PetitionFiled, law: Law, on: date) -> Competence:
    place = filed.known.respondent_place
    if place in _OWN_HEADS:
        why = f"Khiếu nại lần hai: {headed_as(body, law, on)} quản lý trực tiếp cơ quan, đơn vị đã giải quyết lần đầu."
        return Competence(body, why, ("LKN 7(1)", "LKN 20"))
    unit = law.find(body, on) or law.units.find(body)
    if unit is not None and unit.level is UnitLevel.PROVINCE:
        return _minister(filed, law, on)
    if unit is not None and unit.level is UnitLevel.CENTRAL:
        return _court()
    return _above(body, "Khiếu nại lần hai", law, on)


def _minister(filed: PetitionFiled, law: Law, on: date) -> Competence:
    row = law.authorities.field(filed.known.branch or filed.matter_field, on)
    ministry = row.ministry if row else None
    name = headed_as(ministry, law, on) if ministry else "chưa xác định được bộ quản lý lĩnh vực này"
    why = f"Khiếu nại lần hai sau Chủ tịch UBND tỉnh: Bộ trưởng quản lý ngành, lĩnh vực ({name})."
    return Competence(ministry, why, ("LKN 7(3)", "LKN 23(3)"))


def _discipline_first(body: UnitId, filed: PetitionFiled, law: Law, on: date) -> Competence:
    place = filed.known.respondent_place
    if place in _OWN_HEADS and place is not None:
        name = law.units.name_of(body)
        why = f"Khiếu nại quyết định kỷ luật lần đầu: người đứng đầu {place.label} của {name} là người đã ban hành."
        return Competence(None, why, ("LKN 51",))
    why = f"Khiếu nại quyết định kỷ luật lần đầu: {headed_as(body, law, on)} là người đã ban hành."
    return Competence(body, why, ("LKN 51",))


def _discipline_second(body: UnitId, filed: PetitionFiled, law: Law, on: date) -> Competence:
    """The head of the direct superior body; above a province's chairman or a minister, the Minister of Home Affairs."""
    if filed.known.respondent_place in _OWN_HEADS:
        why = (
            f"Khiếu nại quyết định kỷ luật lần hai: {headed_as(body, law, on)} là cấp trên trực tiếp của nơi ban hành."
        )
        return Competence(body, why, ("LKN 51",))
    unit = law.find(body, on) or law.units.find(body)
    if unit is not None and unit.level in {UnitLevel.PROVINCE, UnitLevel.CENTRAL}:
        row = law.authorities.field(MatterField.CIVIL_SERVICE, on)
        ministry = row.ministry if row else None
        if ministry == body:
            return _court()
        return Competence(ministry, "Khiếu nại quyết định kỷ luật lần hai: Bộ trưởng Bộ Nội vụ.", ("LKN 51",))
    above = law.superior(body, on)
    if above is None:
        return _unknown_above("Khiếu nại quyết định kỷ luật lần hai", body, law, ("LKN 51",))
    why = f"Khiếu nại quyết định kỷ luật lần hai: {headed_as(above.id, law, on)} là cấp trên trực tiếp."
    return Competence(above.id, why, ("LKN 51",))


def _above(body: UnitId, what: str, law: Law, on: date) -> Competence:
    above = law.superior(body, on)
    if above is None:
        return _unknown_above(what, body, law, ("LKN 7(1)",))
    article = "LKN 23(2)" if above.level is UnitLevel.CENTRAL else "LKN 21(2)"
    why = f"{what}: {headed_as(above.id, law, on)} là cấp trên trực tiếp."
    return Competence(above.id, why, ("LKN 7(1)", article))


def _unknown_above(what: str, body: UnitId, law: Law, articles: tuple[str, ...]) -> Competence:
    """No superior in the tree is not the end of the way: an officer finds out who it is."""
    name = law.units.name_of(body)
    why = f"{what}: danh mục đơn vị chưa ghi cấp trên trực tiếp của {name}; cán bộ xác định rồi ghi rõ khi hướng dẫn."
    return Competence(None, why, articles)


def _court() -> Competence:
    why = "Không còn cấp giải quyết lần hai: khởi kiện vụ án hành chính tại Tòa án."
    return Competence(None, why, ("LKN 7(2)",), is_at_its_end=True)


def _is_division_heads_own(body: UnitId, law: Law, on: date) -> bool:
    unit = law.find(body, on)
    is_commune = unit is not None and unit.level is UnitLevel.COMMUNE
    return is_commune and law.choice("division_head_first_instance") == "division_head"


def _article_of_first(unit: Unit | None) -> str:
    """The article of LKN on who settles first at that level."""
    match unit.level if unit else None:
        case UnitLevel.COMMUNE:
            return "LKN 17"
        case UnitLevel.DISTRICT:
            return "LKN 18"
        case UnitLevel.DEPARTMENT:
            return "LKN 20"
        case UnitLevel.PROVINCE:
            return "LKN 21"
        case UnitLevel.CENTRAL:
            return "LKN 23"
        case _:
            return "LKN 17"
