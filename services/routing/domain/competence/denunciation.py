"""Competence for denunciations: by post, by where the denounced works now, by field (LTC 12–18, 41).

Whatever the table says, nobody settles a denunciation of himself: from a settler near the accused the way goes up.
"""

from dataclasses import replace
from datetime import date

from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.law.secrecy import heads_the_unit
from contracts.vocabulary import RespondentMove, RespondentPlace, RespondentPost
from services.routing.domain.competence.shared import (
    Competence,
    body_answering,
    desk_unit,
    headed_as,
    is_near_the_accused,
    managers_of_the_field,
    not_open_yet,
)
from services.routing.domain.law import Law


def for_denunciation(filed: PetitionFiled, law: Law, on: date) -> Competence:
    """Who settles the denunciation; never whoever the denounced heads."""
    found = _settler(filed, law, on)
    if filed.known.is_against_result and not found.is_desk:
        found = _reviewer(found, law, on)
    far = _away_from_the_accused(found.authority, filed, law, on)
    if far != found.authority:
        why = f"{found.why} Người bị tố cáo đứng đầu nơi đó: cấp trên trực tiếp giải quyết."
        found = replace(found, authority=far, why=why)
    clear = (unit for unit in found.cooperating if not is_near_the_accused(filed, unit, law, on))
    return replace(found, cooperating=_others(found.authority, *clear))


def _settler(filed: PetitionFiled, law: Law, on: date) -> Competence:
    known, unit = filed.known, filed.respondent_unit
    if known.respondent_function is not None:
        row = law.authorities.desk(known.respondent_function, on)
        settler = desk_unit(row, filed, law, on) if row else None
        why = f"Tố cáo {known.respondent_function.label}: theo thẩm quyền riêng của cơ quan đó."
        return Competence(settler, why, row.articles if row else ("LTC 14-17",), is_desk=True)
    if known.is_on_duty is False:
        return _by_field(filed, law, on)
    if unit is None:
        return Competence(None, "Chưa xác định được người bị tố cáo thuộc cơ quan nào.", ("LTC 29",))
    return _by_post(filed, unit, law, on)


def _by_post(filed: PetitionFiled, unit: UnitId, law: Law, on: date) -> Competence:
    """By the post and where it is: not open yet, dissolved, left, moved, in post."""
    known = filed.known
    if too_early := not_open_yet(unit, law, on):
        return Competence(None, too_early, ("LTC 29",))
    if law.units.has_ended(unit, on) and not law.units.successors(unit, on):
        return _above(unit, "Cơ quan đã giải thể: nơi quản lý cơ quan đó trước khi giải thể.", ("LTC 12(5)",), law, on)
    if _has_a_head_of_its_own(filed, law):
        return _head_of_the_public_unit(unit, law)
    if known.respondent_move is RespondentMove.LEFT:
        why = "Người bị tố cáo đã thôi việc: nơi quản lý người đó tại thời điểm có hành vi giải quyết."
        return Competence(_over_the_old_post(filed, unit, law, on), why, ("LTC 12(3)",))
    if known.respondent_now_at is not None and known.respondent_now_at != unit:
        return _moved(filed, unit, known.respondent_now_at, law, on)
    return _in_post(filed, unit, law, on)


def _in_post(filed: PetitionFiled, unit: UnitId, law: Law, on: date) -> Competence:
    post, place = filed.respondent_post, filed.known.respondent_place
    if not heads_the_unit(post, place):
        body = body_answering(unit, filed, law, on)
        if place is RespondentPlace.PUBLIC_UNIT and post is not RespondentPost.OFFICER:
            why = "Tố cáo người đứng đầu, cấp phó đơn vị sự nghiệp công lập: cơ quan quản lý đơn vị giải quyết."
            return Competence(body, why, ("LTC 18(2)",))
        return Competence(body, "Người đứng đầu giải quyết tố cáo đối với người mình quản lý.", ("LTC 12(1)", "LTC 13"))
    why = "Tố cáo người đứng đầu, cấp phó hoặc cơ quan: người đứng đầu cấp trên trực tiếp giải quyết."
    return _above(unit, why, ("LTC 12(1)", "LTC 13"), law, on)


def _above(unit: UnitId, why: str, articles: tuple[str, ...], law: Law, on: date) -> Competence:
    """The direct superior of the unit itself: of a reception office that is the body it acts for. Where the tree knows
    none, an officer finds out who it is.
    """
    above = law.superior(unit, on)
    if above is None:
        name = law.units.name_of(unit)
        return Competence(None, f"{why} Danh mục đơn vị chưa ghi cấp trên trực tiếp của {name}.", articles)
    return Competence(above.id, why, articles)


def _has_a_head_of_its_own(filed: PetitionFiled, law: Law) -> bool:
    """An officer of a public unit who still serves there, where the setting leaves him to its own head (LTC 18(1))."""
    known = filed.known
    is_in_place = known.respondent_move in {None, RespondentMove.LEFT} and known.respondent_now_at in {
        None,
        filed.respondent_unit,
    }
    is_officer = filed.respondent_post is RespondentPost.OFFICER
    is_in_unit = known.respondent_place is RespondentPlace.PUBLIC_UNIT
    return is_in_place and is_officer and is_in_unit and law.choice("public_unit_officer") == "unit_head"


def _head_of_the_public_unit(unit: UnitId, law: Law) -> Competence:
    name = law.units.name_of(unit)
    why = (
        f"Tố cáo viên chức: người đứng đầu đơn vị sự nghiệp công lập thuộc {name} giải quyết; "
        "ghi rõ tên đơn vị khi chuyển, hướng dẫn."
    )
    return Competence(None, why, ("LTC 18(1)",), is_unlisted=True)


def _moved(filed: PetitionFiled, then: UnitId, now: UnitId, law: Law, on: date) -> Competence:
    """The denounced works elsewhere now: who leads and who cooperates (LTC 12(3), (4))."""
    over_then, over_now = _over_the_old_post(filed, then, law, on), _over_the_new_post(filed, now, law, on)
    if law.units.has_ended(then, on):
        why = "Cơ quan nơi có hành vi đã sáp nhập, chia tách: nơi người bị tố cáo đang công tác giải quyết."
        return Competence(over_now, why, ("LTC 12(4)",))
    match filed.known.respondent_move:
        case RespondentMove.HIGHER:
            why = "Đã chuyển công tác, giữ chức vụ cao hơn: nơi đang công tác chủ trì, nơi xảy ra hành vi phối hợp."
            return Competence(over_now, why, ("LTC 12(3)(b)",), cooperating=_others(over_now, over_then))
        case RespondentMove.EQUAL_HEAD:
            above = law.superior(then, on)
            lead = above.id if above else None
            why = "Đã chuyển sang chức vụ tương đương: cấp trên nơi xảy ra hành vi chủ trì, cấp trên nơi mới phối hợp."
            return Competence(lead, why, ("LTC 12(3)(a)",), cooperating=_others(lead, over_now))
        case _:
            why = "Đã chuyển công tác: nơi quản lý tại thời điểm có hành vi chủ trì, nơi đang công tác phối hợp."
            return Competence(over_then, why, ("LTC 12(3)",), cooperating=_others(over_then, over_now))


def _over_the_old_post(filed: PetitionFiled, unit: UnitId, law: Law, on: date) -> UnitId | None:
    """Who managed the denounced at the time: the body for an officer, its superior for a head or deputy."""
    if not heads_the_unit(filed.respondent_post, filed.known.respondent_place):
        return body_answering(unit, filed, law, on)
    above = law.superior(unit, on)
    return above.id if above else None


def _over_the_new_post(filed: PetitionFiled, unit: UnitId, law: Law, on: date) -> UnitId | None:
    if not heads_the_unit(filed.known.respondent_now_post, None):
        return body_answering(unit, filed, law, on)
    above = law.superior(unit, on)
    return above.id if above else None


def _by_field(filed: PetitionFiled, law: Law, on: date) -> Competence:
    """A breach in a field of state management: who manages the field; of several, the first to accept (LTC 41)."""
    managers = tuple(
        unit for unit in managers_of_the_field(filed, law, on) if not is_near_the_accused(filed, unit, law, on)
    )
    first = filed.known.accepted_elsewhere_by
    receiver = law.body_of(filed.received_by, on)
    if first in managers:
        why = "Nhiều cơ quan có thẩm quyền: cơ quan thụ lý đầu tiên giải quyết."
        return Competence(first, why, ("LTC 41",))
    settler = receiver if receiver in managers else next(iter(managers), None)
    why = "Tố cáo vi phạm trong lĩnh vực quản lý nhà nước: cơ quan có chức năng quản lý lĩnh vực đó."
    return Competence(settler, why, ("LTC 41",))


def _reviewer(found: Competence, law: Law, on: date) -> Competence:
    """Goes on against the result: the direct superior of the settler looks at it (LTC 37)."""
    above = law.superior(found.authority, on) if found.authority else None
    settler = headed_as(found.authority, law, on) if found.authority else "người đã giải quyết"
    why = f"Tố cáo tiếp: cấp trên trực tiếp của {settler} xem xét lại kết quả giải quyết."
    return Competence(above.id if above else None, why, ("LTC 37",))


def _away_from_the_accused(unit: UnitId | None, filed: PetitionFiled, law: Law, on: date) -> UnitId | None:
    if unit is None or not is_near_the_accused(filed, unit, law, on):
        return unit
    return next((one.id for one in law.above(unit, on) if not is_near_the_accused(filed, one.id, law, on)), None)


def _others(lead: UnitId | None, *units: UnitId | None) -> tuple[UnitId, ...]:
    return tuple(unit for unit in dict.fromkeys(units) if unit is not None and unit != lead)
