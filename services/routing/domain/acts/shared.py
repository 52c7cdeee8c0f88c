"""What the acts share: what they answer, who may decide, and what the law wants on paper."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from contracts.errors import Refused
from contracts.facts.base import Fact
from contracts.facts.routing import (
    CaseFact,
)
from contracts.ids import UnitId
from contracts.vocabulary import (
    Outcome,
    PetitionKind,
)
from services.routing.domain.case import Case, spoken
from services.routing.domain.competence import is_near_the_accused
from services.routing.domain.law import Law
from services.routing.domain.outcome import IN_PERSON, Route, route
from services.routing.domain.rerouting import fixed_at

Decided = tuple[Case, Sequence[Fact]]

KNPA: Final = frozenset({PetitionKind.RECOMMENDATION, PetitionKind.FEEDBACK})
"""Recommendations and feedback (kiến nghị, phản ánh)."""


def said(case: Case, *facts: CaseFact) -> Decided:
    return case, spoken(case, facts)


def standing_route(case: Case, law: Law) -> Route:
    """What the matrix says of the petition as it stands, where it is now."""
    return route(case.filed, law, for_body=fixed_at(case))


def must_settle(case: Case, by: UnitId) -> None:
    """Only who is competent and has the petition decides on it."""
    if case.competent_authority is None or by != case.competent_authority or by != case.held_by:
        raise Refused(
            "not_competent",
            "Đơn vị này không có thẩm quyền giải quyết hoặc không giữ vụ việc.",
            unit=by,
            competent_authority=case.competent_authority or "",
            held_by=case.held_by,
        )


def must_hold(case: Case, by: UnitId) -> None:
    """Errors: Refused("not_holder")."""
    if case.held_by != by:
        raise Refused("not_holder", "Đơn vị này không phải đơn vị đang giữ vụ việc.", held_by=case.held_by, unit=by)


def must_be_above(case: Case, by: UnitId, law: Law, on: date) -> None:
    """Errors: Refused("not_superior") for who does not stand above the holder, or is near the accused."""
    above = {unit.id for unit in law.above(case.held_by, on)}
    if by not in above or is_near_the_accused(case.filed, by, law, on):
        raise Refused("not_superior", "Chỉ cấp trên của đơn vị đang giữ vụ việc mới được yêu cầu.", unit=by)


def must_stand(unit_id: UnitId, case: Case, law: Law, on: date) -> None:
    """No route ends at an abolished unit, and none at the accused: neither the unit nor the body it acts for. Errors of
    ``UnitTree.get`` too.
    """
    law.units.get(unit_id, on)
    if any(is_near_the_accused(case.filed, unit, law, on) for unit in {unit_id, law.body_of(unit_id, on)}):
        raise Refused("near_the_accused", "Không được chuyển hoặc hướng dẫn đến đơn vị có người bị tố cáo.")


def is_transferred_by_law(case: Case) -> bool:
    """As the matrix said; else recommendations always, denunciations unless brought in person, complaints never
    (LTC 24(2), LTCD 26).
    """
    if case.outcome in {Outcome.TRANSFER, Outcome.GUIDE}:
        return case.outcome is Outcome.TRANSFER
    if case.kind is PetitionKind.DENUNCIATION:
        return case.filed.channel not in IN_PERSON and case.outcome is not Outcome.URGE_LOWER
    return case.kind in KNPA


def must_be_legal_grounds(grounds: Iterable[str], law: Law, on: date) -> None:
    """Each names an instrument of the catalogue, in force on that day.

    Errors: Refused("unknown_ground") naming the one that is not.
    """
    known = {document.key: document for document in law.catalogue.documents}
    for ground in grounds:
        document = known.get(ground.partition(" ")[0])
        is_over = document is not None and document.in_force_to is not None and document.in_force_to < on
        if document is None or is_over or on < document.in_force_from:
            raise Refused(
                "unknown_ground",
                f"Căn cứ “{ground}” không thuộc văn bản đang có hiệu lực trong bảng văn bản pháp luật.",
                ground=ground,
            )
