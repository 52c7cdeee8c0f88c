"""Who may settle (thẩm quyền): two-level government, first and second instance, the denounced by post.

Never to the accused: a denunciation of a head, a deputy or a unit goes to the direct superior (LTC 12, 13).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.facts.base import vietnam_day
from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.law.secrecy import accused_unit, is_near
from contracts.vocabulary import Instance, MatterField, PetitionKind, RespondentPost, UnitLevel
from services.routing.domain.law import Law

MINISTRIES: Final[Mapping[MatterField, UnitId]] = {
    MatterField.LAND: "bo-nnmt",
    MatterField.ENVIRONMENT: "bo-nnmt",
    MatterField.CONSTRUCTION: "bo-xd",
    MatterField.TRANSPORT: "bo-xd",
    MatterField.SOCIAL_POLICY: "bo-nv",
    MatterField.CIVIL_SERVICE: "bo-nv",
    MatterField.EDUCATION: "bo-gddt",
    MatterField.HEALTH: "bo-yt",
    MatterField.FINANCE: "bo-tc",
    MatterField.JUSTICE: "bo-tp",
}
"""Second instance above the provincial chairman: the minister of the field (LKN 23(3))."""


@dataclass(frozen=True, slots=True)
class Competence:
    """Who may settle, and why."""

    authority: UnitId | None
    why: str
    """One Vietnamese sentence."""
    articles: tuple[str, ...]


def received_on(filed: PetitionFiled) -> date:
    """The day of receipt in Vietnam."""
    return vietnam_day(filed.received_at)


def is_near_the_accused(filed: PetitionFiled, unit_id: UnitId, law: Law, on: date) -> bool:
    """True when the unit is the accused one, its office, or stands below it (``contracts.law.secrecy``)."""
    return is_near(accused_unit(filed), unit_id, law.units, on)


def competent(filed: PetitionFiled, law: Law) -> Competence:
    """The competent authority on the day of receipt; none while it cannot be known."""
    on = received_on(filed)
    match filed.kind:
        case PetitionKind.COMPLAINT:
            return _for_complaint(filed, law, on)
        case PetitionKind.DENUNCIATION:
            return _for_denunciation(filed, law, on)
        case PetitionKind.RECOMMENDATION | PetitionKind.FEEDBACK:
            return _for_recommendation(filed, law, on)
        case PetitionKind.MIXED:
            return Competence(None, "Đơn có nhiều nội dung: tách đơn rồi mới xác định thẩm quyền.", ("LTCD 25(3)",))


def _for_complaint(filed: PetitionFiled, law: Law, on: date) -> Competence:
    first = _body(filed.respondent_unit or filed.matter_unit, filed, law, on)
    if first is None:
        return Competence(None, "Chưa xác định được cơ quan bị khiếu nại.", ("LKN 7",))
    if filed.instance is Instance.FIRST:
        why = f"Khiếu nại lần đầu: {_headed_as(first, law, on)} giải quyết quyết định, hành vi của mình."
        return Competence(first, why, ("LKN 7(1)", "LKN 17"))
    return _second_instance(first, filed, law, on)


def _second_instance(first: UnitId, filed: PetitionFiled, law: Law, on: date) -> Competence:
    unit = law.find(first, on)
    if unit is not None and unit.level is UnitLevel.PROVINCE:
        ministry = MINISTRIES.get(filed.matter_field)
        why = "Khiếu nại lần hai sau Chủ tịch UBND tỉnh: Bộ trưởng quản lý ngành, lĩnh vực."
        return Competence(ministry, why, ("LKN 7(3)", "LKN 23(3)"))
    above = law.superior(first, on)
    if above is None:
        return Competence(None, "Không còn cấp giải quyết lần hai: khởi kiện tại Tòa án.", ("LKN 7(2)",))
    why = f"Khiếu nại lần hai: {_headed_as(above.id, law, on)} là cấp trên trực tiếp."
    return Competence(above.id, why, ("LKN 7(1)", "LKN 21(2)"))


def _for_denunciation(filed: PetitionFiled, law: Law, on: date) -> Competence:
    unit = filed.respondent_unit
    if unit is None:
        return Competence(None, "Chưa xác định được người bị tố cáo thuộc cơ quan nào.", ("LTC 29",))
    if filed.respondent_post is RespondentPost.OFFICER:
        body = _body(unit, filed, law, on)
        return Competence(body, "Người đứng đầu giải quyết tố cáo đối với người mình quản lý.", ("LTC 12(1)", "LTC 13"))
    above = law.superior(law.body_of(unit, on), on)
    why = "Tố cáo người đứng đầu, cấp phó hoặc cơ quan: người đứng đầu cấp trên trực tiếp giải quyết."
    return Competence(above.id if above else None, why, ("LTC 12(1)", "LTC 13"))


def _for_recommendation(filed: PetitionFiled, law: Law, on: date) -> Competence:
    body = _body(filed.respondent_unit or filed.matter_unit, filed, law, on)
    return Competence(
        body, "Kiến nghị, phản ánh: cơ quan có trách nhiệm về nội dung hoặc nơi phát sinh.", ("LTCD 26(2)",)
    )


def _body(unit_id: UnitId, filed: PetitionFiled, law: Law, on: date) -> UnitId | None:
    standing = law.standing(unit_id, filed.matter_unit, on)
    return None if standing is None else law.body_of(standing, on)


def _headed_as(unit_id: UnitId, law: Law, on: date) -> str:
    unit = law.find(unit_id, on)
    return unit.headed_as if unit else unit_id
