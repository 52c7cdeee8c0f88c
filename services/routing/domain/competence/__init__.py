"""Who may settle (thẩm quyền): two-level government, first and second instance, the denounced by post, the desks.

Never to the accused: a denunciation of a head, a deputy or a unit goes to the direct superior (LTC 12, 13), and past
whoever the denounced heads.

``shared``        the answer, and what the kinds have in common
``complaint``     complaints: first and second instance, discipline, court (LKN 7, 17–23, 51)
``denunciation``  denunciations: by post, by move, by field (LTC 12–18, 41)
``succession``    who has the place of a body that ended with petitions in its hands (72/2025 art. 54(8))
"""

from contracts.facts.intake import PetitionFiled
from contracts.law.authorities import SpecialMatter
from contracts.vocabulary import MatterField, PetitionKind, SubjectMatter, UnitLevel
from services.routing.domain.competence.complaint import for_complaint
from services.routing.domain.competence.denunciation import for_denunciation
from services.routing.domain.competence.shared import (
    Competence,
    body_answering,
    common_superior,
    desk_unit,
    is_near_the_accused,
    managers_of_the_field,
    not_open_yet,
    received_on,
)
from services.routing.domain.competence.succession import handed_over_on, heir
from services.routing.domain.law import Law

__all__ = [
    "Competence",
    "body_answering",
    "common_superior",
    "competent",
    "desk_unit",
    "handed_over_on",
    "heir",
    "is_near_the_accused",
    "received_on",
]


def competent(filed: PetitionFiled, law: Law) -> Competence:
    """The competent authority on the day of receipt; none while it cannot be known."""
    if filed.kind is PetitionKind.MIXED:
        return Competence(None, "Đơn có nhiều nội dung: tách đơn rồi mới xác định thẩm quyền.", ("LTCD 25(3)",))
    elsewhere = _outside_the_administration(filed, law)
    if elsewhere is not None:
        return elsewhere
    on = received_on(filed)
    match filed.kind:
        case PetitionKind.COMPLAINT:
            return for_complaint(filed, law, on)
        case PetitionKind.DENUNCIATION:
            return for_denunciation(filed, law, on)
        case _:
            return _for_recommendation(filed, law)


def _outside_the_administration(filed: PetitionFiled, law: Law) -> Competence | None:
    """Courts, enforcement, Party, elected bodies: who has a desk for the subject (R20)."""
    subject = filed.known.subject
    if subject is None:
        return None
    on = received_on(filed)
    is_land = subject is SubjectMatter.PRIVATE_DISPUTE and filed.matter_field is MatterField.LAND
    row = (law.authorities.desk(SpecialMatter.LAND_DISPUTE, on) if is_land else None) or law.authorities.desk(
        subject, on
    )
    if row is None:
        return None
    unit = desk_unit(row, filed, law, on)
    name = law.units.name_of(unit) if unit else "cơ quan có thẩm quyền"
    if row.is_where_it_arose:
        why = (
            f"Tranh chấp đất đai: hòa giải tại UBND cấp xã nơi có đất ({name}), rồi Tòa án hoặc cơ quan có thẩm quyền."
        )
    else:
        why = f"Nội dung {subject.label}: đến {name}."
    return Competence(unit, why, row.articles, is_desk=True)


def _for_recommendation(filed: PetitionFiled, law: Law) -> Competence:
    """Who answers for the content: the body named, else who manages the field at that level, else where it arose."""
    on = received_on(filed)
    articles = ("LTCD 26(2)",)
    level = filed.known.managed_at
    if filed.respondent_unit is None and level not in {None, UnitLevel.COMMUNE, UnitLevel.DISTRICT}:
        managers = managers_of_the_field(filed, law, on)
        if managers:
            why = f"Kiến nghị, phản ánh về lĩnh vực do {law.units.name_of(managers[0])} quản lý."
            return Competence(managers[0], why, articles)
    unit = filed.respondent_unit or filed.matter_unit
    body = body_answering(unit, filed, law, on)
    why = not_open_yet(unit, law, on) or "Kiến nghị, phản ánh: cơ quan có trách nhiệm về nội dung hoặc nơi phát sinh."
    return Competence(body, why, articles)
